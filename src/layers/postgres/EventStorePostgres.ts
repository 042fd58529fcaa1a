// The log in PostgreSQL, for several nodes. Commands of one node that wait together are one call of append_events (migrations.ts), which
// says of each what became of it; the bus hears of what was stored after that, in order, from the fiber that called.
import { SqlError } from "@effect/sql/SqlError"
import * as Clock from "effect/Clock"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import * as Stream from "effect/Stream"
import { Answer, answersKept, IdempotencyKeyReused, type RequestKey } from "../../domain/Idempotency.ts"
import {
  ConcurrencyConflict,
  noVersion,
  Sequence,
  StoredEvent,
  type StoreUnavailable,
  Version
} from "../../domain/StoredEvent.ts"
import * as CommitTimes from "../commitTimes.ts"
import { EventBus } from "../EventBus.ts"
import { toEvent } from "../EventRows.ts"
import type { Append, Appended, EventStoreService } from "../EventStore.ts"
import { appended as appendedOf, payloadTexts, repeated, stamp, type Time } from "../eventStamp.ts"
import * as GroupCommit from "../GroupCommit.ts"
import { Ids } from "../Ids.ts"
import { paged } from "../paged.ts"
import { errorCode } from "../SqlErrors.ts"
import { ThisNode } from "../ThisNode.ts"
import { appendRounds } from "./appendRounds.ts"
import { duty } from "./duties.ts"
import type { PostgresService, Prepared } from "./Postgres.ts"

/** Commands that wait for their transaction at most, and that share one. */
const capacity = 8192
const batch = 256
/** Rows that one read looks at. */
const window = 500

const columns = `sequence, event_id::text, aggregate_type, aggregate_id, version, event_type, schema_version, payload::text,
  metadata::text, occurred_at`

const statements = {
  head: { name: "head", text: "SELECT coalesce(max(sequence), 0) FROM events" },
  append: { name: "append", text: `SELECT * FROM append_events(${Array.from({ length: 15 }, (_, i) => `$${i + 1}`)})` },
  ofCommand: {
    name: "of-command",
    text: `SELECT ${columns} FROM events WHERE command_id = $1 AND aggregate_type = $2 AND aggregate_id = $3 ORDER BY sequence`
  },
  stream: {
    name: "stream",
    text: `SELECT ${columns} FROM events WHERE aggregate_type = $1 AND aggregate_id = $2 AND version > $3 ORDER BY version LIMIT ${window}`
  },
  // A page is a range of sequences, read by the primary key whatever is asked for.
  page: {
    name: "page",
    text: `SELECT ${columns} FROM (SELECT * FROM events WHERE sequence > $1 AND sequence <= $2 ORDER BY sequence) page
      WHERE ($3::text IS NULL OR aggregate_type = $3) AND ($4::text IS NULL OR aggregate_id = $4)
        AND ($5::text[] IS NULL OR event_type = ANY ($5)) ORDER BY sequence`
  },
  answer: {
    name: "answer",
    text: "SELECT fingerprint, sequence, version, detail FROM answers WHERE scope = $1 AND key = $2 AND answered_at > $3"
  },
  remember: {
    name: "remember",
    text: `INSERT INTO answers AS a (scope, key, fingerprint, sequence, version, detail, answered_at)
      VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (scope, key) DO UPDATE SET fingerprint = excluded.fingerprint,
        sequence = excluded.sequence, version = excluded.version, detail = excluded.detail, answered_at = excluded.answered_at
      WHERE a.answered_at <= $8 RETURNING 1`
  },
  forget: {
    name: "forget",
    text: `DELETE FROM answers WHERE (scope, key) IN (
      SELECT scope, key FROM answers WHERE answered_at <= $1 LIMIT ${window}) RETURNING 1`
  }
} satisfies Record<string, Prepared>

const decodeHead = Schema.decodeUnknownSync(Schema.Tuple(Schema.Tuple(Sequence)))
const decodeVerdicts = Schema.decodeUnknownSync(
  Schema.Array(
    Schema.Tuple(
      Schema.Literal("stored", "answered", "repeated", "conflict"),
      Schema.NullOr(Schema.Number),
      Version,
      Schema.NullOr(Schema.Struct({ ...Answer.fields, fingerprint: Schema.String }))
    )
  )
)
type Verdict = ReturnType<typeof decodeVerdicts>[number]
const decodeAnswers = Schema.decodeUnknownSync(
  Schema.Array(Schema.Tuple(Schema.String, Answer.fields.sequence, Answer.fields.version, Answer.fields.detail))
)

