// Reading a long part of the log page after page. Between two of them everybody else has their turn: a reader in a hurry must not hold up
// commands and streams.
import * as Chunk from "effect/Chunk"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Stream from "effect/Stream"
import type { StoredEvent } from "../domain/StoredEvent.ts"
import { nextTurn } from "./eventLoop.ts"

/** Ends where there is no position to go on from. */
export const paged = <Position, E>(
  start: Position,
  read: (from: Position) => Effect.Effect<readonly [ReadonlyArray<StoredEvent>, Option.Option<Position>], E>
): Stream.Stream<StoredEvent, E> =>
  Stream.paginateChunkEffect(start, (from) =>
    Effect.flatMap(read(from), ([events, next]) => {
      const page = [Chunk.unsafeFromArray(events), next] as const
      return Option.isSome(next) ? Effect.as(nextTurn, page) : Effect.succeed(page)
    })
  )
