// Assets shared between releases that run side by side: each release publishes its files and finds
// those of others. Lookups of unknown names share one listing.
import * as Arr from "effect/Array"
import * as Context from "effect/Context"
import * as Deferred from "effect/Deferred"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as FiberId from "effect/FiberId"
import * as FiberSet from "effect/FiberSet"
import * as Schedule from "effect/Schedule"
import { LRUCache } from "lru-cache"
import { monotonicMillis } from "../../lib/monotonicTime.ts"
import * as SingleFlight from "../../lib/singleFlight.ts"
import { type Asset, inMemoryAssets } from "./assetFiles.ts"
import { announceEvery, makePruning } from "./pruning.ts"
import {
  copiesOf,
  digestOf,
  isHashedName,
  type SharedAssetKey,
  type SharedAssetStore,
  type SharedAssetsFailed,
  textOf
} from "./sharedAssetStore.ts"

/** Milliseconds between listings, and so the maximum delay of a request for an unknown name. */
const listEvery = 100
/** Bytes of other releases' files cached in memory. */
const held = 16 * 1024 * 1024
/** Timeout of `announced`, for a hanging disk. */
const announceTimeout = "1 second"

export interface SharedAssetsService {
  /** Finds another release's file by its hashed name. */
  readonly find: (name: string) => Effect.Effect<Asset | undefined>
  /** Returns once this release's files are published, or publishing failed. */
  readonly announced: Effect.Effect<void>
}

export const make = Effect.fnUntraced(function* (shelf: SharedAssetStore, own: ReadonlyMap<string, Uint8Array>) {
  const files = [...own].map(([name, content]) => ({ name, content, digest: digestOf(content) }))
  const ownKeys = new Set(files.map(textOf))
  const prune = makePruning((entry) => ownKeys.has(textOf(entry)))
  const run = yield* FiberSet.makeRuntime<never>()
  const flights = yield* SingleFlight.make<Asset | undefined, never>()
  const assets = new LRUCache<string, Asset>({ maxSize: held })
  let keys: ReadonlyMap<string, ReadonlyArray<SharedAssetKey>> = new Map()
  let isFailing = false

  /** Failures never stop serving; the first one is logged as a warning. */
  const orWithout = <A>(effect: Effect.Effect<A, SharedAssetsFailed>, without: A) =>
    effect.pipe(
      Effect.tap(() => {
        isFailing = false
      }),
      Effect.catchAll((error) => {
        const log = isFailing ? Effect.logDebug : Effect.logWarning
        isFailing = true
        return Effect.as(log(`Assets can't be shared with other releases: ${error.message}`), without)
      })
    )

  const announce = Effect.gen(function* () {
    yield* shelf.put(files)
    const old = prune(yield* shelf.entries, yield* shelf.now, yield* monotonicMillis)
    if (old.length > 0) yield* shelf.remove(old)
  })
  const first = yield* Effect.makeLatch()
  yield* orWithout(announce, undefined).pipe(
    Effect.ensuring(first.open),
    Effect.repeat(Schedule.spaced(Duration.millis(announceEvery))),
    Effect.forkScoped
  )

  const list = Effect.flatMap(orWithout(shelf.keys, []), (all) =>
    Effect.sync(() => {
      keys = new Map(Object.entries(Arr.groupBy(all, ({ name }) => name)))
    })
  )
  let listedAt = Number.NEGATIVE_INFINITY
  let coming: Deferred.Deferred<void> | undefined
  /** Returns after a listing that started later than the call. */
  const refreshed = Effect.flatMap(monotonicMillis, (now) => {
    if (coming !== undefined) return Deferred.await(coming)
    const next = Deferred.unsafeMake<void>(FiberId.none)
    coming = next
    run(
      Effect.sleep(Duration.millis(Math.max(0, listedAt + listEvery - now))).pipe(
        Effect.zipRight(monotonicMillis),
        Effect.flatMap((at) => {
          listedAt = at
          coming = undefined
          return list
        }),
        Effect.ensuring(Deferred.succeed(next, undefined))
      )
    )
    return Deferred.await(next)
  })

  /** Removes a file whose content doesn't match its digest; its release publishes it again. */
  const read = Effect.fnUntraced(function* (key: SharedAssetKey) {
    const content = yield* orWithout(shelf.read(key), undefined)
    if (content === undefined) return []
    if (digestOf(content) === key.digest) return [[key.name, content] as const]
    yield* Effect.logWarning(`The shared asset ${textOf(key)} does not match its digest and is removed`)
    yield* orWithout(shelf.remove([key]), undefined)
    return []
  })
  const load = Effect.fnUntraced(function* (name: string) {
    const found = yield* Effect.forEach(
      copiesOf(name).flatMap((it) => keys.get(it)?.slice(0, 1) ?? []),
      read
    )
    const asset = inMemoryAssets(new Map(found.flat()), { [name]: { file: name } })(name)
    if (asset === undefined) {
      keys = new Map([...keys].filter(([it]) => it !== name))
      return undefined
    }
    const bytes = Object.values(asset.copies).reduce((sum, copy) => sum + copy.length, asset.content.length)
    assets.set(name, asset, { size: bytes + 1 })
    return asset
  })

  /** A late caller finds the loaded asset. */
  const loaded = (name: string) =>
    Effect.suspend(() => {
      const known = assets.get(name)
      return known !== undefined || !keys.has(name) ? Effect.succeed(known) : load(name)
    })

  const service: SharedAssetsService = {
    find: (name) =>
      Effect.suspend(() => {
        if (!isHashedName(name)) return Effect.succeed(undefined)
        const known = assets.get(name)
        if (known !== undefined) return Effect.succeed(known)
        return Effect.zipRight(keys.has(name) ? Effect.void : refreshed, flights.join(name, loaded(name)))
      }),
    announced: Effect.asVoid(Effect.timeoutOption(first.await, announceTimeout))
  }
  return service
})

/** Optional: without the Layer a release serves only its own files. */
export class SharedAssets extends Context.Reference<SharedAssets>()("evenstar/SharedAssets", {
  defaultValue: (): SharedAssetsService => ({ find: () => Effect.succeed(undefined), announced: Effect.void })
}) {}
