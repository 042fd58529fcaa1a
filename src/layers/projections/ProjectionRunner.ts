// Runs one projection: catch-up from its checkpoint, then live, in batches. Safe with several
// processes on one file: a moved checkpoint makes a batch write nothing.
import type { SqlError } from "@effect/sql/SqlError"
import * as Chunk from "effect/Chunk"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Option from "effect/Option"
import * as Stream from "effect/Stream"
import type { EventCodec } from "../../domain/EventCodec.ts"
import { matches, Sequence, type StoredEvent } from "../../domain/StoredEvent.ts"
import { yieldToEventLoop } from "../../lib/eventLoop.ts"
import { EventStore } from "../eventStore/EventStore.ts"
import { Sql, storeErrors } from "../sqlite/Sql.ts"
import type { Execute } from "../sqlite/SqliteWriter.ts"
import { DecodeFailures } from "../subscriptions/DecodeFailures.ts"
import { Subscriptions } from "../subscriptions/Subscriptions.ts"
import { type Buildable, BuildLost, buildTable, make as makeBuilds } from "./ProjectionBuilds.ts"

export interface Tagged {
  readonly _tag: string
}

export interface Projection<Event extends Tagged> extends Buildable {
  readonly codec: Pick<EventCodec<Event>, "decode">
  readonly aggregateType: string
  readonly eventTypes: ReadonlyArray<Event["_tag"]>
  /** On an undecodable event: skip it, or wait for a process that can decode it. */
  readonly undecodable: "skip" | "wait"
  /** Applies one event to `table`, inside the checkpoint's transaction. */
  // A method, not a property: methods are bivariant, so any projection is an `AnyProjection`.
  // This is safe because `event` comes from the projection's own `codec`.
  apply(execute: Execute, table: string, event: Event, stored: StoredEvent): Effect.Effect<void, SqlError>
}
export type AnyProjection = Projection<Tagged>

export interface ProjectionProgress {
  /** Checkpoint: all events up to here are applied. */
  readonly cursor: Sequence
  /** Caught up and serving. */
  readonly live: boolean
}

/** Maximum events per transaction, about 10 ms. */
const maxBatch = 250
/** Pause after a live batch: each costs a disk flush. */
const pause = "20 millis"

export const make = Effect.gen(function* () {
  const { derived, execute, immediate, write } = yield* Sql
  const subscriptions = yield* Subscriptions
  const store = yield* EventStore
  const failures = yield* DecodeFailures
  const builds = makeBuilds(write, store.logId)

  /** Creates the table if missing. */
  const begin = (projection: Buildable) => storeErrors(immediate(builds.begin(projection)))

  /** Never returns; fails on error. */
  const run = Effect.fnUntraced(function* <Event extends Tagged>(
    projection: Projection<Event>,
    onProgress: (progress: ProjectionProgress) => void
  ) {
    type Batch = Array<readonly [Event, StoredEvent]>
    const { aggregateType, apply, codec, eventTypes, name } = projection
    const filter = { aggregateType, eventTypes }
    const build = yield* begin(projection)
    let live = false
    /** The stored checkpoint. */
    let cursor = build.cursor
    /** Ahead of the checkpoint when the latest events don't match. */
    let position = build.cursor
    const advancedTo = (at: Sequence) => {
      position = at
      onProgress({ cursor: at, live })
    }
    advancedTo(cursor)

    /**
     * Applies rows and checkpoint in one transaction, unless another process was first. Returns the
     * stored checkpoint.
     */
    const commit = (batch: Batch, to: Sequence) =>
      Effect.gen(function* () {
        if (!(yield* builds.advance(projection, cursor, to))) return yield* builds.cursor(projection)
        for (const [event, stored] of batch) yield* apply(execute, buildTable(projection), event, stored)
        return to
      }).pipe(derived, storeErrors)

    const advance = Effect.fnUntraced(function* (batch: Batch, to: Sequence) {
      while (cursor < to) {
        const stored = yield* commit(
          batch.filter(([, { sequence }]) => sequence > cursor),
          to
        )
        if (stored < cursor) return yield* new BuildLost(projection)
        cursor = stored
      }
    })

    /** Handles all events up to `to` (inclusive); `events` includes at least the matching ones. */
    const handle = Effect.fnUntraced(function* (events: Iterable<StoredEvent>, to: Sequence) {
      let batch: Batch = []
      for (const stored of events) {
        if (stored.sequence <= cursor || !matches(filter, stored)) continue
        const event = codec.decode(stored)
        if (Either.isRight(event)) batch.push([event.right, stored])
        else {
          yield* failures.report(name, event.left)
          if (projection.undecodable === "wait") {
            if (batch.length > 0) yield* advance(batch, Sequence.make(stored.sequence - 1))
            return yield* event.left
          }
        }
        if (batch.length === maxBatch) {
          yield* advance(batch, stored.sequence)
          batch = []
          yield* yieldToEventLoop
        }
      }
      if (batch.length > 0) yield* advance(batch, to)
      advancedTo(to > cursor ? to : cursor)
    })

    let head: Sequence
    do {
      head = yield* store.head
      const page = yield* store.readPage({ after: position, upTo: head, filter })
      yield* handle(page.events, page.position)
      yield* yieldToEventLoop
    } while (position < head)
    yield* advance([], position)
    if (!build.serving) yield* storeErrors(immediate(builds.serve(projection)))
    live = true
    advancedTo(position)

    // Unfiltered, so that the position advances with other events and the lag is exact.
    yield* Stream.runForEachChunk(subscriptions.subscribe({ after: position }), (events) =>
      Effect.gen(function* () {
        const before = cursor
        const last = Chunk.last(events)
        if (Option.isSome(last)) yield* handle(events, last.value.sequence)
        if (cursor > before) yield* Effect.sleep(pause)
      })
    )
  })

  return { begin, run }
})
