// A process that starts a nats-server on a machine of its own, says what they are, and does nothing more: to be killed.
import { startNats } from "./nats.ts"
import { startNetwork } from "./network.ts"

const machine = startNetwork().machine()
const { pid } = await startNats({ machine })
process.stdout.write(`${JSON.stringify({ pid: pid(), namespace: machine.prefix.at(-1) })}\n`)
setInterval(() => undefined, 60_000)
