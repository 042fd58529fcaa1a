// Requests and streams with a session cookie, on the raw sockets of raw.ts.
import { connect } from "node:net"
import { isChunked, unchunked } from "./raw.ts"

export { ask, type Connection, openConnection } from "./raw.ts"

export const request = (method: string, path: string, body: string, cookie: string): Buffer => {
  const type = path.startsWith("/api/") ? "application/json" : "application/x-www-form-urlencoded"
  return Buffer.from(
    `${method} ${path} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: ${type}\r\nContent-Length: ${Buffer.byteLength(body)}\r\n` +
      `${cookie === "" ? "" : `Cookie: ${cookie}\r\n`}\r\n${body}`
  )
}

/** Opens a list's feed; passes on the body; returns a function that closes it. */
export const openListStream = (
  port: number,
  path: string,
  cookie: string,
  onBytes: (bytes: Buffer, from: number, to: number) => void
) => {
  let head: string | undefined = ""
  let onBody = onBytes
  const socket = connect({ port, host: "127.0.0.1", noDelay: true })
  socket.on("data", (bytes: Buffer) => {
    if (head === undefined) return onBody(bytes, 0, bytes.length)
    const before = head.length
    head += bytes.toString("latin1")
    const end = head.indexOf("\r\n\r\n")
    if (end === -1) return
    if (!head.startsWith("HTTP/1.1 200 ")) throw new Error(`GET ${path}: ${head}`)
    if (isChunked(head)) onBody = unchunked(onBytes)
    head = undefined
    if (end + 4 - before < bytes.length) onBody(bytes, end + 4 - before, bytes.length)
  })
  socket.write(
    `GET ${path} HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nAccept: text/event-stream\r\n${cookie === "" ? "" : `Cookie: ${cookie}\r\n`}\r\n`
  )
  return () => socket.resetAndDestroy()
}
