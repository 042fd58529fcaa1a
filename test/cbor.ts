// CBOR (RFC 8949), the subset that attestation objects use.
export type Cbor = string | number | null | Buffer | ReadonlyArray<Cbor> | { readonly [name: string]: Cbor }

const head = (major: number, n: number) =>
  Buffer.from(n < 24 ? [(major << 5) | n] : n < 256 ? [(major << 5) | 24, n] : [(major << 5) | 25, n >> 8, n & 0xff])

const isList = (value: Cbor): value is ReadonlyArray<Cbor> => Array.isArray(value)

export const cbor = (value: Cbor): Buffer => {
  if (value === null) return Buffer.from([0xf6])
  if (typeof value === "number") return value < 0 ? head(1, -1 - value) : head(0, value)
  if (typeof value === "string") return Buffer.concat([head(3, Buffer.byteLength(value)), Buffer.from(value)])
  if (Buffer.isBuffer(value)) return Buffer.concat([head(2, value.length), value])
  if (isList(value)) return Buffer.concat([head(4, value.length), ...value.map(cbor)])
  const entries = Object.entries(value)
  return Buffer.concat([head(5, entries.length), ...entries.flatMap(([name, it]) => [cbor(name), cbor(it)])])
}