/** By the class of its code: data that can't be, a constraint, a limit of the program, an exception that a function raised. */
const isOfOneRequest = ({ cause }: StoreUnavailable) =>
  cause instanceof SqlError && /^(22|23|54|P0)/.test(errorCode(cause) ?? "")

/** The same event where it came to stand: until then its sequence counts from the append's first one. */
const placed = ({ fields: [place, ...others] }: StoredEvent, first: number) =>
  new StoredEvent(Sequence.make(first - 1 + place, true), ...others)

/** What append_events takes beside the events: of the requests, by their number from 1. */
const requestOf = ({ aggregate, answer, commandId, expectedVersion, events }: Append) => ({
  type: aggregate.type,
  id: aggregate.id,
  expected: expectedVersion,
  command: commandId,
  count: events.length,
  ...(answer === undefined ? {} : { ...answer.request, detail: answer.detail })
})

/** Its arrays of the events; the first two say whose request's how manieth event it is, from 1 and from 0. */
const eventColumns = (appends: ReadonlyArray<Append>, stamped: ReadonlyArray<ReadonlyArray<StoredEvent>>) => {
  const all = appends.flatMap(({ commandId }, index) =>
    (stamped[index] ?? []).map((event, place) => ({ event, n: index + 1, place, commandId }))
  )
  return [
    all.map(({ n }) => n),
    all.map(({ place }) => place),
    all.map(({ event }) => event.aggregateType),
    all.map(({ event }) => event.aggregateId),
    all.map(({ event }) => event.version),
    all.map(({ commandId }) => commandId),
    all.map(({ event }) => event.eventId),
    all.map(({ event }) => event.eventType),
    all.map(({ event }) => event.schemaVersion),
    all.map(({ event }) => event.payloadText),
    all.map(({ event }) => event.metadataText)
  ]
}

