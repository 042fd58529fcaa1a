// Zenoh's own client, bare. It is no dependency: it is taken from where the tests have it.
import { createRequire } from "node:module"
import { join } from "node:path"
import { pathToFileURL } from "node:url"
import { clientDirectory } from "../../test/servers/zenoh.ts"

const client = pathToFileURL(join(clientDirectory, "node_modules/@eclipse-zenoh/zenoh-ts/dist/index.js")).href

/** A process that opens one needs the flag for `.wasm` modules; one with our bus must find the client. */
export const zenohEnvironment = {
  NODE_OPTIONS: "--experimental-wasm-modules --no-warnings",
  NODE_PATH: join(clientDirectory, "node_modules")
}

export const zenohSession = async (url: string) => {
  globalThis.WebSocket ??= createRequire(import.meta.url)("ws")
  const { Config, Session } = await import(client)
  const session = await Session.open(new Config(url))
  return {
    subscribe: (key: string, hear: (message: string) => void): Promise<unknown> =>
      session.declareSubscriber(key, {
        handler: (sample: { readonly payload: () => { readonly toString: () => string } }) =>
          hear(sample.payload().toString())
      }),
    put: (key: string, message: string): Promise<unknown> => session.put(key, message)
  }
}
