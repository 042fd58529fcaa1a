// Ingests the log into DuckDB: large transactions during catch-up, small ones when live. Yields to
// the event loop between portions.
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
import type { Ingested, IngestProgress } from "./Analytics.ts"
import type { Connection } from "./Duck.ts"
import * as EventsTable from "./EventsTable.ts"
import { makeWriter, position, refusedAfter } from "./EventsTable.ts"
import { type LogDays, widened } from "./logDays.ts"

/**
 * Maximum rows per transaction: one DuckDB row group, written directly to the file; smaller ones go
 * through the WAL.
 */
const batch = 122_880
/** Milliseconds between commits at most, so that rows become visible during catch-up. */
const maxCommitDelay = 1000
/** Pages read ahead while DuckDB works; more burden the garbage collector. */
const ahead = 4
/** Rows per portion, between which the event loop runs. */
const portion = 250
/** Milliseconds between portions while commands arrive, and shortly after. */
const courtesy = 5
const memory = 100
/** Pause after a live commit: each costs some milliseconds of CPU. */
const pause = "100 millis"
/** Milliseconds between progress log lines; events of lag from which catch-up is logged. */
const tellEvery = 5000
const longWay = 20_000

/** Consumer name in health and metrics. */
const consumer = "analytics"

export const describeProgress = ({ head, rate, sequence }: IngestProgress) => {
  const share = Math.floor((100 * sequence) / Math.max(head, 1))
  const left = rate === 0 ? "" : `, ${Math.round(rate)} events a second, ${Math.ceil((head - sequence) / rate)} s left`
  return `has read ${share} % of the log${left}`
}

/**
 * Ingests from the checkpoint, forever. `onCommit` is called after each commit, with undefined
 * progress when live.
 */
export const ingest = (
  connection: Connection,
  onCommit: (news: Ingested, progress: IngestProgress | undefined, days: LogDays | undefined) => void
) =>
  Effect.gen(function* () {
    const subscriptions = yield* Subscriptions
    const store = yield* EventStore
    const failures = yield* DecodeFailures
    // Failures of earlier ingestion.
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
    if (isFar) yield* Effect.logInfo(`Analytics starts to read the log after event ${start}`)

    const commit = Effect.fnUntraced(function* (sequence: Sequence, head: Sequence) {
      for (const refused of yield* writer.commit) yield* failures.report(consumer, refused)
      const now = yield* monotonicMillis
      const rate = ((sequence - start) * 1000) / Math.max(now - begun, 1)
      onCommit({ sequence, aggregateTypes }, isFar && sequence < head ? { sequence, head, rate } : undefined, days)
      aggregateTypes = new Set()
      if (!isFar) return
      isFar = sequence < head
      if (!isFar) yield* Effect.logInfo(`Analytics has read the log up to event ${sequence} in ${now - begun} ms`)
      else if (now - told >= tellEvery) {
        told = now
        yield* Effect.logInfo(`Analytics ${describeProgress({ sequence, head, rate })}`)
      }
    })

    let committed = performance.now()
    let appended = yield* store.appended
    let politeUntil = 0
    /** Yields to the event loop, longer while commands arrive. */
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
      const isDue = writer.rows() >= batch || performance.now() - committed >= maxCommitDelay
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
