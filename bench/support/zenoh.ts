// Zenoh's bare client, loaded from the tests' installation: it is no dependency.
import { createRequire } from "node:module"
import { join } from "node:path"
import { pathToFileURL } from "node:url"
import { clientDirectory } from "../../test/servers/zenoh.ts"

const client = pathToFileURL(join(clientDirectory, "node_modules/@eclipse-zenoh/zenoh-ts/dist/index.js")).href

/** Environment for a process with a session: `.wasm` modules, and the client's location. */

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
