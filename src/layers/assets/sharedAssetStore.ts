// What releases leave for each other: their hashed files, by name and by the hash of all of their content. Two releases run at once
// during a restart, and a page of the one asks the other for what only the one has.
import { createHash } from "node:crypto"
import type * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { suffixes } from "./assetFiles.ts"

/** Bytes of one file, and of all, at most: beyond, what was announced longest ago goes first. */
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
  /** Milliseconds since 1970 by the shelf's clock: when a release that runs has said last that it is its own. */
  readonly announcedAt: number
}

export class SharedAssetsFailed extends Schema.TaggedError<SharedAssetsFailed>()("ShelfFailed", {
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
  /** Milliseconds since 1970 by the shelf's clock. */
  readonly now: Effect.Effect<number>
  /** Undefined where it is not there, or too long. Whether it is what its name says, the caller finds out. */
  readonly read: (key: SharedAssetKey) => Effect.Effect<Buffer | undefined, SharedAssetsFailed>
  /** Writes those that are not there, each as a whole or not at all, and announces all. */
  readonly put: (files: ReadonlyArray<SharedAssetFile>) => Effect.Effect<void, SharedAssetsFailed>
  readonly remove: (keys: ReadonlyArray<SharedAssetKey>) => Effect.Effect<void, SharedAssetsFailed>
}

/** A hash of 8 characters before an extension that browsers load: the shape of what the build names. */
const hashedName =
  /^(?=.{1,100}$)[\w-]+(?:\.[\w-]+)*\.[\w-]{8}\.(?:js|css|svg|png|jpe?g|gif|webp|avif|ico|woff2?|ttf|otf)$/
export const isHashedName = (name: string) => hashedName.test(name)

const withoutSuffix = (name: string) => name.replace(/\.(?:br|zst|gz)$/, "")
/** The name of a hashed file, or of a compressed copy of one. */
export const isSharedName = (name: string) => isHashedName(withoutSuffix(name))
/** A file and its copies. */
export const copiesOf = (name: string) => [name, ...Object.values(suffixes).map((suffix) => `${name}${suffix}`)]

export const digestOf = (content: Uint8Array) => createHash("sha256").update(content).digest("hex")
export const textOf = ({ digest, name }: SharedAssetKey) => `${name}@${digest}`
