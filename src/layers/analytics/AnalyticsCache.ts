// Caches query results as response bytes. A result is valid until an event that its query depends
// on, and at least for `minRefreshInterval`; it states its log position.
import * as Context from "effect/Context"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as FiberSet from "effect/FiberSet"
import * as Layer from "effect/Layer"
import * as Schedule from "effect/Schedule"
import type * as Scope from "effect/Scope"
import type { Question } from "../../domain/AnalyticsQuery.ts"
import * as BoundedCache from "../../lib/boundedCache/BoundedCache.ts"
import { unsafeMonotonicMillis } from "../../lib/monotonicTime.ts"
import * as SingleFlight from "../../lib/singleFlight.ts"
import { Settings } from "../node/Settings.ts"
import { Analytics, type ComputeError } from "./Analytics.ts"
import { CacheStats, type QueryStats, type RemovalCause } from "./CacheStats.ts"
import { ChangePositions } from "./ChangePositions.ts"
import { isOutside, makeClamp } from "./logDays.ts"
import { NetworksByKey } from "./NetworksByKey.ts"
import { Queries } from "./Queries.ts"
import { encodeQueryResult, type QueryResult } from "./QueryResult.ts"
import * as Watches from "./querySubscriptions.ts"

export type { QueryResult } from "./QueryResult.ts"
export type AnalyticsError = ComputeError
export type QueryResultListener = Watches.Listener<AnalyticsError>

export interface AnalyticsCacheStats {
  readonly queries: ReadonlyMap<string, Readonly<QueryStats>>
  /** Cached results and their bytes. */
  readonly entries: number
  readonly bytes: number
}

interface Entry {
  readonly question: Question
  readonly answer: QueryResult
  readonly epoch: number
  /** Monotonic. */
  usedAt: number
}

/** Approximate bytes of an entry besides body and key. */
const overhead = 512
const sweepEvery = "10 seconds"
/** Network name of subscriptions: they share one turn with other networks. */
const watching = "watches"
/** Retries when the log's days change during a computation. */
const clampedTries = 2

export class AnalyticsCache extends Context.Tag("evenstar/AnalyticsCache")<
  AnalyticsCache,
  {
    /** The cached result, synchronously; `network` is only called if a computation starts. */
    readonly hit: (question: Question, network?: () => string) => QueryResult | undefined
    /** The cached result or a new one, computed once for concurrent callers. */
    readonly get: (question: Question, network?: string) => Effect.Effect<QueryResult, AnalyticsError>
    /**
     * Calls back with the result and each newer one until the scope closes. Failures are reported
     * and retried.
     */
    readonly watch: (
      question: Question,
      listener: QueryResultListener,
      network?: string
    ) => Effect.Effect<void, never, Scope.Scope>
    readonly stats: () => AnalyticsCacheStats
  }
