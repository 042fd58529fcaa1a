// Query subscriptions: outdated results are recomputed, once for all subscribers.
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as FiberSet from "effect/FiberSet"
import type { Question } from "../../domain/AnalyticsQuery.ts"
import { noEvents, type Sequence } from "../../domain/StoredEvent.ts"
import * as Doorbell from "../../lib/doorbell.ts"
import { unsafeMonotonicMillis } from "../../lib/monotonicTime.ts"
import { FairQueue } from "./FairQueue.ts"
import type { QueryResult } from "./QueryResult.ts"

/** Concurrent recomputations, so that single requests don't wait behind all subscriptions. */
const concurrency = 2
/** Delay after a failure. */
const retryAfter = Duration.seconds(1)

type News<E> = Exit.Exit<QueryResult, E>
export type Listener<E> = (news: News<E>) => void

class QuerySubscription<E> {
  /** Listeners and their networks. */
  readonly listeners = new Map<Listener<E>, string>()
  /** Networks of the listeners, with counts. */
  readonly networks = new Map<string, number>()
  private last: News<E> | undefined
  private position: Sequence = noEvents
  private epoch = 0
  private readonly doorbell: Doorbell.Doorbell
  constructor(
    readonly question: Question,
    { changedAt, epoch }: Pick<Options<E>, "changedAt" | "epoch">
  ) {
    this.doorbell = Doorbell.make(() => epoch() !== this.epoch || changedAt(question) > this.position)
  }

  /** A new listener gets the latest result at once. */
  add(listener: Listener<E>, network: string) {
    this.listeners.set(listener, network)
    this.networks.set(network, (this.networks.get(network) ?? 0) + 1)
    if (this.last !== undefined) listener(this.last)
  }
  remove(listener: Listener<E>) {
    const network = this.listeners.get(listener)
    if (network === undefined) return
    this.listeners.delete(listener)
    const left = (this.networks.get(network) ?? 1) - 1
    if (left > 0) this.networks.set(network, left)
    else this.networks.delete(network)
  }
  deliver(news: News<E>) {
    const isSame =
      this.last !== undefined && Exit.isSuccess(this.last) && Exit.isSuccess(news) && this.last.value === news.value
    this.last = news
    if (!isSame) for (const listener of this.listeners.keys()) listener(news)
  }
  /** Returns when a relevant event follows the position, or the epoch changes. */
  changedAfter(position: Sequence, epoch: number) {
    return Effect.suspend(() => {
      this.position = position
      this.epoch = epoch
      return this.doorbell.wait
    })
  }
  /** The latest result. */
  get answer(): QueryResult | undefined {
    return this.last !== undefined && Exit.isSuccess(this.last) ? this.last.value : undefined
  }
  recheck() {
    this.doorbell.ring()
  }
}

export interface Options<E> {
  /** The current result. */
  readonly current: (question: Question) => Effect.Effect<QueryResult, E>
  readonly changedAt: (question: Question) => Sequence
  /** Epoch of the rows; positions of different epochs can't be compared. */
  readonly epoch: () => number
  /** Lifetime of a result without new events, in milliseconds. */
  readonly lifetime: (question: Question) => number
}

export const make = <E>(options: Options<E>) =>
  Effect.gen(function* () {
    const { current, epoch, lifetime } = options
    const watches = new Map<
      string,
      { readonly watch: QuerySubscription<E>; readonly fiber: Fiber.RuntimeFiber<unknown> }
    >()
    const run = yield* FiberSet.makeRuntime()
    const turns = new FairQueue(concurrency)
    const clock = yield* Effect.clock
    const untilAge = ({ begunAt }: QueryResult, millis: number) =>
      Effect.suspend(() => Effect.sleep(Duration.millis(Math.max(0, begunAt + millis - unsafeMonotonicMillis(clock)))))

    const recompute = (watch: QuerySubscription<E>) => {
      const before = epoch()
      return Effect.flatMap(Effect.exit(turns.withSlot(watch.networks, current(watch.question))), (news) => {
        watch.deliver(news)
        if (Exit.isFailure(news)) return Effect.sleep(retryAfter)
        const { question } = watch
        const isOutdated = Effect.raceFirst(
          untilAge(news.value, lifetime(question)),
          watch.changedAfter(news.value.sequence, before)
        )
        // Limits recomputation under continuous events.
        return Effect.zipRight(isOutdated, untilAge(news.value, Duration.toMillis(question.minRefreshInterval)))
      })
    }

    const begin = (question: Question) => {
      const watch = new QuerySubscription<E>(question, options)
      const begun = { watch, fiber: run(Effect.forever(Effect.suspend(() => recompute(watch)))) }
      watches.set(question.key, begun)
      return begun
    }
    return {
      /** True when subscribers show this result. */
      isShown: (answer: QueryResult) => {
        for (const { watch } of watches.values()) if (watch.answer === answer) return true
        return false
      },
      /** Call after each ingested batch. */
      recheck: () => {
        for (const { watch } of watches.values()) watch.recheck()
      },
      watch: (question: Question, listener: Listener<E>, network = "") =>
        Effect.acquireRelease(
          Effect.sync(() => {
            const begun = watches.get(question.key) ?? begin(question)
            begun.watch.add(listener, network)
            return begun
          }),
          ({ fiber, watch }) =>
            Effect.suspend(() => {
              watch.remove(listener)
              if (watch.listeners.size > 0) return Effect.void
              watches.delete(question.key)
              return Fiber.interruptFork(fiber)
            })
        ).pipe(Effect.asVoid)
    }
  })
