// Which nodes are there: those whose rows change. Only when they changed is measured, and here, by the monotonic clock: what a
// clock said that somebody has set since, on this machine or the database's, makes no node come or go.
import * as Effect from "effect/Effect"
import { monotonicMillis } from "../../lib/monotonicTime.ts"
import { goneAfter, type NodeRows, type ReportedNode } from "./NodeRows.ts"

/** Milliseconds after which the row of a process that has not said goodbye is deleted. If it comes back, it says it anew. */
const deleteAfter = 60_000

interface Seen {
  readonly seenAt: number
  /** Monotonic milliseconds: when it was seen to have changed. */
  readonly at: number
}

/** To be looked at every half second: a change is dated when it is seen. */
export const make = (rows: NodeRows) => {
  let seen = new Map<string, Seen>()

  /** Of a row that is seen for the first time nothing else is known than what it says: an old one is nobody's. */
  const date = ({ instanceId, isRecent, seenAt }: ReportedNode, now: number): Seen => {
    const before = seen.get(instanceId)
    if (before === undefined) return { seenAt, at: isRecent ? now : Number.NEGATIVE_INFINITY }
    return before.seenAt === seenAt ? before : { seenAt, at: now }
  }
  const silence = ({ instanceId }: ReportedNode, now: number) => now - (seen.get(instanceId)?.at ?? now)

  const observed = Effect.zipWith(rows.reported, monotonicMillis, (said, now) => {
    seen = new Map(said.map((row) => [row.instanceId, date(row, now)]))
    return { said, now }
  })
  return {
    /** Those that have said something within 5 seconds. */
    live: Effect.map(observed, ({ now, said }) => said.filter((row) => silence(row, now) < goneAfter)),
    /** The same look, for the time to come; deletes what nobody says any more. */
    refresh: Effect.flatMap(observed, ({ now, said }) => {
      const silent = said.filter((row) => silence(row, now) >= deleteAfter)
      return silent.length === 0 ? Effect.void : rows.deleteStale(silent)
    })
  }
}
