// What leaves the shelf: what no release that runs has announced for some days, and beyond the bound what was announced longest ago.
import { maxBytes, type SharedAssetEntry, textOf } from "./sharedAssetStore.ts"

/** Milliseconds after which it goes. */
export const kept = 7 * 86_400_000
/** Milliseconds between announcements. */
export const announceEvery = 3_600_000

/**
 * A clock that is set makes days of a moment. So an entry must also have been seen unannounced for two intervals, by this process's
 * monotonic clock: whoever announces it still would have done so.
 */
export const makePruning = (isOwn: (entry: SharedAssetEntry) => boolean) => {
  let seen = new Map<string, { readonly announcedAt: number; readonly at: number }>()

  /** `now` by the shelf's clock, `at` by the monotonic one. */
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
