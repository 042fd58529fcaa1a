// Store of assets shared between releases: hashed files by name and SHA-256. During a restart two
// releases run, and pages of one request files of the other.
import { createHash } from "node:crypto"
import type * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { suffixes } from "./assetFiles.ts"

/** Maximum bytes per file and in total; beyond, the oldest announcements go first. */
export const maxFileBytes = 8 * 1024 * 1024
export const maxBytes = 64 * 1024 * 1024

export interface SharedAssetKey {
  readonly name: string
  /** SHA-256 of the content, in hexadecimal digits. */
  readonly digest: string
}
export interface SharedAssetFile extends SharedAssetKey {
  readonly content: Uint8Array
}
export interface SharedAssetEntry extends SharedAssetKey {
  readonly bytes: number
  /** Time of the last announcement, in milliseconds since 1970 by the store's clock. */
  readonly announcedAt: number
}

export class SharedAssetsFailed extends Schema.TaggedError<SharedAssetsFailed>()("SharedAssetsFailed", {
  reason: Schema.String,
  cause: Schema.Defect
}) {
  override get message() {
    return this.reason
  }
}

export interface SharedAssetStore {
  readonly keys: Effect.Effect<ReadonlyArray<SharedAssetKey>, SharedAssetsFailed>
  readonly entries: Effect.Effect<ReadonlyArray<SharedAssetEntry>, SharedAssetsFailed>
  /** The store's clock, in milliseconds since 1970. */
  readonly now: Effect.Effect<number>
  /** Undefined if missing or too large. The caller checks the digest. */
  readonly read: (key: SharedAssetKey) => Effect.Effect<Buffer | undefined, SharedAssetsFailed>
  /** Writes missing files atomically and announces all. */
  readonly put: (files: ReadonlyArray<SharedAssetFile>) => Effect.Effect<void, SharedAssetsFailed>
  readonly remove: (keys: ReadonlyArray<SharedAssetKey>) => Effect.Effect<void, SharedAssetsFailed>
}

/** Pattern of hashed names: an 8-character hash and a browser file extension. */
const hashedName =
  /^(?=.{1,100}$)[\w-]+(?:\.[\w-]+)*\.[\w-]{8}\.(?:js|css|svg|png|jpe?g|gif|webp|avif|ico|woff2?|ttf|otf)$/
export const isHashedName = (name: string) => hashedName.test(name)

const withoutSuffix = (name: string) => name.replace(/\.(?:br|zst|gz)$/, "")
/** True for hashed names and their compressed copies. */
export const isSharedName = (name: string) => isHashedName(withoutSuffix(name))
/** A file's name and those of its compressed copies. */
export const copiesOf = (name: string) => [name, ...Object.values(suffixes).map((suffix) => `${name}${suffix}`)]

export const digestOf = (content: Uint8Array) => createHash("sha256").update(content).digest("hex")
export const textOf = ({ digest, name }: SharedAssetKey) => `${name}@${digest}`
