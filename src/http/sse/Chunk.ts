// Chunked framing (RFC 9112, 7.1) as part of the bytes: put around them once, whoever they are sent to. Node's own would make
// three buffers of each write.

const lineEnd = "\r\n"

export class Chunk {
  private constructor(
    /** With the size before it and the line's end behind it: for HTTP/1.1. */
    readonly framed: Buffer,
    private readonly from: number,
    /** Bytes of the content. */
    readonly size: number
  ) {}

  /** Nothing stays nothing: a chunk without content would be the last one. */
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

  /** The same memory, without the frame: for HTTP/1.0, which knows none. */
  get content(): Buffer {
    return this.framed.subarray(this.from, this.from + this.size)
  }
}

/** Without it a transfer was broken off. */
export const lastChunk = Buffer.from(`0${lineEnd}${lineEnd}`)
