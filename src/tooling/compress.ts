// Compressed copies of text files, at each method's maximum level: made once, served many times.
import * as zlib from "node:zlib"
import { mediaType, suffixes } from "../layers/assets/assetFiles.ts"

const isText = (name: string) => /^text\/|[/+](javascript|json|xml)$/.test(mediaType(name))

const brotli = (content: Uint8Array) =>
  zlib.brotliCompressSync(content, {
    params: {
      [zlib.constants.BROTLI_PARAM_QUALITY]: zlib.constants.BROTLI_MAX_QUALITY,
      [zlib.constants.BROTLI_PARAM_SIZE_HINT]: content.length
    }
  })
const gzip = (content: Uint8Array) => zlib.gzipSync(content, { level: 9 })

/** Zstandard; undefined on Node 20. Level 19 is the highest that every decoder accepts. */
const zstd = (content: Uint8Array) => {
  if (!("zstdCompressSync" in zlib) || typeof zlib.zstdCompressSync !== "function") return undefined
  const level = { [Number(Reflect.get(zlib.constants, "ZSTD_c_compressionLevel"))]: 19 }
  const compressed: unknown = zlib.zstdCompressSync(content, { params: level })
  return compressed instanceof Uint8Array ? compressed : undefined
}

/** Name and content of each copy that is smaller than the file. */
export const compress = (name: string, content: Uint8Array): ReadonlyArray<[string, Uint8Array]> => {
  if (!isText(name)) return []
  const copies: ReadonlyArray<[string, Uint8Array | undefined]> = [
    [`${name}${suffixes.br}`, brotli(content)],
    [`${name}${suffixes.gzip}`, gzip(content)],
    [`${name}${suffixes.zstd}`, zstd(content)]
  ]
  return copies.flatMap(
    ([copy, compressed]): Array<[string, Uint8Array]> =>
      compressed !== undefined && compressed.length < content.length ? [[copy, compressed]] : []
  )
}
