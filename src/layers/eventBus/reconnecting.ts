// A connection to a bus that is made anew whenever it is lost, with all subscriptions on it.
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Random from "effect/Random"
import * as Schema from "effect/Schema"
import type * as Scope from "effect/Scope"

export class BusConnectionLost extends Schema.TaggedError<BusConnectionLost>()("LinkLost", { reason: Schema.String }) {
  override get message() {
    return this.reason
  }
}

/** What went wrong, in the words of whoever says it. */
export const toConnectionLost = (error: unknown) =>
  new BusConnectionLost({ reason: (error instanceof Error ? error.message : String(error)).split("\n").join(" ") })

export interface PendingSubscription {
  /** Succeeds when the bus knows of it. */
  readonly live: Effect.Effect<void, BusConnectionLost>
  readonly end: () => void
}

/** Nothing of it throws. */
export interface BusConnection {
  /** Drops what the link can't take now. */
  readonly send: (address: string, message: string) => void
  readonly subscribe: (addresses: string, listener: (message: string) => void) => PendingSubscription
  readonly lost: Effect.Effect<never, BusConnectionLost>
}

interface ActiveSubscription {
  readonly addresses: string
  readonly listener: (message: string) => unknown
  end: () => void
}

/** A bus that is there answers within this. */
export const responseTimeout = "2 seconds"

/** Milliseconds between two tries: from the first to the longest. */
const minBackoff = 100
const maxBackoff = 2000
/** A link that held so long is a good one: the next try after it is a first one again. */
const backoffResetAfter = "5 seconds"

const nothing = () => {}

/** Begins in the background: whoever starts doesn't wait for a bus that is away. */
export const reconnecting = Effect.fnUntraced(function* (
  name: string,
  open: Effect.Effect<BusConnection, BusConnectionLost, Scope.Scope>
) {
  const subscriptions = new Set<ActiveSubscription>()
  const firstAttempt = yield* Effect.makeLatch()
  let connection: BusConnection | undefined
  let reason: string | undefined = "not connected yet"
  let failures = 0

  const subscribeOn = (on: BusConnection, one: ActiveSubscription) =>
    Effect.suspend(() => {
      const { end, live } = on.subscribe(one.addresses, one.listener)
      one.end = end
      return live
    }).pipe(
      Effect.timeoutFail({
        duration: responseTimeout,
        onTimeout: () => new BusConnectionLost({ reason: "a subscription isn't answered" })
      })
    )

  /** In one step with taking down what is wanted: nothing is begun twice, and nothing forgotten. */
  const install = (opened: BusConnection) =>
    Effect.acquireRelease(
      Effect.sync(() => {
        connection = opened
        return [...subscriptions]
      }),
      () =>
        Effect.sync(() => {
          connection = undefined
          for (const one of subscriptions) one.end = nothing
        })
    )

  const run = Effect.fnUntraced(function* (opened: BusConnection) {
    const before = yield* install(opened)
    yield* Effect.forEach(before, (one) => subscribeOn(opened, one), { concurrency: "unbounded", discard: true })
    reason = undefined
    yield* firstAttempt.open
    yield* Effect.sleep(backoffResetAfter)
    failures = 0
    return yield* Effect.never
  })

  const connectOnce = Effect.flatMap(open, (opened) => Effect.raceFirst(opened.lost, run(opened))).pipe(
    Effect.tapErrorCause((cause) =>
      Effect.suspend(() => {
        reason = toConnectionLost(Cause.squash(cause)).reason
        return firstAttempt.open
      })
    ),
    Effect.scoped,
    // It is told, and whatever it was, the next try may do better.
    Effect.catchAllCause(() => Effect.void)
  )
  const pause = Effect.flatMap(Random.next, (random) =>
    Effect.sleep(Math.min(maxBackoff, minBackoff * 2 ** failures++) * (0.5 + random / 2))
  )
  yield* Effect.zipRight(connectOnce, pause).pipe(Effect.forever, Effect.forkScoped)

  return {
    send: (address: string, message: string) => connection?.send(address, message),
    subscribe: Effect.fnUntraced(function* (addresses: string, listener: (message: string) => void) {
      const [one, on] = yield* Effect.acquireRelease(
        Effect.sync(() => {
          // What is on its way when the scope closes is for nobody.
          const receive = (message: string) => subscriptions.has(added) && listener(message)
          const added: ActiveSubscription = { addresses, listener: receive, end: nothing }
          subscriptions.add(added)
          return [added, connection] as const
        }),
        ([added]) =>
          Effect.sync(() => {
            subscriptions.delete(added)
            added.end()
          })
      )
      if (on === undefined) yield* Effect.timeoutOption(firstAttempt.await, responseTimeout)
      // Where that fails, the next link begins with it.
      else yield* Effect.option(subscribeOn(on, one))
    }),
    silent: () => (reason === undefined ? undefined : `${name}: ${reason}`)
  }
})
