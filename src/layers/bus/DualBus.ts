// Two buses while the second takes the first one's place. Which of them carry events, and which is read, follows the phase at any moment;
// subscribers stay what they are, and what falls between two phases they have from the log.
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import { type BusPhase, carriesBoth, carriesFirst, carriesSecond, readsFirst } from "../../domain/BusPhase.ts"
import { type EventFilter, noEvents } from "../../domain/StoredEvent.ts"
import type { BusMessage, EventBusService, Subscription } from "../EventBus.ts"
import * as Comparison from "./Comparison.ts"
import * as LocalBus from "./LocalBus.ts"

/** `capacity`: messages that a subscriber may fall behind. */
export const make = (
  first: EventBusService,
  second: EventBusService,
  phase: () => BusPhase,
  capacity: number
): EventBusService => {
  const comparison = Comparison.make()
  const subscribers = LocalBus.family(capacity)

  const subscribeTo = Effect.fnUntraced(function* (filter: EventFilter) {
    const local = yield* subscribers.open
    /** What one of them brings, to whoever reads it now. */
    const bring = (side: "first" | "second", isRead: () => boolean) => (messages: ReadonlyArray<BusMessage>) =>
      Effect.flatMap(Clock.currentTimeMillis, (now) => {
        const isCompared = carriesBoth(phase())
        if (!isCompared) comparison.pause()
        const read = isRead()
        return Effect.forEach(
          messages,
          (message) => {
            if (message._tag === "Published" && isCompared) comparison.brought(side, message.event.sequence, now)
            if (!read) return Effect.void
            if (message._tag === "Published") return local.publish([message.event])
            // Something was missed on the way: the log has it.
            return local.ring(message._tag === "Rung" ? message : { _tag: "Rung", upTo: noEvents })
          },
          { discard: true }
        )
      })
    const listen = (subscription: Subscription, told: ReturnType<typeof bring>) =>
      Effect.forkScoped(Effect.forever(Effect.flatMap(subscription.take, told)))

    yield* listen(
      yield* first.subscribeTo(filter),
      bring("first", () => readsFirst(phase()))
    )
    yield* listen(
      yield* second.subscribeTo(filter),
      bring("second", () => !readsFirst(phase()))
    )
    return yield* local.subscribeTo(filter)
  })

  return {
    publish: (events) =>
      Effect.suspend(() => {
        const now = phase()
        return Effect.zipRight(
          carriesFirst(now) ? first.publish(events) : Effect.void,
          carriesSecond(now) ? second.publish(events) : Effect.void
        )
      }),
    subscribe: subscribeTo({}),
    subscribeTo,
    lagged: subscribers.lagged,
    silent: () => {
      const now = phase()
      const reasons = [
        [carriesFirst(now) ? first.silent() : undefined, "the first bus"],
        [carriesSecond(now) ? second.silent() : undefined, "the second bus"]
      ].flatMap(([reason, name]) => (reason === undefined ? [] : [`${name}: ${reason}`]))
      return reasons.length === 0 ? undefined : reasons.join("; ")
    },
    compared: () => comparison.compared(Date.now())
  }
}
