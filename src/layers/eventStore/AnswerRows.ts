// Answers that are stored in SQLite, kept for a time and counted: some rows at a time, with everybody else in between. A COUNT of all
// would stop the process for as long as there are many.
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Schedule from "effect/Schedule"
import * as Schema from "effect/Schema"
import { answersKept } from "../../domain/Idempotency.ts"
import { yieldToEventLoop } from "../../lib/eventLoop.ts"
import { monotonicMillis } from "../../lib/monotonicTime.ts"
import { Sql, storeErrors } from "../sqlite/Sql.ts"

/** Rows that are looked at at once: a millisecond or two. */
const slice = 500

const decodePlace = Schema.decodeUnknownSync(Schema.UndefinedOr(Schema.Tuple(Schema.String, Schema.String)))
const decodeCount = Schema.decodeUnknownSync(Schema.Number)

export const make = Effect.gen(function* () {
  const { immediate, query, reader, write } = yield* Sql
  /** Stored since the start; and how many more than those there were when they were counted. */
  let added = 0
  let others = 0

  const after = "FROM answers WHERE (scope, key) > (?, ?) ORDER BY scope, key"
  const last = reader.prepare(`SELECT scope, key ${after} LIMIT 1 OFFSET ${slice - 1}`).raw()
  const rest = reader.prepare(`SELECT COUNT(*) FROM (SELECT 1 ${after} LIMIT ${slice})`).pluck()

  const count = Effect.gen(function* () {
    const before = added
    let place: readonly [string, string] = ["", ""]
    for (let rows = 0; ; rows += slice) {
      const [scope, key] = place
      const next = yield* storeErrors(query(() => decodePlace(last.get(scope, key))))
      if (next === undefined) {
        // Those that come meanwhile may count twice, until the next time, but none is left out.
        others = rows + (yield* storeErrors(query(() => decodeCount(rest.get(scope, key))))) - before
        return
      }
      place = next
      yield* yieldToEventLoop
    }
  })

  const deleteSome = Effect.flatMap(monotonicMillis, (now) =>
    immediate(
      write`DELETE FROM answers WHERE (scope, key) IN (SELECT scope, key FROM answers
        WHERE answered_at <= ${now - Duration.toMillis(answersKept)} LIMIT ${slice}) RETURNING 1`
    )
  )
  yield* Effect.zipLeft(deleteSome, yieldToEventLoop).pipe(
    Effect.repeat({ while: (deleted) => deleted.length === slice }),
    Effect.zipRight(count),
    Effect.catchAll((error) => Effect.logWarning("Old answers could not be deleted or counted", error)),
    Effect.repeat(Schedule.spaced("1 hour")),
    Effect.forkScoped
  )

  return {
    /** So many were stored just now. */
    add: (answers: number) => {
      added += answers
    },
    stored: Effect.sync(() => others + added)
  }
})
