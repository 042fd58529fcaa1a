// Writes the features' generated demo events into an empty log, with the server's schema, codec and
// rows. Batched and without fsync; nothing else writes, so expected versions are not checked.
import type Database from "better-sqlite3"
import * as Effect from "effect/Effect"
import type { StoreUnavailable } from "../../domain/StoredEvent.ts"
import type { DemoAppend, DemoOptions, Feature } from "../../http/Feature.ts"
import { columns, toRow } from "../../layers/eventStore/EventRows.ts"
import { payloadTexts, stampEvents } from "../../layers/eventStore/eventStamp.ts"
import { Sql } from "../../layers/sqlite/Sql.ts"
import { yieldToEventLoop } from "../../lib/eventLoop.ts"
import * as SeededRandom from "../../lib/seededRandom.ts"

/** Events of one transaction, approximately: 0.1 to 0.5 s; signals are handled between two. */
const batchSize = 16_384

/** SQLite's page cache in KiB while filling: holds the tails of the indexes. */
const cacheKiB = 65_536
/** Pages in the WAL before a checkpoint: hot index pages are rewritten many times until then. */
const walCheckpointPages = 32_768

/** The random stream for event ids, separate from those that generate the activity. */
const eventIdStream = 1

const placeholders = Array.from({ length: columns.split(",").length + 1 }, () => "?").join(", ")

/**
 * Appends without a version check, inside a transaction; the schema's unique index still applies.
 */
const makeAppend = (database: Database.Database, eventId: (at: number) => string) => {
  const insert = database.prepare(`INSERT INTO events (${columns}, command_id) VALUES (${placeholders})`)
  let head = 0
  return ({ at, visitorId, ...appended }: DemoAppend) => {
    const append = { ...appended, metadata: { visitorId } }
    const time = { now: at, occurredAt: new Date(at).toISOString(), eventId, nodeId: "demo" }
    for (const event of stampEvents(append, payloadTexts(append), head, time))
      insert.run(toRow(event, append.commandId))
    head += append.events.length
    return append.events.length
  }
}

/**
 * Merges the features' generators in the order of time; each makes an equal share of the events.
 */
function* mergeDemos(features: ReadonlyArray<Feature>, options: DemoOptions): Generator<DemoAppend, void> {
  const demos = features.flatMap(({ demo }) => demo ?? [])
  const share = Math.floor(options.events / Math.max(1, demos.length))
  const rest = options.events - share * demos.length
  const running = demos.map((demo, index) => demo({ ...options, events: index === 0 ? share + rest : share }))
  const next = new Map(running.map((demo) => [demo, demo.next()]))
  for (;;) {
    let first: Generator<DemoAppend, void> | undefined
    let append: DemoAppend | undefined
    for (const [demo, { done, value }] of next) {
      if (done === true || value === undefined || (append !== undefined && append.at <= value.at)) continue
      first = demo
      append = value
    }
    if (first === undefined || append === undefined) return
    yield append
    next.set(first, first.next())
  }
}

/** Fills an empty log; `onProgress` gets the number of events written, after each transaction. */
export const fill = <E>(
  features: ReadonlyArray<Feature>,
  options: DemoOptions,
  onProgress: (written: number) => Effect.Effect<void, E>
): Effect.Effect<void, StoreUnavailable | E, Sql> =>
  Effect.gen(function* () {
    const { database, transactRelaxed } = yield* Sql
    const append = makeAppend(database, SeededRandom.make(options.seed, eventIdStream).timeOrderedAt)
    const activities = mergeDemos(features, options)
    const writeBatch = () => {
      let written = 0
      while (written < batchSize) {
        const { done, value } = activities.next()
        if (done === true) break
        written += append(value)
      }
      return written
    }

    yield* transactRelaxed(() => {
      database.pragma(`cache_size = -${cacheKiB}`)
      database.pragma(`wal_autocheckpoint = ${walCheckpointPages}`)
    })
    for (let written = 0; written < options.events; ) {
      written += yield* transactRelaxed(writeBatch)
      yield* onProgress(written)
      yield* yieldToEventLoop
    }
  })
