// Expiry and counting of stored command results in SQLite, in slices that yield to other work: a
// COUNT of all rows would block the process.
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Schedule from "effect/Schedule"
import * as Schema from "effect/Schema"
import { commandResultTtl } from "../../domain/Idempotency.ts"
import { yieldToEventLoop } from "../../lib/eventLoop.ts"
import { monotonicMillis } from "../../lib/monotonicTime.ts"
import { Sql, storeErrors } from "../sqlite/Sql.ts"

/** Rows per slice: 1 to 2 ms. */
const slice = 500

const decodePlace = Schema.decodeUnknownSync(Schema.UndefinedOr(Schema.Tuple(Schema.String, Schema.String)))
const decodeCount = Schema.decodeUnknownSync(Schema.Number)

export const make = Effect.gen(function* () {
  const { immediate, query, reader, write } = yield* Sql
  /** Results stored since the start, and the number before the last count. */
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
        // Results stored during the count may count twice until the next one.
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
        WHERE answered_at <= ${now - Duration.toMillis(commandResultTtl)} LIMIT ${slice}) RETURNING 1`
    )
  )
  yield* Effect.zipLeft(deleteSome, yieldToEventLoop).pipe(
    Effect.repeat({ while: (deleted) => deleted.length === slice }),
    Effect.zipRight(count),
    Effect.catchAll((error) => Effect.logWarning("Expired command results could not be deleted or counted", error)),
    Effect.repeat(Schedule.spaced("1 hour")),
    Effect.forkScoped
  )

  return {
    /** Counts newly stored results. */
    add: (answers: number) => {
      added += answers
    },
    stored: Effect.sync(() => others + added)
  }
})
