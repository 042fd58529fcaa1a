// Tracks the connections of a server for a graceful shutdown. Node's own would cut responses that
// are still being read, and would leave connections open on which no request has arrived.
import type { IncomingMessage, ServerResponse } from "node:http"
import { Server, type Socket } from "node:net"

export interface Connections {
  /** Registers a request; call before anything else. */
  readonly began: (message: IncomingMessage, response: ServerResponse) => void
  /** From now on the newest response on each connection says `Connection: close`. */
  readonly end: () => void
  /** Closes connections without a pending request. */
  readonly closeIdle: () => void
}

/** Call before the server listens. */
export const watchConnections = (server: Server): Connections => {
  /** The newest pending response; or, while idle, the bytes that had been read when it finished. */
  const connections = new Map<Socket, ServerResponse | number>()
  let isEnding = false

  // Shared listeners: a closure for each would cost memory on every open stream.
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
      // The client may have disconnected while the request was queued.
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

/** Stops accepting and keeps open connections; `node:http`'s close would end the idle ones. */
export const stopListening = (server: Server, onClosed: () => void) => Server.prototype.close.call(server, onClosed)
