// The event store in PostgreSQL, shared by nodes. Waiting commands of a node are one call of
// append_events (migrations.ts), which returns a verdict each; the calling fiber publishes
// afterwards, in order.
import * as Cause from "effect/Cause"
import * as Clock from "effect/Clock"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Option from "effect/Option"
import { commandResultTtl, IdempotencyKeyReused, type RequestKey } from "../../domain/Idempotency.ts"
import { ConcurrencyConflict, deadlineExceeded, Sequence, StoreUnavailable } from "../../domain/StoredEvent.ts"
import { deadline } from "../../lib/deadline.ts"
import { realDelay } from "../../lib/eventLoop.ts"
import * as GroupCommit from "../../lib/GroupCommit.ts"
import { monotonicMillis } from "../../lib/monotonicTime.ts"
import { EventBus } from "../eventBus/EventBus.ts"
import { Ids } from "../node/Ids.ts"
import { NodeIdentity } from "../node/NodeIdentity.ts"
import { leasedJob } from "../postgres/leasedJobs.ts"
import type { PostgresService, Prepared } from "../postgres/Postgres.ts"
import * as Counts from "../postgres/rowCounts.ts"
import * as CommitTimes from "./commitTimes.ts"
import { toEvent } from "./EventRows.ts"
import type { Append, Appended, EventStoreService } from "./EventStore.ts"
import {
  appendResult as appendedOf,
  payloadTexts,
  repeatedResult,
  type StampContext,
  stampEvents
} from "./eventStamp.ts"
import {
  appendArgument,
  appendRounds,
  decodeCommandResults,
  decodeCount,
  decodeHead,
  decodeVerdicts,
  eventColumns,
  isPostgresRequestError,
  statements,
  type Verdict,
  window,
  withSequence
} from "./eventStatements.ts"
import { readAllByPage, readStreamByPage } from "./paged.ts"

/** Queued commands, and commands per transaction. */
const capacity = 8192
const batch = 256

/** Minimum timeout of a call, in milliseconds. */
const shortest = 1000
const unanswered = Exit.fail(new StoreUnavailable({ reason: "The database did not respond in time", cause: undefined }))

/** An append and its deadline, in monotonic milliseconds. */
interface Waiting {
  readonly append: Append
  readonly until: number
}

/** True when the database itself failed, not this append. */
const isAway = (exit: Exit.Exit<unknown, { readonly _tag: string }>) =>
  Exit.isFailure(exit) &&
  Option.exists(
    Cause.failureOption(exit.cause),
    (error) => error instanceof StoreUnavailable && !isPostgresRequestError(error)
  )

