// One request at a time on a connection. Who sends many without waiting for the answers (HTTP pipelining; no browser does) would
// otherwise have all of them worked on at once, and every answer kept until the ones before it have been read.
import type { RequestListener } from "node:http"
import type { Socket } from "node:net"

/** Requests that may wait for their turn on a connection; with more it is closed. */
const maxWaiting = 100

/** The listener, called for each request when its answer is the next one on its connection. */
export const serializePipelining = (listener: RequestListener): RequestListener => {
  const waiting = new WeakMap<Socket, number>()
  return (message, response) => {
    // Node gives an answer its socket when those before it have been written.
    if (response.socket !== null) return listener(message, response)
    const { socket } = message
    const count = waiting.get(socket) ?? 0
    if (count === maxWaiting) socket.destroy()
    if (socket.destroyed) return
    waiting.set(socket, count + 1)
    response.once("socket", () => {
      waiting.set(socket, (waiting.get(socket) ?? 1) - 1)
      // The other connections have their turns in between.
      setImmediate(listener, message, response)
    })
  }
}
