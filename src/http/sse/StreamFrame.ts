// Frames for many connections, encoded and compressed once. Each compressed frame is a sequence of
// deflate blocks (RFC 1951) without back references, valid in every client's gzip stream (RFC
// 1952); only the checksum at the end differs. There is no encoder for each client.
import { constants, crc32, deflateRawSync } from "node:zlib"
import { Chunk } from "./Chunk.ts"

/** Frames below this many bytes are sent as stored blocks. */
const worthCompressing = 256

/** Ends on a byte boundary, with the empty stored block of a sync flush. */
const flushed = { finishFlush: constants.Z_SYNC_FLUSH, level: 4 }

const polynomial = 0xedb88320

/** The product of two polynomials over GF(2), modulo CRC-32's (as zlib's `crc32_combine_op`). */
const multiply = (a: number, b: number): number => {
  let product = 0
  let factor = b
  for (let bit = 0x80000000; bit !== 0; bit >>>= 1) {
    if ((a & bit) !== 0) product ^= factor
    factor = (factor & 1) !== 0 ? (factor >>> 1) ^ polynomial : factor >>> 1
  }
  return product >>> 0
}

/** x^(8 * bytes): the factor for a checksum that is followed by so many bytes. */
const shiftBy = (bytes: number): number => {
  let power = 0x80000000
  let square = 0x00800000
  for (let n = bytes; n > 0; n = Math.floor(n / 2)) {
    if (n % 2 === 1) power = multiply(square, power)
    square = multiply(square, square)
  }
  return power
}

const storedBlock = (bytes: Buffer): Buffer => {
  const header = Buffer.alloc(5)
  header.writeUInt16LE(bytes.length, 1)
  header.writeUInt16LE(~bytes.length & 0xffff, 3)
  return Buffer.concat([header, bytes])
}
/** Ends a flush. Go's reader, among others, returns data only at this block. */
const flush = storedBlock(Buffer.alloc(0))

const deflate = (bytes: Buffer): Buffer => {
  if (bytes.length === 0) return bytes
  return bytes.length < worthCompressing ? Buffer.concat([storedBlock(bytes), flush]) : deflateRawSync(bytes, flushed)
}

export class Frame {
  readonly plain: Chunk
  private compressed: { readonly chunk: Chunk; readonly crc: number; readonly shift: number } | undefined
  constructor(text: string) {
    this.plain = Chunk.of(text)
  }
  /** Deflate blocks, with the values needed for a stream's checksum. */
  get deflated() {
    if (this.compressed === undefined) {
      const { content, size } = this.plain
      this.compressed = { chunk: Chunk.of(deflate(content)), crc: crc32(content), shift: shiftBy(size) }
    }
    return this.compressed
  }
}

/** The state of one client's gzip stream: running checksum and size. */
export class GzipStream {
  static readonly header = Chunk.of(Buffer.from([0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 0xff]))
  private crc = 0
  private size = 0
  /** Adds a frame; returns its compressed bytes. */
  take(frame: Frame): Chunk {
    const { chunk, crc, shift } = frame.deflated
    this.crc = (multiply(shift, this.crc) ^ crc) >>> 0
    this.size = (this.size + frame.plain.size) >>> 0
    return chunk
  }
  /** The final block, checksum and size. */
  end(): Chunk {
    const trailer = Buffer.from([0x03, 0, 0, 0, 0, 0, 0, 0, 0, 0])
    trailer.writeUInt32LE(this.crc, 2)
    trailer.writeUInt32LE(this.size, 6)
    return Chunk.of(trailer)
  }
}

/** Whether a client accepts gzip (RFC 9110, 12.5.3). */
export const acceptsGzip = (acceptEncoding: string | ReadonlyArray<string> | undefined): boolean =>
  String(acceptEncoding ?? "")
    .split(",")
    .some((part) => {
      const [name = "", ...parameters] = part.split(";").map((it) => it.trim().toLowerCase())
      const q = parameters.find((it) => it.startsWith("q="))
      return name === "gzip" && (q === undefined || Number(q.slice(2)) > 0)
    })
