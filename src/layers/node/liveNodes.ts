// Which nodes are there: those whose rows change. Only when they changed is measured, and here, by the monotonic clock: what a
// clock said that somebody has set since, on this machine or the database's, makes no node come or go.
import * as Effect from "effect/Effect"
import { monotonicMillis } from "../../lib/monotonicTime.ts"
import { gone, type NodeRows, type SaidRow } from "./NodeRows.ts"

/** Milliseconds after which the row of a process that has not said goodbye is deleted. If it comes back, it says it anew. */
const forgotten = 60_000

interface Seen {
  readonly seenAt: number
  /** Monotonic milliseconds: when it was seen to have changed. */
  readonly at: number
}

/** To be looked at every half second: a change is dated when it is seen. */
export const make = (rows: NodeRows) => {
  let seen = new Map<string, Seen>()

  /** Of a row that is seen for the first time nothing else is known than what it says: an old one is nobody's. */
  const date = ({ instanceId, isRecent, seenAt }: SaidRow, now: number): Seen => {
    const before = seen.get(instanceId)
    if (before === undefined) return { seenAt, at: isRecent ? now : Number.NEGATIVE_INFINITY }
    return before.seenAt === seenAt ? before : { seenAt, at: now }
  }
  const silence = ({ instanceId }: SaidRow, now: number) => now - (seen.get(instanceId)?.at ?? now)

  const looked = Effect.zipWith(rows.said, monotonicMillis, (said, now) => {
    seen = new Map(said.map((row) => [row.instanceId, date(row, now)]))
    return { said, now }
  })
  return {
    /** Those that have said something within 5 seconds. */
    live: Effect.map(looked, ({ now, said }) => said.filter((row) => silence(row, now) < gone)),
    /** The same look, for the time to come; deletes what nobody says any more. */
    look: Effect.flatMap(looked, ({ now, said }) => {
      const silent = said.filter((row) => silence(row, now) >= forgotten)
      return silent.length === 0 ? Effect.void : rows.forget(silent)
    })
  }
}