export const make = Effect.fnUntraced(function* (postgres: PostgresService) {
  const { logId, query } = postgres
  const bus = yield* EventBus
  const ids = yield* Ids
  const { nodeId } = yield* ThisNode
  let appended = 0

  const oldest = Effect.map(Clock.currentTimeMillis, (now) => now - Duration.toMillis(answersKept))
  const events = (statement: Prepared, values: ReadonlyArray<unknown>) =>
    Effect.map(query(statement, values), (rows) => rows.map(toEvent))

  type Failure = ConcurrencyConflict | IdempotencyKeyReused | StoreUnavailable
  type Result = Exit.Exit<Appended, Failure>

  /** What became of an append, besides being stored. */
  const refused = (append: Append, [outcome, , actualVersion, answer]: Verdict): Effect.Effect<Appended, Failure> => {
    const { aggregate, commandId, expectedVersion } = append
    if (answer !== null) {
      const { fingerprint, ...first } = answer
      return fingerprint === append.answer?.request.fingerprint
        ? Effect.succeed(repeated(first))
        : Effect.fail(new IdempotencyKeyReused())
    }
    if (outcome === "conflict") {
      return Effect.fail(new ConcurrencyConflict({ aggregate, expectedVersion, actualVersion }))
    }
    return Effect.map(events(statements.ofCommand, [commandId, aggregate.type, aggregate.id]), (before) =>
      appendedOf(before, append)
    )
  }

  /** One transaction; of no two appends to one aggregate, of one command, or with one key. */
  const round = Effect.fnUntraced(function* (appends: ReadonlyArray<Append>) {
    const now = yield* Clock.currentTimeMillis
    const time: Time = { now, occurredAt: new Date(now).toISOString(), eventId: ids.timeOrderedAt, nodeId }
    const stamped = appends.map((append) => stamp(append, payloadTexts(append), 0, time))
    const after = now - Duration.toMillis(answersKept)
    const requests = JSON.stringify(appends.map(requestOf))
    const values = [requests, now, after, time.occurredAt, ...eventColumns(appends, stamped)]
    const verdicts = decodeVerdicts(yield* query(statements.append, values))
    const stored = verdicts.map(([, first], index) =>
      first === null ? [] : (stamped[index] ?? []).map((event) => placed(event, first))
    )
    const all = stored.flat()
    appended += all.length
    if (all.length > 0) yield* bus.publish(all)
    return yield* Effect.forEach(appends, (append, index): Effect.Effect<Result> => {
      const written = stored[index] ?? []
      const verdict = verdicts[index]
      if (written.length > 0) return Effect.succeed(Exit.succeed(appendedOf(written, append)))
      return Effect.exit(
        verdict === undefined ? Effect.dieMessage("An append without a verdict") : refused(append, verdict)
      )
    })
  })

  /** Where one of them made the transaction fail by what it says, each has one of its own: the fault stays with who caused it. */
  const roundOrFailure = (appends: ReadonlyArray<Append>): Effect.Effect<ReadonlyArray<Result>> =>
    Effect.catchAll(round(appends), (error) =>
      appends.length > 1 && isOfOneRequest(error)
        ? Effect.map(
            Effect.forEach(appends, (append) => roundOrFailure([append])),
            (exits) => exits.flat()
          )
        : Effect.succeed(appends.map((): Result => Exit.fail(error)))
    )

  const commit = Effect.fnUntraced(function* (appends: ReadonlyArray<Append>) {
    const results = new Map<Append, Result>()
    for (const some of appendRounds(appends)) {
      const exits = yield* roundOrFailure(some)
      for (const [index, append] of some.entries()) {
        const exit = exits[index]
        if (exit !== undefined) results.set(append, exit)
      }
    }
    return appends.map((append): Result => results.get(append) ?? Exit.die("An append without a result"))
  })
  const times = CommitTimes.make()
  const submit = yield* GroupCommit.make({
    capacity,
    batch,
    commit: (appends: ReadonlyArray<Append>) => times.of(commit(appends))
  })

  const answerTo = Effect.fnUntraced(function* ({ fingerprint, key, scope }: RequestKey) {
    const [found] = decodeAnswers(yield* query(statements.answer, [scope, key, yield* oldest]))
    if (found === undefined) return Option.none()
    const [first, sequence, version, detail] = found
    if (first !== fingerprint) return yield* new IdempotencyKeyReused()
    return Option.some({ sequence, version, detail })
  })

  const head = Effect.map(query(statements.head, []), (rows) => decodeHead(rows)[0][0])

  const readPage: EventStoreService["readPage"] = ({ after, filter = {}, upTo }) => {
    const position = Sequence.make(Math.max(after, Math.min(after + window, upTo)))
    const { aggregateId = null, aggregateType = null, eventTypes = null } = filter
    return Effect.map(events(statements.page, [after, position, aggregateType, aggregateId, eventTypes]), (found) => ({
      events: found,
      position
    }))
  }

  /** Some at a time: each statement has a time limit, and others want the table too. */
  const forget = Effect.flatMap(oldest, (time) => query(statements.forget, [time])).pipe(
    Effect.repeat({ while: (deleted) => deleted.length === window })
  )
  yield* Effect.forkScoped(duty(postgres, "old-answers", "1 hour", forget))

  return {
    logId,
    isShared: true,
    commitTime: Effect.sync(times.p99),
    append: (append) => Effect.suspend(() => submit(append)),
    answerTo,
    remember: Effect.fnUntraced(function* ({ detail, request, sequence, version }) {
      const { fingerprint, key, scope } = request
      const now = yield* Clock.currentTimeMillis
      const kept = yield* query(statements.remember, [
        scope,
        key,
        fingerprint,
        sequence,
        version,
        JSON.stringify(detail),
        now,
        yield* oldest
      ])
      if (kept.length > 0) return { detail, sequence, version }
      return Option.getOrElse(yield* answerTo(request), () => ({ detail, sequence, version }))
    }),
    head,
    readPage,
    appended: Effect.sync(() => appended),
    readStream: (aggregate, after = noVersion) =>
      paged(after, (from) =>
        Effect.map(events(statements.stream, [aggregate.type, aggregate.id, from]), (found) => {
          const last = found.length < window ? undefined : found.at(-1)
          return [found, Option.fromNullable(last?.version)]
        })
      ),
    readAll: ({ after, filter, upTo }) =>
      Stream.unwrap(
        Effect.map(upTo === undefined ? head : Effect.succeed(upTo), (end) =>
          paged(after, (from) =>
            Effect.map(readPage({ after: from, upTo: end, filter }), ({ events: found, position }) => [
              found,
              position >= end ? Option.none() : Option.some(position)
            ])
          )
        )
      )
  } satisfies EventStoreService
})
