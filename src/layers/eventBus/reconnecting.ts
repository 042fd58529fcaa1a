// A bus connection that reconnects with back-off and resubscribes.
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Random from "effect/Random"
import * as Schema from "effect/Schema"
import type * as Scope from "effect/Scope"

export class BusConnectionLost extends Schema.TaggedError<BusConnectionLost>()("BusConnectionLost", {
  reason: Schema.String
}) {
  override get message() {
    return this.reason
  }
}

/** The error's message in one line. */
export const toConnectionLost = (error: unknown) =>
  new BusConnectionLost({ reason: (error instanceof Error ? error.message : String(error)).split("\n").join(" ") })

export interface PendingSubscription {
  /** Succeeds once the bus confirms the subscription. */
  readonly live: Effect.Effect<void, BusConnectionLost>
  readonly end: () => void
}

/** Its methods never throw. */
export interface BusConnection {
  /** Drops messages that can't be sent now. */
  readonly send: (address: string, message: string) => void
  readonly subscribe: (addresses: string, listener: (message: string) => void) => PendingSubscription
  readonly lost: Effect.Effect<never, BusConnectionLost>
}

interface ActiveSubscription {
  readonly addresses: string
  readonly listener: (message: string) => unknown
  end: () => void
}

/** Timeout of a subscription's confirmation. */
export const responseTimeout = "2 seconds"

/** Back-off between attempts, in milliseconds. */
const minBackoff = 100
const maxBackoff = 2000
/** Uptime after which the back-off is reset. */
const backoffResetAfter = "5 seconds"

const nothing = () => {}

/** Connects in the background: the start doesn't wait for the bus. */
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
        onTimeout: () => new BusConnectionLost({ reason: "a subscription was not confirmed in time" })
      })
    )

  /** Atomic with reading the subscriptions, so that none is started twice or missed. */
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
    // Reported by `silent`; the next attempt may succeed.
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
          // Drops messages that arrive after the scope closed.
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
      // On failure the next connection subscribes.
      else yield* Effect.option(subscribeOn(on, one))
    }),
    silent: () => (reason === undefined ? undefined : `${name}: ${reason}`)
  }
})
