// Keeps one projection's rows: from its stored cursor to the head of the log, then live, some hundred events a transaction.
// Several processes may do so on one file: who does not find the cursor where it believes it to be writes nothing.
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
  /** At an event that can't be read: go on without it, or stop before it until a process comes that can read it. */
  readonly undecodable: "skip" | "wait"
  /** Changes the rows in `table` by one event, inside the transaction that moves the cursor. */
  // A method, so that a projection of any events is one of an unknown kind: `codec` stands between.
  apply(execute: Execute, table: string, event: Event, stored: StoredEvent): Effect.Effect<void, SqlError>
}
export type AnyProjection = Projection<Tagged>

export interface ProjectionProgress {
  /** All events up to here are in the rows of this version. */
  readonly cursor: Sequence
  /** Level with the log, and what readers see. */
  readonly live: boolean
}

/** Events of one transaction at most: commands wait for it, about 10 ms. */
const maxBatch = 250
/** Pause after a live transaction: each costs the disk a flush, however few events it holds. */
const pause = "20 millis"

export const make = Effect.gen(function* () {
  const { derived, execute, immediate, write } = yield* Sql
  const subscriptions = yield* Subscriptions
  const store = yield* EventStore
  const failures = yield* DecodeFailures
  const builds = makeBuilds(write, store.logId)

  /** Makes what is missing, so that readers find a table. */
  const begin = (projection: Buildable) => storeErrors(immediate(builds.begin(projection)))

  /** Ends only when something is in the way. */
  const run = Effect.fnUntraced(function* <Event extends Tagged>(
    projection: Projection<Event>,
    tell: (progress: ProjectionProgress) => void
  ) {
    type Batch = Array<readonly [Event, StoredEvent]>
    const { aggregateType, apply, codec, eventTypes, name } = projection
    const filter = { aggregateType, eventTypes }
    const build = yield* begin(projection)
    let live = false
    /** As it is stored. */
    let cursor = build.cursor
    /** Ahead of the cursor where the latest events are none of ours. */
    let position = build.cursor
    const advancedTo = (at: Sequence) => {
      position = at
      tell({ cursor: at, live })
    }
    advancedTo(cursor)

    /** Rows and cursor in one transaction, or neither where another process was faster. Gives the stored cursor. */
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

    /** Takes all events up to and with `to`; `events` has at least those that are ours. */
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

    // Without a filter: events of others move the position on as well, and so the lag that is seen is the lag there is.
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
