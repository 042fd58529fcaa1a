// Built files with content type, hash and compressed copies, in memory or read from the folder.
import { createHash } from "node:crypto"
import { readdirSync, readFileSync, realpathSync, statSync, watch } from "node:fs"
import { dirname, extname, join } from "node:path"
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import mime from "mime"
import type { Manifest } from "./manifest.ts"

/** File suffixes of content codings. */
export const suffixes = { br: ".br", zstd: ".zst", gzip: ".gz" } as const
export type Coding = keyof typeof suffixes

/** Content type by file name; default `application/octet-stream`. */
export const mediaType = (name: string) => mime.getType(extname(name)) ?? "application/octet-stream"

export interface Asset {
  readonly contentType: string
  /** The name contains the content's hash: cacheable forever. */
  readonly isHashed: boolean
  /** Unquoted ETag of the content. */
  readonly tag: string
  readonly content: Buffer
  /** Compressed copies that are smaller. */
  readonly copies: Readonly<Partial<Record<Coding, Buffer>>>
}

const contentTypeOf = (name: string) => {
  const type = mediaType(name)
  return type.startsWith("text/") ? `${type}; charset=utf-8` : type
}

/** Excludes source maps, whose names carry another file's hash. */
const hashedNames = (manifest: Manifest) => {
  const names = new Set(Object.values(manifest).map(({ file }) => file))
  return (name: string) => names.has(name)
}

const make = (name: string, content: Buffer, isHashed: boolean, copies: Asset["copies"]): Asset => ({
  contentType: contentTypeOf(name),
  isHashed,
  tag: createHash("sha256").update(content).digest("base64url").slice(0, 22),
  content,
  copies
})

/** Reads a file of a folder; no subfolders, dot files or links that leave it. */
const read = (directory: string, name: string): Buffer | undefined => {
  if (!/^\w[\w.-]*$/.test(name)) return undefined
  try {
    const real = realpathSync(join(directory, name))
    if (dirname(real) !== realpathSync(directory) || !statSync(real).isFile()) return undefined
    return readFileSync(real)
  } catch {
    return undefined
  }
}

/** All files of a folder by name. */
export const readAll = (directory: string): ReadonlyMap<string, Uint8Array> =>
  new Map(
    readdirSync(directory).flatMap((name): Array<[string, Uint8Array]> => {
      const content = read(directory, name)
      return content === undefined ? [] : [[name, content]]
    })
  )

/** Assets held in memory. */
export const inMemoryAssets = (files: ReadonlyMap<string, Uint8Array>, manifest: Manifest) => {
  const isHashed = hashedNames(manifest)
  const bytes = (name: string) => {
    const content = files.get(name)
    return content === undefined ? undefined : Buffer.from(content.buffer, content.byteOffset, content.byteLength)
  }
  const isCopy = (name: string) =>
    Object.values(suffixes).some((suffix) => name.endsWith(suffix) && files.has(name.slice(0, -suffix.length)))
  const assets = new Map<string, Asset>()
  for (const name of files.keys()) {
    const content = bytes(name)
    if (content === undefined || isCopy(name)) continue
    const copies: Partial<Record<Coding, Buffer>> = {}
    for (const coding of ["br", "zstd", "gzip"] as const) {
      const copy = bytes(`${name}${suffixes[coding]}`)
      if (copy !== undefined) copies[coding] = copy
    }
    assets.set(name, make(name, content, isHashed(name), copies))
  }
  return (name: string): Asset | undefined => assets.get(name)
}

/** Reads the current file. */
export const readOne = (directory: string, name: string, manifest: Manifest): Asset | undefined => {
  const content = read(directory, name)
  return content === undefined ? undefined : make(name, content, hashedNames(manifest)(name), {})
}

/** Emits when a file of the folder is written; never without the folder. */
export const fileChanges = (directory: string, name: string): Stream.Stream<void> =>
  Stream.asyncPush<void>(
    (emit) =>
      Effect.acquireRelease(
        Effect.sync(() => {
          try {
            return watch(directory, (_, file) => {
              if (file === name) emit.single(undefined)
            })
          } catch {
            return undefined
          }
        }),
        (watcher) => Effect.sync(() => watcher?.close())
      ),
    { bufferSize: 1, strategy: "sliding" }
  )
