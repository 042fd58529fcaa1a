// The log in SQLite. Commands that wait together are one immediate transaction of prepared statements; its COMMIT comes
// before any of their answers, and the bus hears of it in order because only the committing fiber publishes.
import type { SqlClient } from "@effect/sql/SqlClient"
import type { Fragment } from "@effect/sql/Statement"
import * as Clock from "effect/Clock"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Schedule from "effect/Schedule"
import * as Schema from "effect/Schema"
import { answersKept, IdempotencyKeyReused, type RequestKey } from "../domain/Idempotency.ts"
import { type Aggregate, type EventFilter, Sequence } from "../domain/StoredEvent.ts"
import * as CommitTimes from "./commitTimes.ts"
import { EventBus } from "./EventBus.ts"
import { AnswerRow, answerColumns, columns, toEvent } from "./EventRows.ts"
import type { EventStoreService } from "./EventStore.ts"
import * as EventWriter from "./EventWriter.ts"
import { nextTurn } from "./eventLoop.ts"
import * as GroupCommit from "./GroupCommit.ts"
import { Ids } from "./Ids.ts"
import { monotonicMillis } from "./monotonicTime.ts"
import { allOf, streamOf } from "./paged.ts"
import { Sql, storeErrors } from "./Sql.ts"
import { ThisNode } from "./ThisNode.ts"

/** Commands that wait for their transaction at most, and that share one: about 20 ms of work, and one fsync. */
const capacity = 8192
const batch = 1024

/** Rows that one read looks at: a millisecond or two in which the process does nothing else. */
const window = 500

const decodeHead = Schema.decodeUnknown(Schema.Tuple(Schema.Struct({ head: Sequence })))
const decodeAnswers = Schema.decodeUnknown(Schema.Array(AnswerRow))

const ofAggregate = (sql: SqlClient, { id, type }: Aggregate) => sql`aggregate_type = ${type} AND aggregate_id = ${id}`

/** The `+` keeps SQLite from an index here: a page is a range of sequences, and an index on types would read the whole log. */
const conditions = (sql: SqlClient, filter: EventFilter): ReadonlyArray<Fragment> => [
  ...(filter.aggregateType === undefined ? [] : [sql`+aggregate_type = ${filter.aggregateType}`]),
  ...(filter.aggregateId === undefined ? [] : [sql`+aggregate_id = ${filter.aggregateId}`]),
  ...(filter.eventTypes === undefined ? [] : [sql.in("event_type", filter.eventTypes)])
]

export const make = Effect.gen(function* () {
  const sql = yield* Sql
  const { immediate, read, transact, write } = sql
  const bus = yield* EventBus
  const ids = yield* Ids
  const writer = EventWriter.make(sql.database, ids.timeOrderedAt, (yield* ThisNode).nodeId)
  let appended = 0

  const select = (where: ReadonlyArray<Fragment>, order: "sequence" | "version", limit: number) =>
    storeErrors(
      Effect.map(
        read`SELECT ${read.literal(columns)} FROM events WHERE ${read.and(where)} ORDER BY ${read.literal(order)} LIMIT ${limit}`
          .values,
        (rows) => rows.map(toEvent)
      )
    )

  const transaction = (requests: ReadonlyArray<EventWriter.Request>) =>
    Effect.flatMap(Effect.zip(Clock.currentTimeMillis, monotonicMillis), ([wall, now]) =>
      transact(() => writer.write(requests, wall, now))
    )

  const publish = ({ stored }: EventWriter.Written) => {
    appended += stored.length
    return stored.length === 0 ? Effect.void : bus.publish(stored)
  }

  const commit = GroupCommit.isolating(
    (requests: ReadonlyArray<EventWriter.Request>) =>
      Effect.map(Effect.tap(transaction(requests), publish), ({ results }) => results),
    EventWriter.isOfOneRequest
  )
  const times = CommitTimes.make()
  const submit = yield* GroupCommit.make({ capacity, batch, commit, took: times.took })

  /** Some at a time, and everybody else in between. */
  const deleteSome = Effect.flatMap(monotonicMillis, (now) =>
    immediate(
      write`DELETE FROM answers WHERE (scope, key) IN (SELECT scope, key FROM answers
        WHERE answered_at <= ${now - Duration.toMillis(answersKept)} LIMIT ${window}) RETURNING 1`
    )
  )
  yield* Effect.zipLeft(deleteSome, nextTurn).pipe(
    Effect.repeat({ while: (deleted) => deleted.length === window }),
    Effect.catchAll((error) => Effect.logWarning("Old answers could not be deleted", error)),
    Effect.repeat(Schedule.spaced("1 hour")),
    Effect.forkScoped
  )

  const answerTo = Effect.fnUntraced(function* ({ fingerprint, key, scope }: RequestKey) {
    const oldest = (yield* monotonicMillis) - Duration.toMillis(answersKept)
    const [found] = yield* storeErrors(
      Effect.flatMap(
        read`SELECT ${read.literal(answerColumns)} FROM answers
          WHERE scope = ${scope} AND key = ${key} AND answered_at > ${oldest}`,
        decodeAnswers
      )
    )
    if (found !== undefined && found.fingerprint !== fingerprint) return yield* new IdempotencyKeyReused()
    return Option.fromNullable(found)
  })

  const head = Effect.map(
    storeErrors(Effect.flatMap(read`SELECT COALESCE(MAX(sequence), 0) AS head FROM events`, decodeHead)),
    ([{ head }]) => head
  )

  const readPage: EventStoreService["readPage"] = ({ after, filter = {}, upTo }) => {
    const position = Sequence.make(Math.max(after, Math.min(after + window, upTo)))
    return Effect.map(
      select(
        [read`sequence > ${after}`, read`sequence <= ${position}`, ...conditions(read, filter)],
        "sequence",
        window
      ),
      (events) => ({ events, position })
    )
  }

  return {
    logId: sql.logId,
    now: monotonicMillis,
    isShared: false,
    commitTime: Effect.sync(times.p99),
    append: (append) => Effect.suspend(() => submit(EventWriter.appendRequest(append))),
    remember: (answer) =>
      Effect.catchTag(submit({ _tag: "Remember", answer }), "ConcurrencyConflict", (impossible) =>
        Effect.die(impossible)
      ),
    answerTo,
    head,
    readPage,
    appended: Effect.sync(() => appended),
    readStream: streamOf(window, (aggregate, after) =>
      select([ofAggregate(read, aggregate), read`version > ${after}`], "version", window)
    ),
    readAll: allOf({ head, readPage })
  } satisfies EventStoreService
})
