// One request at a time on a connection. Pipelined requests would otherwise run concurrently, with
// every response buffered until the previous ones have been read. No browser pipelines.
import type { RequestListener } from "node:http"
import type { Socket } from "node:net"

/** Requests queued on a connection; with more it is closed. */
const maxWaiting = 100

/** Wraps a listener: it is called when the request's response is next on its connection. */
export const serializePipelining = (listener: RequestListener): RequestListener => {
  const waiting = new WeakMap<Socket, number>()
  return (message, response) => {
    // Node assigns the socket once the previous responses have been written.
    if (response.socket !== null) return listener(message, response)
    const { socket } = message
    const count = waiting.get(socket) ?? 0
    if (count === maxWaiting) socket.destroy()
    if (socket.destroyed) return
    waiting.set(socket, count + 1)
    response.once("socket", () => {
      waiting.set(socket, (waiting.get(socket) ?? 1) - 1)
      // Lets other connections run in between.
      setImmediate(listener, message, response)
    })
  }
}
