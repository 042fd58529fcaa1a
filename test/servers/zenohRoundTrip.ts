// A process with Zenoh's own client: publishes at one bridge and receives at the other. Arguments:
// the client's folder, two URLs.
import { createRequire } from "node:module"
import { join } from "node:path"
import { pathToFileURL } from "node:url"

const [folder = "", here = "", there = ""] = process.argv.slice(2)
// Node 20 has no global WebSocket.
Object.assign(globalThis, { WebSocket: createRequire(import.meta.url)("ws") })
// It has no entry for `require.resolve`.
const client = join(folder, "node_modules/@eclipse-zenoh/zenoh-ts/dist/index.js")
const { Config, Session } = await import(pathToFileURL(client).href)

const [sender, receiver] = await Promise.all([here, there].map((url) => Session.open(new Config(url))))
const received = new Promise<string>((resolve) => {
  receiver.declareSubscriber("evenstar/test/**", {
    handler: (sample: { payload: () => { toString: () => string } }) => resolve(sample.payload().toString())
  })
})
// The bridges may not be connected yet.
const sending = setInterval(() => sender.put("evenstar/test/1", "hello"), 100)
process.stdout.write(await received)
clearInterval(sending)
process.exit()
