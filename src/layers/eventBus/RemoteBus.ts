// A bus between machines: what this process publishes its own subscribers have at once; other nodes have it by way of a transport.
// Each subscription is one of the transport's as well.
import * as Effect from "effect/Effect"
import type { StoredEvent } from "../../domain/StoredEvent.ts"
import type { EventBusService } from "./EventBus.ts"
import * as LocalBus from "./LocalBus.ts"
import type { Transport } from "./Transport.ts"
import { decodeBusMessage, encodeMessages, type Origin } from "./wire.ts"

/** Runs of events of one aggregate: what goes to one address. */
const runs = (events: ReadonlyArray<StoredEvent>) => {
  const found: Array<[StoredEvent, ...Array<StoredEvent>]> = []
  for (const event of events) {
    const last = found.at(-1)
    const isSame = last?.[0].aggregateId === event.aggregateId && last[0].aggregateType === event.aggregateType
    if (last !== undefined && isSame) last.push(event)
    else found.push([event])
  }
  return found
}

/** `capacity`: messages that a subscriber may fall behind. */
export const make = (transport: Transport, origin: Origin, capacity: number): EventBusService => {
  const subscribers = LocalBus.makeLocalBuses(capacity)

  const subscribe = Effect.gen(function* () {
    const local = yield* subscribers.open
    yield* transport.subscribe((text) => {
      const said = decodeBusMessage(origin, text)
      if (said !== undefined) Effect.runSync("_tag" in said ? local.announceHead(said) : local.publish(said))
    })
    return yield* local.subscribe
  })

  const send = (events: ReadonlyArray<StoredEvent>) => {
    for (const run of runs(events)) {
      for (const message of encodeMessages(origin, run, transport.maxBytes)) transport.send(run[0], message)
    }
  }

  return {
    // In one step: a subscriber that leaves in the middle would interrupt who publishes.
    publish: (events) =>
      Effect.sync(() => {
        for (const local of subscribers.members()) Effect.runSync(local.publish(events))
        send(events)
      }),
    subscribe,
    lagged: subscribers.lagged,
    silent: transport.silent,
    compared: Effect.succeed(undefined)
  }
}
