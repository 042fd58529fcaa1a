// Chunked framing (RFC 9112, 7.1) within the buffer, made once for all connections; Node's own
// framing would make three buffers for each write.

const lineEnd = "\r\n"

export class Chunk {
  private constructor(
    /** Size line, content and line end, for HTTP/1.1. */
    readonly framed: Buffer,
    private readonly from: number,
    /** Bytes of the content. */
    readonly size: number
  ) {}

  /** Empty content gives no bytes: an empty chunk would end the body. */
  static of(content: string | Buffer): Chunk {
    const size = Buffer.byteLength(content)
    if (size === 0) return new Chunk(Buffer.alloc(0), 0, 0)
    const line = size.toString(16) + lineEnd
    const framed = Buffer.allocUnsafe(line.length + size + lineEnd.length)
    framed.write(line, "latin1")
    if (typeof content === "string") framed.write(content, line.length)
    else content.copy(framed, line.length)
    framed.write(lineEnd, line.length + size, "latin1")
    return new Chunk(framed, line.length, size)
  }

  /** The content without framing, in the same memory, for HTTP/1.0. */
  get content(): Buffer {
    return this.framed.subarray(this.from, this.from + this.size)
  }
}

/** Ends the body; without it the transfer counts as aborted. */
export const lastChunk = Buffer.from(`0${lineEnd}${lineEnd}`)