export const make = Effect.fnUntraced(function* (postgres: PostgresService) {
  const { logId, now: databaseNow, query } = postgres
  const bus = yield* EventBus
  const ids = yield* Ids
  const { nodeId } = yield* NodeIdentity
  const answers = yield* Counts.make(postgres, "answers")
  let appended = 0

  const oldest = Effect.map(databaseNow, (now) => now - Duration.toMillis(commandResultTtl))
  const events = (statement: Prepared, values: ReadonlyArray<unknown>) =>
    Effect.map(query(statement, values), (rows) => rows.map(toEvent))

  type Failure = ConcurrencyConflict | IdempotencyKeyReused | StoreUnavailable
  type Result = Exit.Exit<Appended, Failure>

  /** Result of an append that stored nothing: repeated, or a conflict. */
  const refused = (append: Append, [outcome, , actualVersion, answer]: Verdict): Effect.Effect<Appended, Failure> => {
    const { aggregate, commandId, expectedVersion } = append
    if (answer !== null) {
      const { fingerprint, ...first } = answer
      return fingerprint === append.idempotency?.request.fingerprint
        ? Effect.succeed(repeatedResult(first))
        : Effect.fail(new IdempotencyKeyReused())
    }
    if (outcome === "conflict") {
      return Effect.fail(new ConcurrencyConflict({ aggregate, expectedVersion, actualVersion }))
    }
    return Effect.map(events(statements.ofCommand, [commandId, aggregate.type, aggregate.id]), (before) =>
      appendedOf(before, append)
    )
  }

  /** One transaction. Requires that no two appends share an aggregate, a command or a key. */
  const round = Effect.fnUntraced(function* (appends: ReadonlyArray<Append>) {
    const now = yield* Clock.currentTimeMillis
    const time: StampContext = { now, occurredAt: new Date(now).toISOString(), eventId: ids.timeOrderedAt, nodeId }
    const stamped = appends.map((append) => stampEvents(append, payloadTexts(append), 0, time))
    const answeredAt = yield* databaseNow
    const after = answeredAt - Duration.toMillis(commandResultTtl)
    const requests = JSON.stringify(appends.map(appendArgument))
    const values = [requests, answeredAt, after, time.occurredAt, ...eventColumns(appends, stamped)]
    const verdicts = decodeVerdicts(yield* query(statements.append, values))
    const stored = verdicts.map(([, first], index) =>
      first === null ? [] : (stamped[index] ?? []).map((event) => withSequence(event, first))
    )
    const all = stored.flat()
    appended += all.length
    answers.add(
      appends.filter(({ idempotency }, index) => idempotency !== undefined && (stored[index] ?? []).length > 0).length
    )
    if (all.length > 0) yield* bus.publish(all)
    return yield* Effect.forEach(appends, (append, index): Effect.Effect<Result> => {
      const written = stored[index] ?? []
      const verdict = verdicts[index]
      if (written.length > 0) return Effect.succeed(Exit.succeed(appendedOf(written, append)))
      return Effect.exit(
        verdict === undefined ? Effect.dieMessage("The append returned no result") : refused(append, verdict)
      )
    })
  })

  const isolated = GroupCommit.isolateFailures(round, isPostgresRequestError)

  /**
   * The call may take until the latest deadline, and at least a second. Events stored later stay
   * stored.
   */
  const before = (until: number, work: ReturnType<typeof isolated>, some: ReadonlyArray<Append>) =>
    Effect.flatMap(monotonicMillis, (now) =>
      Effect.interruptible(
        Effect.raceFirst(
          work,
          Effect.as(
            realDelay(Math.max(shortest, until - now)),
            some.map((): Result => unanswered)
          )
        )
      )
    )

  const commit = Effect.fnUntraced(function* (waiting: ReadonlyArray<Waiting>) {
    const now = yield* monotonicMillis
    const results = new Map<Append, Result>()
    const latest = Math.max(...waiting.map(({ until }) => until))
    const inTime = waiting.filter(({ until }) => until > now).map(({ append }) => append)
    let away: Result | undefined
    for (const some of appendRounds(inTime)) {
      // After an outage the remaining rounds fail at once.
      const exits = away === undefined ? yield* before(latest, isolated(some), some) : some.map(() => away)
      away ??= exits.find((exit) => exit !== undefined && isAway(exit))
      for (const [index, append] of some.entries()) {
        const exit = exits[index]
        if (exit !== undefined) results.set(append, exit)
      }
    }
    return waiting.map(({ append }): Result => results.get(append) ?? Exit.fail(deadlineExceeded))
  })
  const times = CommitTimes.make()
  const submit = yield* GroupCommit.make({ capacity, batch, commit, onCommit: times.took })

  const commandResult = Effect.fnUntraced(function* ({ fingerprint, key, scope }: RequestKey) {
    const [found] = decodeCommandResults(yield* query(statements.answer, [scope, key, yield* oldest]))
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

  /** In slices: statements have a timeout and share the table. */
  const forget = Effect.flatMap(oldest, (time) => query(statements.forget, [time])).pipe(
    Effect.repeat({ while: (deleted) => deleted.length === window })
  )
  const countAnswers = Effect.flatMap(query(statements.countAnswers, []), (rows) =>
    answers.report(decodeCount(rows)[0][0])
  )
  yield* leasedJob(postgres, "old answers", "10 minutes", Effect.zipRight(forget, countAnswers))

  return {
    logId,
    now: databaseNow,
    isShared: true,
    commitTime: Effect.sync(times.p99),
    append: (append) => Effect.flatMap(deadline, (until) => submit({ append, until })),
    commandResult,
    remember: Effect.fnUntraced(function* ({ detail, request, sequence, version }) {
      const { fingerprint, key, scope } = request
      const now = yield* databaseNow
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
      if (kept.length > 0) {
        answers.add(1)
        return { detail, sequence, version }
      }
      return Option.getOrElse(yield* commandResult(request), () => ({ detail, sequence, version }))
    }),
    head,
    readPage,
    storedCommandResults: answers.total,
    appended: Effect.sync(() => appended),
    readStream: readStreamByPage(window, ({ id, type }, after) => events(statements.stream, [type, id, after])),
    readAll: readAllByPage({ head, readPage })
  } satisfies EventStoreService
})
