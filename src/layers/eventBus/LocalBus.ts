// The bus inside one process. Publishing never waits; who falls behind is told how much was missed.
// A sliding PubSub drops in silence, so every message carries a running number and a subscriber counts the holes.
import type * as Chunk from "effect/Chunk"
import * as Effect from "effect/Effect"
import * as PubSub from "effect/PubSub"
import * as Queue from "effect/Queue"
import { type EventFilter, matches, StoredEvent } from "../../domain/StoredEvent.ts"
import type { BusMessage, EventBusService, HeadAdvanced, Subscription } from "./EventBus.ts"

interface Numbered {
  readonly number: number
  readonly said: StoredEvent | HeadAdvanced
}

const isHeadAdvanced = (said: StoredEvent | HeadAdvanced): said is HeadAdvanced => !(said instanceof StoredEvent)

export const make = (capacity: number) =>
  Effect.gen(function* () {
    const pubsub = yield* Effect.acquireRelease(PubSub.sliding<Numbered>(capacity), PubSub.shutdown)
    let published = 0
    let lagged = 0

    const subscribeTo = (filter: EventFilter) =>
      Effect.gen(function* () {
        const queue = yield* PubSub.subscribe(pubsub)
        let expected = published + 1
        const isForAll = Object.values(filter).every((wanted) => wanted === undefined)
        const messages = (chunk: Chunk.Chunk<Numbered>) => {
          const found: Array<BusMessage> = []
          for (const { number, said } of chunk) {
            if (number > expected) {
              found.push({ _tag: "Lagged", missed: number - expected })
              lagged += number - expected
            }
            if (isHeadAdvanced(said)) found.push(said)
            else if (isForAll || matches(filter, said)) found.push({ _tag: "Published", event: said })
            expected = number + 1
          }
          return found
        }
        const take: Subscription["take"] = Effect.flatMap(Queue.takeBetween(queue, 1, capacity), (chunk) => {
          const found = messages(chunk)
          return found.length === 0 ? take : Effect.succeed(found)
        })
        return { take }
      })

    const say = (said: ReadonlyArray<StoredEvent | HeadAdvanced>) =>
      Effect.suspend(() =>
        PubSub.publishAll(
          pubsub,
          said.map((one) => ({ number: ++published, said: one }))
        )
      ).pipe(Effect.asVoid, Effect.uninterruptible)

    return {
      publish: say,
      ring: (rung: HeadAdvanced) => say([rung]),
      subscribe: subscribeTo({}),
      subscribeTo,
      lagged: Effect.sync(() => lagged),
      silent: () => undefined,
      compared: Effect.succeed(undefined)
    } satisfies EventBusService & { readonly ring: (rung: HeadAdvanced) => Effect.Effect<void> }
  })

export type LocalBus = Effect.Effect.Success<ReturnType<typeof make>>

/** One for each subscriber, and what they have missed in all, those that are gone included. */
export const family = (capacity: number) => {
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
