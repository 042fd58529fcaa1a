import fc from "fast-check"

export const signedParts = ["id", "clientDataJSON", "attestationObject", "authenticatorData", "signature"]
export type Change = (bytes: Buffer) => Buffer
export const changes: fc.Arbitrary<Change> = fc.oneof(
  fc.tuple(fc.nat(), fc.integer({ min: 1, max: 255 })).map(([at, mask]) => (bytes: Buffer) => {
    const changed = Buffer.from(bytes)
    const place = at % changed.length
    changed[place] = (changed[place] ?? 0) ^ mask
    return changed
  }),
  fc.nat().map((at) => (bytes: Buffer) => bytes.subarray(0, at % bytes.length)),
  fc.tuple(fc.nat(), fc.uint8Array({ minLength: 1, maxLength: 20 })).map(([at, more]) => (bytes: Buffer) => {
    const place = at % bytes.length
    return Buffer.concat([bytes.subarray(0, place), more, bytes.subarray(place)])
  }),
  fc.uint8Array({ maxLength: 300 }).map((bytes) => () => Buffer.from(bytes))
)
/** The library tolerates other DER around a signature's two numbers: only the numbers count. */
export const isSameSignature = (der: Buffer, spoiled: string) => {
  const first = der.subarray(4, 4 + (der[3] ?? 0))
  const numbers = [first, der.subarray(6 + first.length)].map((number) => number.toString("hex").replace(/^(00)+/, ""))
  return numbers.every((number) => Buffer.from(spoiled, "base64url").toString("hex").includes(number))
}
/** Deeply nested CBOR, or CBOR with a length beyond any memory. */
export const hostileCbor = [
  Buffer.alloc(40_000, 0x81),
  Buffer.alloc(40_000, 0xa1),
  Buffer.alloc(40_000, 0x9f),
  Buffer.alloc(40_000, 0xc0),
  ...[0x5b, 0x7b, 0x9b, 0xbb].map((head) => Buffer.from([head, 0x7f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff])),
  ...[0x5a, 0x7a, 0x9a, 0xba].map((head) => Buffer.from([head, 0xff, 0xff, 0xff, 0xff]))
]
