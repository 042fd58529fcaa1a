// Reads the log page by page and yields to the event loop between pages.
import * as Chunk from "effect/Chunk"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Stream from "effect/Stream"
import {
  type AggregateKey,
  noVersion,
  type StoredEvent,
  type StoreUnavailable,
  type Version
} from "../../domain/StoredEvent.ts"
import { yieldToEventLoop } from "../../lib/eventLoop.ts"
import type { EventStoreService } from "./EventStore.ts"

/** Ends when `read` returns no next position. */
const paged = <Position, E>(
  start: Position,
  read: (from: Position) => Effect.Effect<readonly [ReadonlyArray<StoredEvent>, Option.Option<Position>], E>
): Stream.Stream<StoredEvent, E> =>
  Stream.paginateChunkEffect(start, (from) =>
    Effect.flatMap(read(from), ([events, next]) => {
      const page = [Chunk.unsafeFromArray(events), next] as const
      return Option.isSome(next) ? Effect.as(yieldToEventLoop, page) : Effect.succeed(page)
    })
  )

/** `readAll` on top of `readPage`. */
export const readAllByPage =
  ({ head, readPage }: Pick<EventStoreService, "head" | "readPage">): EventStoreService["readAll"] =>
  ({ after, filter, upTo }) =>
    Stream.unwrap(
      Effect.map(upTo === undefined ? head : Effect.succeed(upTo), (end) =>
        paged(after, (from) =>
          Effect.map(readPage({ after: from, upTo: end, filter }), ({ events, position }) => [
            events,
            position >= end ? Option.none() : Option.some(position)
          ])
        )
      )
    )

/** `readStream` by pages; `read` returns the next `window` events after a version. */
export const readStreamByPage =
  (
    window: number,
    read: (aggregate: AggregateKey, after: Version) => Effect.Effect<ReadonlyArray<StoredEvent>, StoreUnavailable>
  ): EventStoreService["readStream"] =>
  (aggregate, after = noVersion) =>
    paged(after, (from) =>
      Effect.map(read(aggregate, from), (events) => {
        const last = events.length < window ? undefined : events.at(-1)
        return [events, Option.fromNullable(last?.version)]
      })
    )
