// Minimal HTTP over raw sockets for load generators: one shared read buffer, no streams.
import { connect, type Socket } from "node:net"

const readBuffer = Buffer.allocUnsafe(64 * 1024)

/** `onData` must consume the bytes synchronously: the next read overwrites them. */
export const open = (port: number, onData: (bytes: Buffer) => void): Socket =>
  connect({
    port,
    host: "127.0.0.1",
    noDelay: true,
    onread: {
      buffer: readBuffer,
      callback: (length) => {
        onData(readBuffer.subarray(0, length))
        return true
      }
    }
  })

const newline = 10
const hex = (byte: number) => (byte <= 57 ? byte - 48 : (byte | 32) - 87)

export interface Body {
  /** `bytes` from `from` to `to`, valid during the call only. */
  readonly onBytes: (bytes: Buffer, from: number, to: number) => void
  readonly onHead?: (head: string) => void
  /** Without it an error ends the process. */
  readonly onClose?: (reason: string) => void
}

/** Removes chunked framing (RFC 9112, 7.1). */
export const unchunked = (onBytes: Body["onBytes"]): Body["onBytes"] => {
  /** Remaining bytes of the current chunk; its size as read so far, -1 before the first digit. */
  let left = 0
  let size = -1
  return (bytes, start, end) => {
    let at = start
    while (at < end) {
      if (left > 0) {
        const to = Math.min(end, at + left)
        onBytes(bytes, at, to)
        left -= to - at
        at = to
        continue
      }
      const byte = bytes[at++] ?? 0
      if (byte > newline && byte !== 13) size = Math.max(size, 0) * 16 + hex(byte)
      else if (byte === newline && size >= 0) {
        left = size
        size = -1
      }
    }
  }
}

export const isChunked = (head: string) => /^transfer-encoding: chunked/im.test(head)

/** A GET with an endless response; fails the process on any status but 200. */
export const openStream = (port: number, path: string, { onBytes, onClose, onHead }: Body): Socket => {
  let head: string | undefined = ""
  let onBody = onBytes

  const socket = open(port, (bytes) => {
    if (head === undefined) return onBody(bytes, 0, bytes.length)
    const before = head.length
    head += bytes.toString("latin1")
    const end = head.indexOf("\r\n\r\n")
    if (end === -1) return
    if (!head.startsWith("HTTP/1.1 200 ")) throw new Error(`GET ${path}: ${head}`)
    if (isChunked(head)) onBody = unchunked(onBytes)
    onHead?.(head.slice(0, end))
    head = undefined
    onBody(bytes, end + 4 - before, bytes.length)
  })
  let reason = "by the server"
  socket.on("error", (error) => {
    if (onClose === undefined) throw error
    reason = error.message
  })
  socket.on("close", () => onClose?.(reason))
  socket.write(`GET ${path} HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nAccept: text/event-stream\r\n\r\n`)
  return socket
}

export interface Connection {
  /** Sends one request at a time. */
  readonly send: (request: Buffer, onAnswer: (status: number, body: string, head: string) => void) => void
  readonly close: () => void
}

/** A keep-alive connection that reopens after a timeout. Responses need a `content-length`. */
export const openConnection = (port: number): Connection => {
  let received = ""
  let waiting: { readonly bytes: Buffer; readonly onAnswer: Parameters<Connection["send"]>[1] } | undefined

  const onData = (bytes: Buffer) => {
    received += bytes.toString("latin1")
    const end = received.indexOf("\r\n\r\n")
    if (end === -1) return
    const length = /\r\ncontent-length: (\d+)\r\n/i.exec(received)?.[1]
    if (length === undefined) throw new Error(`An answer without content-length: ${received}`)
    if (received.length < end + 4 + Number(length)) return
    const head = received.slice(0, end)
    const body = received.slice(end + 4)
    const answered = waiting
    received = ""
    waiting = undefined
    answered?.onAnswer(Number(head.slice(9, 12)), body, head)
  }
  const reopen = (): Socket => {
    const opened = open(port, onData)
    // A keep-alive timeout raced with the request: resend. Connection refused: the server is gone.
    opened.on("error", (error) => {
      if (error.message.includes("ECONNREFUSED")) throw error
    })
    opened.on("close", () => {
      if (waiting === undefined) return
      if (received !== "") throw new Error(`Closed in the middle of an answer: ${received}`)
      socket = reopen()
      socket.write(waiting.bytes)
    })
    return opened
  }
  let socket = reopen()
  return {
    send: (bytes, onAnswer) => {
      waiting = { bytes, onAnswer }
      if (socket.destroyed) socket = reopen()
      socket.write(bytes)
    },
    close: () => socket.resetAndDestroy()
  }
}

export const request = (method: string, path: string, body: string): Buffer =>
  Buffer.from(
    `${method} ${path} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n` +
      `Content-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`
  )

/** One awaited request; rejects on any status but 2xx. */
export const ask = (connection: Connection, bytes: Buffer): Promise<string> =>
  new Promise((resolve, reject) => {
    connection.send(bytes, (status, body) => {
      if (status >= 200 && status < 300) resolve(body)
      else reject(new Error(`${status} ${body} to ${bytes.toString().split("\r\n")[0]}`))
    })
  })
