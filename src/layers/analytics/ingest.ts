// Brings the log into DuckDB: in large transactions while it is behind, and then as soon as something happens. It never holds
// anybody up: commands and feeds know nothing of it, and between two portions the event loop is everybody's.
import * as Chunk from "effect/Chunk"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Stream from "effect/Stream"
import { noEvents, type Sequence, type StoredEvent } from "../../domain/StoredEvent.ts"
import { realDelay, yieldToEventLoop } from "../../lib/eventLoop.ts"
import { monotonicMillis } from "../../lib/monotonicTime.ts"
import { EventStore } from "../eventStore/EventStore.ts"
import { DecodeFailures } from "../subscriptions/DecodeFailures.ts"
import { Subscriptions } from "../subscriptions/Subscriptions.ts"
import type { Ingested, Progress } from "./Analytics.ts"
import type { Connection } from "./Duck.ts"
import * as EventsTable from "./EventsTable.ts"
import { makeWriter, position, refusedAfter } from "./EventsTable.ts"
import { type LogDays, widened } from "./logDays.ts"

/** Rows of a transaction at most: one of DuckDB's row groups, which goes straight into the file; less goes through its WAL first. */
const batch = 122_880
/** Milliseconds after which what has come is committed, however much more there is: who never is level must not see nothing. */
const patience = 1000
/** Pages that are read from the log while DuckDB works: more of them live longer, and keep the garbage collector busy. */
const ahead = 4
/** Rows that are handed over at a time: then others have their turn. */
const portion = 250
/** Milliseconds that lie between portions while commands come, and after the last of them. */
const courtesy = 5
const memory = 100
/** After a commit, events of so long share the next: each costs some milliseconds of a core. */
const pause = "100 millis"
/** Between words about a long way to go, in milliseconds; a gap that is smaller than this many events is none. */
const tellEvery = 5000
const longWay = 20_000

/** As health and metrics name who can't read an event. */
const consumer = "analytics"

export const describe = ({ head, rate, sequence }: Progress) => {
  const share = Math.floor((100 * sequence) / Math.max(head, 1))
  const left = rate === 0 ? "" : `, ${Math.round(rate)} events a second, ${Math.ceil((head - sequence) / rate)} s left`
  return `has read ${share} % of the log${left}`
}

/** Follows the log from the rows' cursor, for ever. `tell` is called after each commit, with `undefined` when level. */
export const ingest = (
  connection: Connection,
  tell: (news: Ingested, progress: Progress | undefined, days: LogDays | undefined) => void
) =>
  Effect.gen(function* () {
    const subscriptions = yield* Subscriptions
    const store = yield* EventStore
    const failures = yield* DecodeFailures
    // Those of before this opening.
    for (const refused of yield* refusedAfter(connection, noEvents)) yield* failures.report(consumer, refused)
    const writer = yield* makeWriter(connection)
    const start = yield* position(connection)
    const begun = yield* monotonicMillis
    const next = yield* subscriptions
      .subscribe({ after: start })
      .pipe(Stream.bufferChunks({ capacity: ahead }), Stream.toPull)
    let aggregateTypes = new Set<string>()
    let days = yield* EventsTable.days(connection)
    let told = begun
    let isFar = (yield* store.head) - start > longWay
    if (isFar) yield* Effect.logInfo(`Analytics begins to read the log, after event ${start}`)

    const commit = Effect.fnUntraced(function* (sequence: Sequence, head: Sequence) {
      for (const refused of yield* writer.commit) yield* failures.report(consumer, refused)
      const now = yield* monotonicMillis
      const rate = ((sequence - start) * 1000) / Math.max(now - begun, 1)
      tell({ sequence, aggregateTypes }, isFar && sequence < head ? { sequence, head, rate } : undefined, days)
      aggregateTypes = new Set()
      if (!isFar) return
      isFar = sequence < head
      if (!isFar) yield* Effect.logInfo(`Analytics has read the log up to event ${sequence} in ${now - begun} ms`)
      else if (now - told >= tellEvery) {
        told = now
        yield* Effect.logInfo(`Analytics ${describe({ sequence, head, rate })}`)
      }
    })

    let committed = performance.now()
    let appended = yield* store.appended
    let politeUntil = 0
    /** Everybody else has their turn, and as long as commands come most of the time. */
    const giveWay = Effect.flatMap(store.appended, (now) => {
      if (now !== appended) politeUntil = performance.now() + memory
      appended = now
      return performance.now() < politeUntil ? realDelay(courtesy) : yieldToEventLoop
    })

    const take = Effect.fnUntraced(function* (events: ReadonlyArray<StoredEvent>) {
      for (let from = 0; from < events.length; from += portion) {
        yield* writer.append(events.slice(from, from + portion))
        yield* giveWay
      }
      for (const { aggregateType, occurredAtText } of events) {
        aggregateTypes.add(aggregateType)
        days = widened(days, occurredAtText)
      }
      const last = events.at(-1)?.sequence ?? start
      const head = yield* store.head
      const isDue = writer.rows() >= batch || performance.now() - committed >= patience
      if (last < head && !isDue) return
      yield* commit(last, head)
      committed = performance.now()
      if (last >= head) yield* Effect.sleep(pause)
    })

    return yield* next.pipe(
      Effect.mapError(Option.getOrThrow),
      Effect.flatMap((chunk) => take(Chunk.toReadonlyArray(chunk))),
      Effect.forever
    )
  })