>() {
  static readonly layer = Layer.scoped(
    AnalyticsCache,
    Effect.gen(function* () {
      const analytics = yield* Analytics
      const settings = yield* Settings
      const clock = yield* Effect.clock
      const ttl = Duration.toMillis(settings.analyticsCacheTtl)
      const idleTtl = Duration.toMillis(settings.analyticsCacheIdleTtl)
      const stats = new CacheStats((yield* Queries).map(({ name }) => name))
      const changes = new ChangePositions()
      const flights = yield* SingleFlight.make<QueryResult, AnalyticsError>()
      const networks = new NetworksByKey()
      const clamp = makeClamp()
      /** The query with its range clamped to the log's days. */
      const clamped = (question: Question) => {
        const { days, unavailable } = analytics.status()
        return unavailable === undefined ? clamp(question, days) : question
      }
      const compute = (question: Question): ReturnType<typeof analytics.compute> => {
        const { days, epoch, sequence, unavailable } = analytics.status()
        return unavailable === undefined && days !== undefined && isOutside(question, days)
          ? Effect.succeed({ rows: question.emptyRows, sequence, epoch })
          : analytics.compute(question, networks.of(question.key))
      }
      const entries = BoundedCache.make<Entry>({
        capacity: settings.analyticsCacheCapacity,
        maxBytes: settings.analyticsCacheMaxBytes,
        onEvict: (_, { question }, cause) => stats.of(question.name).evictions[cause]++
      })
      let epoch = analytics.status().epoch
      /** The current epoch; positions of older epochs are invalid. */
      const currentEpoch = () => {
        const now = analytics.status().epoch
        if (now !== epoch) {
          epoch = now
          changes.clear()
        }
        return epoch
      }

      const lifetime = ({ validFor }: Question) =>
        validFor === undefined ? ttl : Math.min(ttl, Duration.toMillis(validFor))

      /** Why an entry is no longer valid, if so. */
      const outdated = (entry: Entry, now: number): RemovalCause | undefined => {
        const { answer, question } = entry
        const age = now - answer.begunAt
        if (age >= lifetime(question)) return "ttl"
        if (now - entry.usedAt >= idleTtl && !watches.isShown(answer)) return "idle"
        if (entry.epoch !== currentEpoch()) return "invalidation"
        const isOld = changes.of(question) > answer.sequence && age >= Duration.toMillis(question.minRefreshInterval)
        return isOld ? "invalidation" : undefined
      }
      const isAvailable = () => analytics.status().unavailable === undefined

      const use = (entry: Entry, now: number) => {
        entries.get(entry.question.key)
        entry.usedAt = now
        stats.of(entry.question.name).hits++
      }

      const hit = (question: Question): QueryResult | undefined => {
        const entry = entries.peek(question.key)
        if (entry === undefined || !isAvailable()) return undefined
        const now = unsafeMonotonicMillis(clock)
        if (outdated(entry, now) !== undefined) return undefined
        use(entry, now)
        return entry.answer
      }

      const load = (question: Question) =>
        Effect.suspend(() => {
          const computedAt = clock.unsafeCurrentTimeMillis()
          const began = unsafeMonotonicMillis(clock)
          const ofQuery = stats.of(question.name)
          return Effect.map(compute(question), (computed) => {
            const now = unsafeMonotonicMillis(clock)
            const answer = encodeQueryResult(question, computed, { computedAt, begunAt: began, millis: now - began })
            ofQuery.loads++
            ofQuery.loadMillis += now - began
            const entry = { question, answer, epoch: computed.epoch, usedAt: now }
            entries.set(question.key, entry, answer.body.length + question.key.length + overhead)
            return answer
          }).pipe(
            Effect.tapError(() =>
              Effect.sync(() => {
                ofQuery.failures++
              })
            )
          )
        })

      const drop = ({ question }: Entry, cause: RemovalCause) => {
        entries.delete(question.key)
        stats.of(question.name).evictions[cause]++
      }
      /** Computes or joins a running computation. */
      const join = (question: Question, network: string) =>
        networks.during(question.key, network, flights.join(question.key, load(question)))
      const miss = (question: Question, network: string) => {
        stats.of(question.name).misses++
        const entry = entries.get(question.key)
        const cause = entry === undefined ? undefined : outdated(entry, unsafeMonotonicMillis(clock))
        if (entry !== undefined && cause !== undefined) drop(entry, cause)
        return join(question, network)
      }
      /** The result of a query as sent: from `kept`, or computed. */
      const answerOf = (
        sent: Question,
        network: string,
        kept: (question: Question) => QueryResult | undefined,
        tries = clampedTries
      ): Effect.Effect<QueryResult, AnalyticsError> =>
        Effect.suspend(() => {
          const question = tries > 0 ? clamped(sent) : sent
          const answer = kept(question)
          if (answer !== undefined) return Effect.succeed(answer)
          const isStill = () => tries === 0 || clamped(sent).key === question.key
          return Effect.flatMap(miss(question, network), (answer) =>
            isStill() ? Effect.succeed(answer) : answerOf(sent, network, kept, tries - 1)
          )
        })
      const current = (question: Question) => answerOf(question, watching, hit)

      const behind = yield* FiberSet.makeRuntime()
      /** A stale result while a new one is computed. */
      const stale = (question: Question, network: () => string): QueryResult | undefined => {
        const entry = entries.peek(question.key)
        if (entry === undefined || entry.epoch !== currentEpoch() || !isAvailable()) return undefined
        const now = unsafeMonotonicMillis(clock)
        if (now - entry.answer.begunAt >= ttl || now - entry.usedAt >= idleTtl) return undefined
        use(entry, now)
        if (!flights.isUnderway(question.key)) behind(Effect.ignoreLogged(join(question, network())))
        return entry.answer
      }
      const kept = (question: Question, network = () => "") =>
        hit(question) ?? (question.staleWhileRevalidate ? stale(question, network) : undefined)
      const get = (question: Question, network = "") => answerOf(question, network, (it) => kept(it, () => network))

      const watches = yield* Watches.make({
        current,
        changedAt: (question) => changes.of(question),
        epoch: currentEpoch,
        lifetime
      })

      yield* analytics.listen((news) => {
        currentEpoch()
        changes.note(news)
        watches.recheck()
      })
      yield* Effect.sync(() => {
        const now = unsafeMonotonicMillis(clock)
        for (const [, entry] of entries.entries()) {
          const cause = outdated(entry, now)
          if (cause === "ttl" || cause === "idle") drop(entry, cause)
        }
      }).pipe(Effect.repeat(Schedule.spaced(sweepEvery)), Effect.forkScoped)

      return {
        hit: (question, network) => kept(clamped(question), network),
        get,
        watch: watches.watch,
        stats: () => ({ queries: stats.all, entries: entries.size(), bytes: entries.bytes() })
      }
    })
  )
}
