// The bus between nodes: local subscribers receive events directly, other nodes through a
// transport. Each subscription subscribes to the transport.
import * as Effect from "effect/Effect"
import type { StoredEvent } from "../../domain/StoredEvent.ts"
import type { EventBusService, NoticeListener } from "./EventBus.ts"
import * as LocalBus from "./LocalBus.ts"
import type { Transport } from "./Transport.ts"
import { decodeBusMessage, encodeMessages, encodeNotice, type Notice, type Origin } from "./wire.ts"

/** Consecutive events of one aggregate, which share an address. */
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

/** `capacity`: messages buffered per subscriber. */
export const make = (transport: Transport, origin: Origin, capacity: number): EventBusService => {
  const subscribers = LocalBus.makeLocalBuses(capacity)

  const noticeListeners = new Map<string, Set<NoticeListener>>()

  /** Subscriptions receive each message once; so listeners may get a notice from several. */
  const dispatch = ({ from, items, topic }: Notice) => {
    for (const listener of noticeListeners.get(topic) ?? []) listener(items, from)
  }

  const subscribe = Effect.gen(function* () {
    const local = yield* subscribers.open
    yield* transport.subscribe((text) => {
      const said = decodeBusMessage(origin, text)
      if (said === undefined) return
      if (!("_tag" in said)) Effect.runSync(local.publish(said))
      else if (said._tag === "Notice") dispatch(said)
      else Effect.runSync(local.announceHead(said))
    })
    return yield* local.subscribe
  })

  const send = (events: ReadonlyArray<StoredEvent>) => {
    for (const run of runs(events)) {
      for (const message of encodeMessages(origin, run, transport.maxBytes)) transport.send(run[0], message)
    }
  }

  return {
    // Synchronous: a closing subscriber must not interrupt the publisher.
    publish: (events) =>
      Effect.sync(() => {
        for (const local of subscribers.members()) Effect.runSync(local.publish(events))
        send(events)
      }),
    subscribe,
    tell: (topic, items) => {
      const address = { aggregateType: topic, aggregateId: "" }
      for (const message of encodeNotice(origin, topic, items, transport.maxBytes)) transport.send(address, message)
    },
    onNotice: (topic, listener) =>
      Effect.asVoid(
        Effect.acquireRelease(
          Effect.sync(() => noticeListeners.set(topic, (noticeListeners.get(topic) ?? new Set()).add(listener))),
          () => Effect.sync(() => noticeListeners.get(topic)?.delete(listener))
        )
      ),
    lagged: subscribers.lagged,
    silent: transport.silent,
    compared: Effect.succeed(undefined)
  }
}
