// Writes what the features' demonstrations do into the log: the same schema, codec and rows as the server's, each command at its own
// time. Many share a transaction, none waits for the disk, and since nobody else writes no command is held against the log.
import type Database from "better-sqlite3"
import * as Effect from "effect/Effect"
import type { StoreUnavailable } from "../../domain/StoredEvent.ts"
import type { DemoAppend, DemoOptions, Feature } from "../../http/Feature.ts"
import { columns, toRow } from "../../layers/eventStore/EventRows.ts"
import { payloadTexts, stamp } from "../../layers/eventStore/eventStamp.ts"
import { Sql } from "../../layers/sqlite/Sql.ts"
import { yieldToEventLoop } from "../../lib/eventLoop.ts"
import * as SeededRandom from "../../lib/seededRandom.ts"

/** Events of one transaction, more or less: some tenths of a second, and then signals and the progress have their turn. */
const batch = 16_384

/** KiB of pages that stay in memory meanwhile: the ends of the indexes, and what belongs to the aggregates that are in use. */
const cache = 65_536
/** Pages that the WAL grows to before they are moved into the database: many are written again and again until then. */
const walPages = 32_768

/** Event ids are made when events are written, from a row of numbers of their own. */
const eventIds = 1

const placeholders = Array.from({ length: columns.split(",").length + 1 }, () => "?").join(", ")

/** To be used inside a transaction, on a log that is empty at first. The schema still refuses a version that is there already. */
const appender = (database: Database.Database, eventId: (at: number) => string) => {
  const insert = database.prepare(`INSERT INTO events (${columns}, command_id) VALUES (${placeholders})`)
  let head = 0
  return ({ at, visitorId, ...appended }: DemoAppend) => {
    const append = { ...appended, metadata: { visitorId } }
    const time = { now: at, occurredAt: new Date(at).toISOString(), eventId, nodeId: "demo" }
    for (const event of stamp(append, payloadTexts(append), head, time)) insert.run(toRow(event, append.commandId))
    head += append.events.length
    return append.events.length
  }
}

/** What all features do, in the order of time: each its share of the events. */
function* merged(features: ReadonlyArray<Feature>, options: DemoOptions): Generator<DemoAppend, void> {
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

/** Fills an empty log; calls `onProgress` with the number of events that are in it, every now and then and at the end. */
export const fill = <E>(
  features: ReadonlyArray<Feature>,
  options: DemoOptions,
  onProgress: (written: number) => Effect.Effect<void, E>
): Effect.Effect<void, StoreUnavailable | E, Sql> =>
  Effect.gen(function* () {
    const { database, transactRelaxed } = yield* Sql
    const append = appender(database, SeededRandom.make(options.seed, eventIds).timeOrderedAt)
    const activities = merged(features, options)
    const writeSome = () => {
      let written = 0
      while (written < batch) {
        const { done, value } = activities.next()
        if (done === true) break
        written += append(value)
      }
      return written
    }

    yield* transactRelaxed(() => {
      database.pragma(`cache_size = -${cache}`)
      database.pragma(`wal_autocheckpoint = ${walPages}`)
    })
    for (let written = 0; written < options.events; ) {
      written += yield* transactRelaxed(writeSome)
      yield* onProgress(written)
      yield* yieldToEventLoop
    }
  })
