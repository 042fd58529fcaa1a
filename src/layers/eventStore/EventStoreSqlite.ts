// The log in SQLite. Commands that wait together are one immediate transaction of prepared statements; its COMMIT comes
// before any of their answers, and the bus hears of it in order because only the committing fiber publishes.
import type { SqlClient } from "@effect/sql/SqlClient"
import type { Fragment } from "@effect/sql/Statement"
import * as Clock from "effect/Clock"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import { answersKept, IdempotencyKeyReused, type RequestKey } from "../../domain/Idempotency.ts"
import {
  type AggregateKey,
  type ConcurrencyConflict,
  deadlineExceeded,
  type EventFilter,
  Sequence,
  type StoreUnavailable
} from "../../domain/StoredEvent.ts"
import { deadline } from "../../lib/deadline.ts"
import * as GroupCommit from "../../lib/GroupCommit.ts"
import { monotonicMillis } from "../../lib/monotonicTime.ts"
import { EventBus } from "../eventBus/EventBus.ts"
import { Ids } from "../node/Ids.ts"
import { NodeIdentity } from "../node/NodeIdentity.ts"
import { Sql, storeErrors } from "../sqlite/Sql.ts"
import { storeUnavailable } from "../sqlite/SqlErrors.ts"
import { isLockHeld } from "../sqlite/SqlTransactions.ts"
import * as AnswerRows from "./AnswerRows.ts"
import * as CommitTimes from "./commitTimes.ts"
import { AnswerRow, answerColumns, columns, toEvent } from "./EventRows.ts"
import type { Appended, EventStoreService } from "./EventStore.ts"
import * as EventWriter from "./EventWriter.ts"
import { allOf, streamOf } from "./paged.ts"

/** Commands that wait for their transaction at most, and that share one: about 20 ms of work, and one fsync. */
const capacity = 8192
const batch = 1024

/** Milliseconds between two tries while another process has the lock: each pause is twice the one before. */
const shortestPause = 2
const longestPause = 25

/** A request, and when to give up, in monotonic milliseconds. */
interface Waiting {
  readonly request: EventWriter.Request
  readonly until: number
}

/** Rows that one read looks at: a millisecond or two in which the process does nothing else. */
const window = 500

const decodeHead = Schema.decodeUnknown(Schema.Tuple(Schema.Struct({ head: Sequence })))
const decodeAnswers = Schema.decodeUnknown(Schema.Array(AnswerRow))

const ofAggregate = (sql: SqlClient, { id, type }: AggregateKey) =>
  sql`aggregate_type = ${type} AND aggregate_id = ${id}`

/** The `+` keeps SQLite from an index here: a page is a range of sequences, and an index on types would read the whole log. */
const conditions = (sql: SqlClient, filter: EventFilter): ReadonlyArray<Fragment> => [
  ...(filter.aggregateType === undefined ? [] : [sql`+aggregate_type = ${filter.aggregateType}`]),
  ...(filter.aggregateId === undefined ? [] : [sql`+aggregate_id = ${filter.aggregateId}`]),
  ...(filter.eventTypes === undefined ? [] : [sql.in("event_type", filter.eventTypes)])
]

export const make = Effect.gen(function* () {
  const sql = yield* Sql
  const { read, tryTransact } = sql
  const bus = yield* EventBus
  const ids = yield* Ids
  const writer = EventWriter.make(sql.database, ids.timeOrderedAt, (yield* NodeIdentity).nodeId)
  const answers = yield* AnswerRows.make
  let appended = 0

  const select = (where: ReadonlyArray<Fragment>, order: "sequence" | "version", limit: number) =>
    storeErrors(
      Effect.map(
        read`SELECT ${read.literal(columns)} FROM events WHERE ${read.and(where)} ORDER BY ${read.literal(order)} LIMIT ${limit}`
          .values,
        (rows) => rows.map(toEvent)
      )
    )

  const publish = ({ answers: kept, stored }: EventWriter.Written) => {
    answers.add(kept)
    appended += stored.length
    return stored.length === 0 ? Effect.void : bus.publish(stored)
  }

  /** Why nothing could be written, of the last try at which another process had the lock. */
  let held: StoreUnavailable | undefined
  type Outcome = Exit.Exit<Appended, ConcurrencyConflict | IdempotencyKeyReused | StoreUnavailable>
  type Outcomes = ReadonlyArray<Outcome | undefined>
  type Results = ReadonlyArray<EventWriter.Result | undefined>
  const transaction = (waiting: ReadonlyArray<Waiting>): Effect.Effect<Results, StoreUnavailable> => {
    const requests = waiting.map(({ request }) => request)
    const now = Effect.zip(Clock.currentTimeMillis, monotonicMillis)
    return Effect.flatMap(now, ([wall, at]) => tryTransact(() => writer.write(requests, wall, at))).pipe(
      Effect.tap(publish),
      Effect.map(({ results }) => results),
      Effect.catchIf(isLockHeld, ({ error }) => {
        held = storeUnavailable(error)
        return Effect.succeed(requests.map(() => undefined))
      })
    )
  }
  const written = GroupCommit.isolateFailures(transaction, EventWriter.isOfOneRequest)

  let pause = shortestPause
  /** A lock that another process has is waited for between batches, so that each command waits until its own deadline. */
  const commit = (waiting: ReadonlyArray<Waiting>): Effect.Effect<Outcomes> =>
    Effect.flatMap(written(waiting), (exits): Effect.Effect<Outcomes> => {
      if (exits.every((exit) => exit !== undefined)) {
        pause = shortestPause
        return Effect.succeed(exits)
      }
      const slept = Effect.zipRight(Effect.sleep(pause), monotonicMillis)
      pause = Math.min(2 * pause, longestPause)
      return Effect.map(slept, (now) =>
        exits.map(
          (exit, index) =>
            exit ?? (now < (waiting[index]?.until ?? 0) ? undefined : Exit.fail(held ?? deadlineExceeded))
        )
      )
    })
  const times = CommitTimes.make()
  const enqueue = yield* GroupCommit.make({ capacity, batch, commit, onCommit: times.took })
  const submit = (request: EventWriter.Request) => Effect.flatMap(deadline, (until) => enqueue({ request, until }))

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
    storedAnswers: answers.stored,
    appended: Effect.sync(() => appended),
    readStream: streamOf(window, (aggregate, after) =>
      select([ofAggregate(read, aggregate), read`version > ${after}`], "version", window)
    ),
    readAll: allOf({ head, readPage })
  } satisfies EventStoreService
})
