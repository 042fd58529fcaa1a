// The event store in memory, for tests: the same contract.
import * as Clock from "effect/Clock"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Stream from "effect/Stream"
import {
  type CommandResult,
  commandResultTtl,
  IdempotencyKeyReused,
  type RequestKey
} from "../../domain/Idempotency.ts"
import {
  type AggregateKey,
  ConcurrencyConflict,
  LogId,
  matches,
  noVersion,
  Sequence,
  type StoredEvent,
  Version
} from "../../domain/StoredEvent.ts"
import { monotonicMillis } from "../../lib/monotonicTime.ts"
import { EventBus } from "../eventBus/EventBus.ts"
import { Ids } from "../node/Ids.ts"
import { NodeIdentity } from "../node/NodeIdentity.ts"
import type { Append, EventStoreService } from "./EventStore.ts"
import { appendResult, payloadTexts, repeatedResult, stampEvents } from "./eventStamp.ts"

interface Kept {
  readonly answer: CommandResult
  readonly fingerprint: string
  readonly at: number
}

export const make = Effect.gen(function* () {
  const bus = yield* EventBus
  const ids = yield* Ids
  const oneAtATime = yield* Effect.makeSemaphore(1)
  const logId = LogId.make(yield* ids.random)
  const { nodeId } = yield* NodeIdentity
  const log: Array<StoredEvent> = []
  /** By aggregate, and by aggregate and command: an append reads no other aggregate's events. */
  const streams = new Map<string, ReadonlyArray<StoredEvent>>()
  const commands = new Map<string, ReadonlyArray<StoredEvent>>()
  const answers = new Map<string, Kept>()
  const alone = <A, E>(effect: Effect.Effect<A, E>) => oneAtATime.withPermits(1)(Effect.uninterruptible(effect))

  const streamOf = ({ id, type }: AggregateKey) => streams.get(JSON.stringify([type, id])) ?? []
  const name = ({ key, scope }: RequestKey) => JSON.stringify([scope, key])

  const commandResult = Effect.fnUntraced(function* (request: RequestKey) {
    const now = yield* monotonicMillis
    const kept = answers.get(name(request))
    if (kept === undefined || kept.at + Duration.toMillis(commandResultTtl) <= now) return Option.none()
    if (kept.fingerprint !== request.fingerprint) return yield* new IdempotencyKeyReused()
    return Option.some(kept.answer)
  })
  const storeResult = (request: RequestKey, { detail, sequence, version }: CommandResult, at: number) =>
    answers.set(name(request), { answer: { detail, sequence, version }, fingerprint: request.fingerprint, at })

  const commit = Effect.fnUntraced(function* (append: Append) {
    const { aggregate, idempotency, commandId, expectedVersion } = append
    if (idempotency !== undefined) {
      const first = yield* commandResult(idempotency.request)
      if (Option.isSome(first)) return repeatedResult(first.value)
    }
    const stream = streamOf(aggregate)
    const command = JSON.stringify([aggregate.type, aggregate.id, commandId])
    const before = commands.get(command)
    if (before !== undefined) return appendResult(before, append)
    const actualVersion = Version.make(stream.length)
    if (actualVersion !== expectedVersion) {
      return yield* new ConcurrencyConflict({ aggregate, expectedVersion, actualVersion })
    }
    const now = yield* Clock.currentTimeMillis
    const time = { now, occurredAt: new Date(now).toISOString(), eventId: ids.timeOrderedAt, nodeId }
    const events = stampEvents(append, payloadTexts(append), log.length, time)
    log.push(...events)
    streams.set(JSON.stringify([aggregate.type, aggregate.id]), [...stream, ...events])
    commands.set(command, events)
    const stored = appendResult(events, append)
    if (idempotency !== undefined) storeResult(idempotency.request, stored, yield* monotonicMillis)
    yield* bus.publish(events)
    return stored
  })

  return {
    logId,
    now: monotonicMillis,
    isShared: false,
    commitTime: Effect.succeed(0),
    append: (append) => alone(commit(append)),
    remember: ({ detail, request, sequence, version }) =>
      alone(
        Effect.gen(function* () {
          const first = yield* commandResult(request)
          if (Option.isSome(first)) return first.value
          storeResult(request, { detail, sequence, version }, yield* monotonicMillis)
          return { detail, sequence, version }
        })
      ),
    commandResult,
    readStream: (aggregate, after = noVersion) =>
      Stream.suspend(() => Stream.fromIterable(streamOf(aggregate).slice(after))),
    readAll: ({ after, filter = {}, upTo }) =>
      Stream.suspend(() => Stream.fromIterable(log.slice(after, upTo).filter((event) => matches(filter, event)))),
    readPage: ({ after, filter = {}, upTo }) =>
      Effect.sync(() => ({
        events: log.slice(after, upTo).filter((event) => matches(filter, event)),
        position: Sequence.make(Math.max(after, Math.min(upTo, log.length)))
      })),
    head: Effect.sync(() => Sequence.make(log.length)),
    storedCommandResults: Effect.sync(() => answers.size),
    appended: Effect.sync(() => log.length)
  } satisfies EventStoreService
})
