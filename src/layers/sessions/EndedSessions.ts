// Sessions ended on any node, polled from the database, so that open streams can be closed. Polls
// overlap by transaction id, and repeated handles are filtered.
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { SessionHandle } from "../../domain/Session.ts"
import { realDelay } from "../../lib/eventLoop.ts"
import type { PostgresService, Prepared } from "../postgres/Postgres.ts"

/** Milliseconds. */
const pollEvery = 400

const statements = {
  position: { name: "ended-position", text: "SELECT pg_snapshot_xmin(pg_current_snapshot())::text" },
  since: {
    name: "ended-since",
    text: `SELECT pg_snapshot_xmin(pg_current_snapshot())::text,
      coalesce((SELECT array_agg(handle) FROM ended_sessions WHERE ended_by >= $1), '{}')`
  },
  // A node that missed an hour recovers: feeds recheck their sessions every few seconds
  // (LiveFeed.ts).
  forget: {
    name: "ended-forget",
    text: "DELETE FROM ended_sessions WHERE ended_at < clock_timestamp() - interval '1 hour'"
  }
} satisfies Record<string, Prepared>

const decodePosition = Schema.decodeUnknownSync(Schema.Tuple(Schema.Tuple(Schema.String)))
const decodeSince = Schema.decodeUnknownSync(Schema.Tuple(Schema.Tuple(Schema.String, Schema.Array(SessionHandle))))

export const make = Effect.fnUntraced(function* ({ query }: PostgresService, onEnded: (handle: SessionHandle) => void) {
  /** Transaction id below which everything has been seen. */
  let position: string | undefined
  /** Handles reported since the last poll, and since the one before. */
  let latest = new Set<SessionHandle>()
  let earlier = new Set<SessionHandle>()

  const ended = (handle: SessionHandle) => {
    if (latest.has(handle) || earlier.has(handle)) return
    latest.add(handle)
    onEnded(handle)
  }

  const poll = Effect.gen(function* () {
    if (position === undefined) {
      position = decodePosition(yield* query(statements.position, []))[0][0]
      return
    }
    const [[next, handles]] = decodeSince(yield* query(statements.since, [position]))
    for (const handle of handles) ended(handle)
    position = next
    earlier = latest
    latest = new Set(handles)
  }).pipe(Effect.catchAll((error) => Effect.logDebug("Sessions that other nodes ended could not be read", error)))

  yield* poll
  yield* Effect.forkScoped(Effect.forever(Effect.zipRight(realDelay(pollEvery), poll)))

  return { ended, forget: query(statements.forget, []) }
})
