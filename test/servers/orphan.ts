// Starts a nats-server on a host of its own, prints their ids and then idles until it is killed.
import { startNats } from "./nats.ts"
import { startNetwork } from "./network.ts"

const machine = startNetwork().machine()
const { pid } = await startNats({ machine })
process.stdout.write(`${JSON.stringify({ pid: pid(), namespace: machine.prefix.at(-1) })}\n`)
setInterval(() => undefined, 60_000)
