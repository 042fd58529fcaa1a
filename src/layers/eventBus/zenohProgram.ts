// Source of the Zenoh worker, as plain JavaScript text: the client is an optional dependency, and
// neither bundle nor executable has a file to start a worker from.
//
// A worker is needed because the client imports .wasm, which Node 20 and 22 allow only by a flag,
// writes to the console, and reconnects silently for minutes. It is given an established socket.
//
// Messages are [what, number, text, text] in both directions: see ZenohTransport.ts.
export const zenohProgram = `
const { parentPort, workerData } = require("node:worker_threads")
for (const name of ["debug", "error", "info", "log", "warn"]) console[name] = () => {}

const { pingEvery, client, handled, headers, maxBufferedBytes, responseTimeout, socketModule, url } = workerData
const say = (what, number = 0, text = "") => parentPort.postMessage([what, number, text])
const wordsOf = (error) => String((error && error.message) || error || "no answer")

const Socket = socketModule === undefined ? globalThis.WebSocket : require(socketModule)
let socket
let session
let zenoh
globalThis.WebSocket = Object.assign(function () { return socket }, { CONNECTING: 0, OPEN: 1, CLOSING: 2, CLOSED: 3 })

const lose = (error) => say("lost", 0, wordsOf(error))

const connect = async () => {
  let words
  socket = new Socket(url, { headers, handshakeTimeout: responseTimeout })
  await new Promise((resolve, reject) => {
    socket.addEventListener("open", resolve)
    socket.addEventListener("error", (event) => { words = event.message || words })
    socket.addEventListener("close", () => reject(words || "the connection was closed"))
    setTimeout(() => reject("no answer"), responseTimeout).unref()
  })
  socket.addEventListener("close", () => lose(words || "the connection was closed"))
  session = await zenoh.Session.open(new zenoh.Config("ws://bridge", responseTimeout))
  setInterval(() => session.info().catch(lose), pingEvery)
  say("linked")
}

const subscribers = new Map()
const subscribe = async (number, keys) => {
  const handler = (sample) => say("message", number, sample.payload().toString())
  const declared = session.declareSubscriber(keys, { handler, allowedOrigin: zenoh.Locality.REMOTE })
  subscribers.set(number, declared)
  await declared
  say("subscribed", number)
}
const unsubscribe = async (number) => {
  const declared = subscribers.get(number)
  subscribers.delete(number)
  if (declared !== undefined) await (await declared).undeclare()
}

parentPort.on("message", ([what, number, first, second]) => {
  if (what === "connect") connect().catch(lose)
  else if (what === "subscribe") subscribe(number, first).catch(lose)
  else if (what === "unsubscribe") unsubscribe(number).catch(lose)
  else {
    Atomics.add(handled, 0, second.length)
    // Beyond that the client waits, and then no longer in order.
    if (socket.bufferedAmount < maxBufferedBytes) session.put(first, second).catch(lose)
  }
})
import(client).then(
  (loaded) => {
    zenoh = loaded
    say("ready")
  },
  (error) => say("unloadable", 0, wordsOf(error))
)
`
