// Shared assets of processes with one `DATA_DIR`. The folder is untrusted: names are checked, links
// are not followed, contents are checked against their digest.
import { randomUUID } from "node:crypto"
import { constants } from "node:fs"
import { mkdir, open, readdir, rename, rm, stat, utimes, writeFile } from "node:fs/promises"
import { join } from "node:path"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import {
  isSharedName,
  maxFileBytes,
  type SharedAssetFile,
  type SharedAssetKey,
  type SharedAssetStore,
  SharedAssetsFailed,
  textOf
} from "./sharedAssetStore.ts"

const concurrency = 4
/** Milliseconds after which an unfinished file counts as abandoned. */
const abandoned = 3_600_000

const isMissing = (cause: unknown) => cause instanceof Error && "code" in cause && cause.code === "ENOENT"

const attempt = <A>(work: () => Promise<A>) =>
  Effect.tryPromise({
    try: work,
    catch: (cause) => new SharedAssetsFailed({ reason: cause instanceof Error ? cause.message : String(cause), cause })
  })
const orWithout = <A, B>(effect: Effect.Effect<A, SharedAssetsFailed>, without: B) =>
  Effect.catchAll(effect, (error) => (isMissing(error.cause) ? Effect.succeed(without) : Effect.fail(error)))

const keyOf = (file: string): ReadonlyArray<SharedAssetKey> => {
  const [, name = "", digest = ""] = /^([^@]+)@([0-9a-f]{64})$/.exec(file) ?? []
  return isSharedName(name) ? [{ name, digest }] : []
}

export const make = (directory: string): SharedAssetStore => {
  const pathOf = (key: SharedAssetKey) => join(directory, textOf(key))
  const files = orWithout(
    attempt(() => readdir(directory, { withFileTypes: true })),
    []
  )
  const keys = Effect.map(files, (all) => all.flatMap((file) => (file.isFile() ? keyOf(file.name) : [])))
  const remove = (path: string) => attempt(() => rm(path, { force: true }))

  const sizes = (key: SharedAssetKey) =>
    Effect.map(
      orWithout(
        attempt(() => stat(pathOf(key))),
        undefined
      ),
      (found) => (found === undefined ? [] : [{ ...key, bytes: found.size, announcedAt: found.mtimeMs }])
    )
  const entries = Effect.flatMap(keys, (all) =>
    Effect.map(Effect.forEach(all, sizes, { concurrency }), (found) => found.flat())
  )

  const write = (file: SharedAssetFile) => {
    const unfinished = join(directory, `.${randomUUID()}`)
    return attempt(() => writeFile(unfinished, file.content, { flag: "wx", mode: 0o600 })).pipe(
      Effect.zipRight(attempt(() => rename(unfinished, pathOf(file)))),
      Effect.tapError(() => Effect.option(remove(unfinished)))
    )
  }
  /** Removes unfinished files of killed processes. */
  const removeUnfinished = Effect.flatMap(Effect.zip(files, Clock.currentTimeMillis), ([all, now]) =>
    Effect.forEach(
      all.filter((file) => file.isFile() && file.name.startsWith(".")).map(({ name }) => join(directory, name)),
      (path) =>
        Effect.flatMap(
          orWithout(
            attempt(() => stat(path)),
            undefined
          ),
          (found) => (found !== undefined && now - found.mtimeMs > abandoned ? remove(path) : Effect.void)
        ),
      { discard: true }
    )
  )

  return {
    keys,
    entries,
    now: Clock.currentTimeMillis,
    read: (key) =>
      orWithout(
        attempt(async () => {
          const file = await open(pathOf(key), constants.O_RDONLY | constants.O_NOFOLLOW)
          try {
            const { size } = await file.stat()
            return size > maxFileBytes ? undefined : await file.readFile()
          } finally {
            await file.close()
          }
        }),
        undefined
      ),
    put: Effect.fnUntraced(function* (all) {
      yield* attempt(() => mkdir(directory, { recursive: true, mode: 0o700 }))
      const there = new Map((yield* entries).map((entry) => [textOf(entry), entry.bytes]))
      // A different length means a write cut off by a power failure.
      const missing = all.filter((file) => there.get(textOf(file)) !== file.content.length)
      yield* Effect.forEach(missing, write, { concurrency, discard: true })
      const now = new Date(yield* Clock.currentTimeMillis)
      yield* Effect.forEach(all, (file) => attempt(() => utimes(pathOf(file), now, now)), {
        concurrency,
        discard: true
      })
      yield* removeUnfinished
    }),
    remove: (all) => Effect.forEach(all, (key) => remove(pathOf(key)), { discard: true })
  }
}
