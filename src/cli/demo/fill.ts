// Writes the activity of `activity.ts` into the log: the same schema, codec and rows as the server's, each command at its own
// time. Many share a transaction, none waits for the disk, and since nobody else writes no command is held against the log.
import type Database from "better-sqlite3"
import * as Arr from "effect/Array"
import * as Effect from "effect/Effect"
import type { StoreUnavailable } from "../../domain/StoredEvent.ts"
import { aggregateType, codec } from "../../domain/TodoList.ts"
import { columns, toRow } from "../../layers/eventStore/EventRows.ts"
import { payloadTexts, stamp } from "../../layers/eventStore/eventStamp.ts"
import { Sql } from "../../layers/sqlite/Sql.ts"
import { nextTurn } from "../../lib/eventLoop.ts"
import { type Activity, type Options, simulate } from "./activity.ts"
import * as Chance from "./chance.ts"

/** Events of one transaction, more or less: some tenths of a second, and then signals and the progress have their turn. */
const batch = 16_384

/** KiB of pages that stay in memory meanwhile: the ends of the indexes, and what belongs to the lists that are in use. */
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
  return ({ at, commandId, events, expectedVersion, listId, visitorId }: Activity) => {
    const append = {
      aggregate: { type: aggregateType, id: listId },
      expectedVersion,
      events: Arr.map(events, codec.encode),
      commandId,
      metadata: { visitorId }
    }
    const time = { now: at, occurredAt: new Date(at).toISOString(), eventId, nodeId: "demo" }
    for (const event of stamp(append, payloadTexts(append), head, time)) insert.run(toRow(event, commandId))
    head += events.length
    return events.length
  }
}

/** Fills an empty log; calls `onProgress` with the number of events that are in it, every now and then and at the end. */
export const fill = <E>(
  options: Options,
  onProgress: (written: number) => Effect.Effect<void, E>
): Effect.Effect<void, StoreUnavailable | E, Sql> =>
  Effect.gen(function* () {
    const { database, transactRelaxed } = yield* Sql
    const append = appender(database, Chance.make(options.seed, eventIds).timeOrderedAt)
    const activities = simulate(options)
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
      yield* nextTurn
    }
  })
