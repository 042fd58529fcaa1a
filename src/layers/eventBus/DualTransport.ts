// Two transports while the second takes the first one's place. Which of them carry messages, and which is listened to, follows the phase at any
// moment; subscriptions stay what they are, and what falls between two phases is in the log.
import * as Effect from "effect/Effect"
import { type BusPhase, carriesBoth, carriesFirst, carriesSecond, readsFirst } from "../../domain/BusPhase.ts"
import { monotonicMillis, unsafeMonotonicMillis } from "../../lib/monotonicTime.ts"
import * as Comparison from "./BusComparison.ts"
import type { Transport } from "./Transport.ts"
import { decodeBusMessage, type Origin } from "./wire.ts"

/** In this process alone: other nodes hear nothing, and nothing is heard of them. */
export const memoryTransport: Transport = {
  name: "memory",
  maxBytes: Number.POSITIVE_INFINITY,
  send: () => {},
  subscribe: () => Effect.void,
  silent: () => undefined
}

/** Milliseconds that nodes may come to a phase one after another: until then one publishes where the other doesn't yet. */
const switchGrace = 3000

export const make = Effect.fnUntraced(function* (
  first: Transport,
  second: Transport,
  phase: () => BusPhase,
  origin: Origin
) {
  const clock = yield* Effect.clock
  const comparison = Comparison.make()
  /** One subscription is compared: a second one would count each event again. */
  let isCompared = false

  /** Monotonic milliseconds: when both began to carry, as far as this node knows. */
  let bothSince: number | undefined
  const isComparable = (now: number) => {
    if (!carriesBoth(phase())) {
      bothSince = undefined
      comparison.pause()
      return false
    }
    bothSince ??= now
    return now - bothSince >= switchGrace
  }
  const compare = (side: "first" | "second", message: string) => {
    const now = unsafeMonotonicMillis(clock)
    const said = isComparable(now) ? decodeBusMessage(origin, message) : undefined
    if (said === undefined || "_tag" in said) return
    for (const { sequence } of said) comparison.received(side, sequence, now)
  }
  const compared = Effect.map(monotonicMillis, (now) => {
    isComparable(now)
    return comparison.compared(now)
  })
  const hasNothingToCompare = first.name === "memory" || second.name === "memory"

  const subscribe: Transport["subscribe"] = Effect.fnUntraced(function* (listener) {
    const isFirst = !isCompared
    if (isFirst) {
      isCompared = true
      yield* Effect.addFinalizer(() =>
        Effect.sync(() => {
          isCompared = false
        })
      )
    }
    const receive = (side: "first" | "second") => (message: string) => {
      if (isFirst && !hasNothingToCompare) compare(side, message)
      if ((side === "first") === readsFirst(phase())) listener(message)
    }
    yield* first.subscribe(receive("first"))
    yield* second.subscribe(receive("second"))
  })

  const transport: Transport = {
    name: "dual",
    // What a server takes is known when it is there, and may be another's later.
    get maxBytes() {
      return Math.min(first.maxBytes, second.maxBytes)
    },
    send: (address, message) => {
      const now = phase()
      if (carriesFirst(now)) first.send(address, message)
      if (carriesSecond(now)) second.send(address, message)
    },
    subscribe,
    silent: () => {
      const now = phase()
      const reasons = [
        [carriesFirst(now) ? first.silent() : undefined, first.name],
        [carriesSecond(now) ? second.silent() : undefined, second.name]
      ].flatMap(([reason, name]) => (reason === undefined ? [] : [`${name}: ${reason}`]))
      return reasons.length === 0 ? undefined : reasons.join("; ")
    }
  }
  return { transport, compared: hasNothingToCompare ? Effect.succeed(undefined) : compared }
})
