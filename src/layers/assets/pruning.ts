// Pruning of shared assets: files not announced for 7 days, and beyond the size limit the oldest
// announcements.
import { maxBytes, type SharedAssetEntry, textOf } from "./sharedAssetStore.ts"

/** Milliseconds of retention. */
export const kept = 7 * 86_400_000
/** Milliseconds between announcements. */
export const announceEvery = 3_600_000

/**
 * A file must also be unannounced for two intervals of the monotonic clock, so that setting a wall
 * clock removes nothing.
 */
export const makePruning = (isOwn: (entry: SharedAssetEntry) => boolean) => {
  let seen = new Map<string, { readonly announcedAt: number; readonly at: number }>()

  /** `now`: the store's clock; `at`: monotonic milliseconds. */
  return (entries: ReadonlyArray<SharedAssetEntry>, now: number, at: number): ReadonlyArray<SharedAssetEntry> => {
    seen = new Map(
      entries.map((entry) => {
        const before = seen.get(textOf(entry))
        const isSame = before !== undefined && before.announcedAt === entry.announcedAt
        return [textOf(entry), isSame ? before : { announcedAt: entry.announcedAt, at }]
      })
    )
    const isOver = (entry: SharedAssetEntry) =>
      Math.abs(now - entry.announcedAt) > kept && at - (seen.get(textOf(entry))?.at ?? at) >= 2 * announceEvery
    let bytes = 0
    return entries
      .toSorted((a, b) => Number(isOwn(b)) - Number(isOwn(a)) || b.announcedAt - a.announcedAt)
      .filter((entry) => {
        bytes += entry.bytes
        return !isOwn(entry) && (bytes > maxBytes || isOver(entry))
      })
  }
}
