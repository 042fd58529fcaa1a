// Two transports during a switch. The phase selects which ones send and which one is read;
// subscriptions stay open, and the log covers events between two phases.
import * as Effect from "effect/Effect"
import { type BusPhase, carriesBoth, carriesFirst, carriesSecond, readsFirst } from "../../domain/BusPhase.ts"
import { monotonicMillis, unsafeMonotonicMillis } from "../../lib/monotonicTime.ts"
import * as Comparison from "./BusComparison.ts"
import type { Transport } from "./Transport.ts"
import { decodeBusMessage, type Origin } from "./wire.ts"

/** No transport: events stay in this process. */
export const memoryTransport: Transport = {
  name: "memory",
  maxBytes: Number.POSITIVE_INFINITY,
  send: () => {},
  subscribe: () => Effect.void,
  silent: () => undefined
}

/** Milliseconds for all nodes to reach a phase; until then the buses may legitimately differ. */
const switchGrace = 3000

export const make = Effect.fnUntraced(function* (
  first: Transport,
  second: Transport,
  phase: () => BusPhase,
  origin: Origin
) {
  const clock = yield* Effect.clock
  const comparison = Comparison.make()
  /** Only one subscription is compared: another would count each event twice. */
  let isCompared = false

  /** When both buses began to carry events, in monotonic milliseconds. */
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
    // Known only while connected, and may change with the server.
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
