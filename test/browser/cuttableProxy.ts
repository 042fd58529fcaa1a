// A slow TCP proxy that can be cut and redirected: Chromium's offline mode closes no open streams.
import { connect, createServer, type Socket } from "node:net"

/** `delay`: milliseconds that bytes take, each way. */
export const cuttableProxy = async (target: string, { delay = 0 } = {}) => {
  const forward = (from: Socket, to: Socket) => {
    if (delay === 0) return from.pipe(to)
    from.on("data", (bytes) => setTimeout(() => to.writable && to.write(bytes), delay))
    return from.on("end", () => setTimeout(() => to.end(), delay))
  }
  let to = new URL(target)
  const sockets = new Set<Socket>()
  let isCut = false
  let isStalled = false
  const server = createServer((client) => {
    if (isCut) return client.destroy()
    const upstream = connect(Number(to.port), to.hostname)
    for (const [socket, other] of [
      [client, upstream],
      [upstream, client]
    ] as const) {
      sockets.add(socket)
      forward(socket, other)
      if (isStalled) socket.pause()
      socket.on("error", () => other.destroy())
      socket.on("close", () => {
        sockets.delete(socket)
        other.destroy()
      })
    }
  })
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve))
  const address = server.address()
  return {
    url: `http://127.0.0.1:${typeof address === "object" && address !== null ? address.port : 0}`,
    cut: () => {
      isCut = true
      for (const socket of sockets) socket.destroy()
    },
    /** Resets existing connections and sends new ones to another target. */
    moveTo: (other: string) => {
      to = new URL(other)
      for (const socket of sockets) socket.destroy()
    },
    /** Stalls all traffic silently; `resume` delivers what was buffered meanwhile. */
    stall: () => {
      for (const socket of sockets) socket.pause()
      isStalled = true
    },
    resume: () => {
      isStalled = false
      for (const socket of sockets) socket.resume()
    },
    mend: () => {
      isCut = false
    },
    close: () => {
      for (const socket of sockets) socket.destroy()
      server.close()
    }
  }
}
