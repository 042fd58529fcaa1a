// The event store in SQLite. Waiting commands share one immediate transaction of prepared
// statements, committed before any result; only the committing fiber publishes, in order.
import type { SqlClient } from "@effect/sql/SqlClient"
import type { Fragment } from "@effect/sql/Statement"
import * as Clock from "effect/Clock"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import { commandResultTtl, IdempotencyKeyReused, type RequestKey } from "../../domain/Idempotency.ts"
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
import * as CommandResultRows from "./CommandResultRows.ts"
import * as CommitTimes from "./commitTimes.ts"
import { CommandResultRow, columns, commandResultColumns, toEvent } from "./EventRows.ts"
import type { Appended, EventStoreService } from "./EventStore.ts"
import * as EventWriter from "./EventWriter.ts"
import { readAllByPage, readStreamByPage } from "./paged.ts"

/** Queued commands, and commands per transaction (about 20 ms and one fsync). */
const capacity = 8192
const batch = 1024

/** Back-off while another process holds the lock, in milliseconds; doubles each time. */
const shortestPause = 2
const longestPause = 25

/** A request and its deadline, in monotonic milliseconds. */
interface Waiting {
  readonly request: EventWriter.WriteRequest
  readonly until: number
}

/** Rows per read: 1 to 2 ms during which the process is blocked. */
const window = 500

const decodeHead = Schema.decodeUnknown(Schema.Tuple(Schema.Struct({ head: Sequence })))
const decodeAnswers = Schema.decodeUnknown(Schema.Array(CommandResultRow))

const ofAggregate = (sql: SqlClient, { id, type }: AggregateKey) =>
  sql`aggregate_type = ${type} AND aggregate_id = ${id}`

/**
 * The unary `+` disables the index: a page is a range of sequences, and an index on types would
 * scan the whole log.
 */
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
  const answers = yield* CommandResultRows.make
  let appended = 0

  const select = (where: ReadonlyArray<Fragment>, order: "sequence" | "version", limit: number) =>
    storeErrors(
      Effect.map(
        read`SELECT ${read.literal(columns)} FROM events WHERE ${read.and(where)} ORDER BY ${read.literal(order)} LIMIT ${limit}`
          .values,
        (rows) => rows.map(toEvent)
      )
    )

  const publish = ({ answers: kept, stored }: EventWriter.WriteOutcome) => {
    answers.add(kept)
    appended += stored.length
    return stored.length === 0 ? Effect.void : bus.publish(stored)
  }

  /** Error of the last attempt at which another process held the lock. */
  let held: StoreUnavailable | undefined
  type Outcome = Exit.Exit<Appended, ConcurrencyConflict | IdempotencyKeyReused | StoreUnavailable>
  type Outcomes = ReadonlyArray<Outcome | undefined>
  type Results = ReadonlyArray<EventWriter.WriteResult | undefined>
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
  const written = GroupCommit.isolateFailures(transaction, EventWriter.isSqliteRequestError)

  let pause = shortestPause
  /**
   * Waits for another process's lock between batches, so that each command keeps its own deadline.
   */
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
  const submit = (request: EventWriter.WriteRequest) => Effect.flatMap(deadline, (until) => enqueue({ request, until }))

  const commandResult = Effect.fnUntraced(function* ({ fingerprint, key, scope }: RequestKey) {
    const oldest = (yield* monotonicMillis) - Duration.toMillis(commandResultTtl)
    const [found] = yield* storeErrors(
      Effect.flatMap(
        read`SELECT ${read.literal(commandResultColumns)} FROM answers
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
    append: (append) => Effect.suspend(() => submit(EventWriter.toWriteRequest(append))),
    remember: (answer) =>
      Effect.catchTag(submit({ _tag: "Remember", answer }), "ConcurrencyConflict", (impossible) =>
        Effect.die(impossible)
      ),
    commandResult,
    head,
    readPage,
    storedCommandResults: answers.stored,
    appended: Effect.sync(() => appended),
    readStream: readStreamByPage(window, (aggregate, after) =>
      select([ofAggregate(read, aggregate), read`version > ${after}`], "version", window)
    ),
    readAll: readAllByPage({ head, readPage })
  } satisfies EventStoreService
})
