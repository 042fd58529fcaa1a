// Deletes expired sessions in slices of some milliseconds, in order of the id's hash; writes
// nothing if none expired. Measured by `npm run bench session-cleanup`.
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import type { Lifetimes } from "../../domain/Session.ts"
import { yieldToEventLoop } from "../../lib/eventLoop.ts"
import { Sql } from "../sqlite/Sql.ts"

/** Target duration of a slice in milliseconds, and bounds of its rows. */
const shortest = 1
const longest = 3
const [fewest, most] = [32, 2048]
/** Deletions between checkpoints of the WAL. */
const checkpointEvery = 64

const decodeSlice = Schema.decodeUnknownSync(
  Schema.Tuple(Schema.NullOr(Schema.Uint8ArrayFromSelf), Schema.Number, Schema.Number)
)

/** SQL of `ifUnexpired`; parameters: `idle`, `absolute`, now. */
const isOver = `min(expires_at, last_accessed + ?, max(created_at, ifnull(signed_in_at, created_at)) + ?) <= ?`

export const make = Effect.fnUntraced(function* ({ absolute, idle }: Lifetimes) {
  const { checkpoint, database, query, reader, transactRelaxed } = yield* Sql
  const selectSlice = reader
    .prepare(
      `SELECT MAX(id_hash), COUNT(*), COUNT(*) FILTER (WHERE ${isOver})
        FROM (SELECT * FROM sessions WHERE id_hash > ? ORDER BY id_hash LIMIT ?)`
    )
    .raw()
  const remove = database.prepare(`DELETE FROM sessions WHERE id_hash > ? AND id_hash <= ? AND ${isOver}`)

  /** Deletes sessions expired at `now`; returns numbers of deleted and kept ones. */
  return Effect.fn("SessionStore.cleanupExpired")(function* (now: number) {
    let position: Uint8Array = new Uint8Array()
    let rows = fewest
    let deleted = 0
    let looked = 0
    let sinceCheckpoint = 0
    for (;;) {
      const began = performance.now()
      const [last, found, over] = yield* query(() => decodeSlice(selectSlice.get(idle, absolute, now, position, rows)))
      looked += found
      if (last !== null && over > 0) {
        const { changes } = yield* transactRelaxed(() => remove.run(position, last, idle, absolute, now))
        deleted += changes
        sinceCheckpoint += changes
      }
      if (last === null || found < rows) return { deleted, kept: looked - deleted }
      const took = performance.now() - began
      if (took > longest) rows = Math.max(fewest, rows >> 1)
      else if (took < shortest) rows = Math.min(most, rows << 1)
      position = last
      yield* yieldToEventLoop
      if (sinceCheckpoint < checkpointEvery) continue
      yield* checkpoint
      sinceCheckpoint = 0
      yield* yieldToEventLoop
    }
  })
})
