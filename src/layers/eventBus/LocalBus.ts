// The in-process bus. Publishing never waits. A sliding PubSub drops silently, so messages are
// numbered and subscribers count the gaps.
import * as Effect from "effect/Effect"
import * as PubSub from "effect/PubSub"
import * as Queue from "effect/Queue"
import { StoredEvent } from "../../domain/StoredEvent.ts"
import type { BusMessage, EventBusService, HeadAdvanced, Subscription } from "./EventBus.ts"

interface Numbered {
  readonly number: number
  readonly message: StoredEvent | HeadAdvanced
}

const isHeadAdvanced = (message: StoredEvent | HeadAdvanced): message is HeadAdvanced =>
  !(message instanceof StoredEvent)

export const make = (capacity: number) =>
  Effect.gen(function* () {
    const pubsub = yield* Effect.acquireRelease(PubSub.sliding<Numbered>(capacity), PubSub.shutdown)
    let published = 0
    let lagged = 0

    const subscribe = Effect.gen(function* () {
      const queue = yield* PubSub.subscribe(pubsub)
      let expected = published + 1
      const take: Subscription["take"] = Effect.map(Queue.takeBetween(queue, 1, capacity), (chunk) => {
        const messages: Array<BusMessage> = []
        for (const { number, message } of chunk) {
          if (number > expected) {
            messages.push({ _tag: "Lagged", missed: number - expected })
            lagged += number - expected
          }
          messages.push(isHeadAdvanced(message) ? message : { _tag: "Published", event: message })
          expected = number + 1
        }
        return messages
      })
      return { take }
    })

    const publishAll = (messages: ReadonlyArray<StoredEvent | HeadAdvanced>) =>
      Effect.suspend(() =>
        PubSub.publishAll(
          pubsub,
          messages.map((message) => ({ number: ++published, message }))
        )
      ).pipe(Effect.asVoid, Effect.uninterruptible)

    return {
      publish: publishAll,
      announceHead: (head: HeadAdvanced) => publishAll([head]),
      subscribe,
      tell: () => {},
      onNotice: () => Effect.void,
      lagged: Effect.sync(() => lagged),
      silent: () => undefined,
      compared: Effect.succeed(undefined)
    } satisfies EventBusService & { readonly announceHead: (head: HeadAdvanced) => Effect.Effect<void> }
  })

export type LocalBus = Effect.Effect.Success<ReturnType<typeof make>>

/** One local bus per subscriber; counts missed messages, including those of closed subscribers. */
export const makeLocalBuses = (capacity: number) => {
  const members = new Set<LocalBus>()
  let missedBefore = 0
  return {
    members: (): Iterable<LocalBus> => members,
    open: Effect.acquireRelease(
      Effect.tap(make(capacity), (local) => Effect.sync(() => members.add(local))),
      (local) =>
        Effect.map(local.lagged, (missed) => {
          missedBefore += missed
          members.delete(local)
        })
    ),
    lagged: Effect.map(
      Effect.suspend(() => Effect.forEach(members, (local) => local.lagged)),
      (all) => all.reduce((sum, missed) => sum + missed, missedBefore)
    )
  }
}
