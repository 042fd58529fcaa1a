// The connections of a server and what each is doing, so that they can be ended without losing a request: Node's own way cuts
// an answer that its client still reads, and leaves a connection open on which nothing has come yet.
import type { IncomingMessage, ServerResponse } from "node:http"
import { Server, type Socket } from "node:net"

export interface Connections {
  /** Counts a request in. To be called for each, before anything else. */
  readonly began: (message: IncomingMessage, response: ServerResponse) => void
  /** From now on the newest answer on each connection is its last one, and says so. */
  readonly end: () => void
  /** Closes those on which nothing is asked or answered. */
  readonly closeIdle: () => void
}

/** To be called before the server listens. */
export const watchConnections = (server: Server): Connections => {
  /** The newest request that is not answered; without one, how many bytes had come when it fell idle. */
  const connections = new Map<Socket, ServerResponse | number>()
  let isEnding = false

  // Shared listeners: with a closure each, an open stream would weigh more.
  function closed(this: Socket) {
    connections.delete(this)
  }
  function answered(this: ServerResponse) {
    const { socket } = this.req
    if (connections.get(socket) === this) connections.set(socket, socket.bytesRead)
  }
  server.on("connection", (socket: Socket) => {
    connections.set(socket, 0)
    socket.on("close", closed)
  })

  return {
    began: (message, response) => {
      if (isEnding) response.shouldKeepAlive = false
      // A connection may have gone before its request has its turn.
      if (!connections.has(message.socket)) return
      connections.set(message.socket, response)
      response.on("close", answered)
    },
    end: () => {
      isEnding = true
      for (const newest of connections.values()) {
        if (typeof newest !== "number" && !newest.headersSent) newest.shouldKeepAlive = false
      }
    },
    closeIdle: () => {
      for (const [socket, state] of connections) if (state === socket.bytesRead) socket.destroy()
    }
  }
}

/** No more connections; those that are there go on. The server of `node:http` would close the idle ones at once. */
export const stopListening = (server: Server, onClosed: () => void) => Server.prototype.close.call(server, onClosed)
