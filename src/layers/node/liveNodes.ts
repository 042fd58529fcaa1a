// Liveness of nodes: a node is live while its row changes. Changes are timed by the local monotonic
// clock, so setting any wall clock makes no node come or go.
import * as Effect from "effect/Effect"
import { monotonicMillis } from "../../lib/monotonicTime.ts"
import { goneAfter, type NodeRows, type ReportedNode } from "./NodeRows.ts"

/**
 * Milliseconds after which the row of a silent process is deleted; it reappears with its next
 * report.
 */
const deleteAfter = 60_000

interface Seen {
  readonly seenAt: number
  /** When its last change was observed, in monotonic milliseconds. */
  readonly at: number
}

/** Must be refreshed every half second: changes are dated when observed. */
export const make = (rows: NodeRows) => {
  let seen = new Map<string, Seen>()

  /** A row seen for the first time counts as live only if it is recent. */
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
    /** Nodes that reported within 5 seconds. */
    live: Effect.map(observed, ({ now, said }) => said.filter((row) => silence(row, now) < goneAfter)),
    /** Observes the rows and deletes those that are long silent. */
    refresh: Effect.flatMap(observed, ({ now, said }) => {
      const stale = said.filter((row) => silence(row, now) >= deleteAfter)
      return stale.length === 0 ? Effect.void : rows.deleteStale(stale)
    })
  }
}
