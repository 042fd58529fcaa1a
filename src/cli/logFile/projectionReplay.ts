// Whether a projection's rows are what the log gives: it is replayed into a database of its own, which goes to a temporary file where
// it is large, and the two sets of rows are compared there.
import type { SqlError } from "@effect/sql/SqlError"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import type * as Scope from "effect/Scope"
import { matches, type StoredEvent } from "../../domain/StoredEvent.ts"
import { buildTable } from "../../layers/projections/ProjectionBuilds.ts"
import type { Projection, Tagged } from "../../layers/projections/ProjectionRunner.ts"
import { storeUnavailable } from "../../layers/sqlite/SqlErrors.ts"
import type { SqliteWriter } from "../../layers/sqlite/SqliteWriter.ts"
import type { BoundedMessages } from "../../lib/BoundedMessages.ts"
import { attempt, type FileFailed } from "./files.ts"
import { has, type LogFile } from "./LogFile.ts"

/** The migration since which a projection has the tables that are looked for here. */
const since = 5

export interface Replay {
  readonly take: (event: StoredEvent) => Effect.Effect<void>
  /** To be asked when it has taken the whole log. */
  readonly compare: (differences: BoundedMessages) => Effect.Effect<void, FileFailed | SqlError>
}

const nothing: Replay = { take: () => Effect.void, compare: () => Effect.void }

const quoted = (name: string) => `"${name.replaceAll('"', '""')}"`

/** A row named by its key: what else is in it may be long, and somebody's. */
const named = (columns: ReadonlyArray<string>, row: ReadonlyArray<unknown>) =>
  columns.map((column, index) => `${column} ${row[index]}`).join(", ")
const isRow = (row: unknown): row is ReadonlyArray<unknown> => Array.isArray(row)

export const replaying =
  <Event extends Tagged>(projection: Projection<Event>) =>
  (log: LogFile, scratch: SqliteWriter): Effect.Effect<Replay, FileFailed | SqlError, Scope.Scope> =>
    Effect.gen(function* () {
      const { aggregateType, apply, codec, create, eventTypes, name, version } = projection
      const { database, file, head, logId, schema } = log
      if (schema < since) return nothing
      const found = yield* attempt(file, () =>
        database
          .prepare("SELECT cursor FROM projections WHERE name = ? AND version = ? AND log_id = ?")
          .pluck()
          .get(name, version, logId)
      )
      // None yet, or of another version, or of the log that this was before a restore: it will be made anew.
      if (found === undefined) return nothing
      const cursor = Number(found)
      const table = buildTable(projection)
      const about = (words: string) => `Projection ${name}: ${words}`
      if (!has(database, "table", table)) {
        return { ...nothing, compare: (it) => Effect.sync(() => it.add(about(`its table ${table} is missing`))) }
      }
      yield* create(scratch.sql, table)
      const filter = { aggregateType, eventTypes }
      let failure: string | undefined

      const take = (stored: StoredEvent) => {
        if (stored.sequence > cursor || failure !== undefined || !matches(filter, stored)) return Effect.void
        const event = codec.decode(stored)
        // That it can't be read is said of the event itself.
        if (Either.isLeft(event)) return Effect.void
        return Effect.catchAll(apply(scratch.execute, table, event.right, stored), (error) =>
          Effect.sync(() => {
            failure = about(`it can't take event ${stored.sequence}: ${storeUnavailable(error).reason}`)
          })
        )
      }

      const columnsOf = (from: LogFile["database"]) => from.prepare(`SELECT * FROM ${quoted(table)}`).columns()
      const keysOf = () =>
        scratch.database.prepare("SELECT name FROM pragma_table_info(?) WHERE pk > 0 ORDER BY pk").pluck().all(table)

      const compareRows = (differences: BoundedMessages) => {
        const columns = columnsOf(scratch.database).map(({ name }) => name)
        if (
          columns.join() !==
          columnsOf(database)
            .map(({ name }) => name)
            .join()
        ) {
          return differences.add(about(`its table ${table} has other columns`))
        }
        const kept = quoted(`${table} as kept`)
        const replayed = quoted(table)
        scratch.database.exec(`CREATE TABLE ${kept} AS SELECT * FROM ${replayed} WHERE 0`)
        const insert = scratch.database.prepare(`INSERT INTO ${kept} VALUES (${columns.map(() => "?").join(", ")})`)
        const rows = database.prepare(`SELECT * FROM ${replayed}`).raw().safeIntegers().iterate()
        for (const row of rows) if (isRow(row)) insert.run(...row)

        const keys = keysOf().map(String)
        const key = keys.length > 0 ? keys : columns
        const names = key.map(quoted).join(", ")
        const isSame = key.map((column) => `theirs.${quoted(column)} IS mine.${quoted(column)}`).join(" AND ")
        const tell = (words: string, from: string, other: string, condition: string) => {
          const found = scratch.database
            .prepare(
              `SELECT ${names} FROM (SELECT * FROM ${from} EXCEPT SELECT * FROM ${other}) AS mine
                WHERE ${condition} (SELECT 1 FROM ${other} AS theirs WHERE ${isSame})`
            )
            .raw()
            .iterate()
          for (const row of found) if (isRow(row)) differences.add(about(`the row of ${named(key, row)} ${words}`))
        }
        tell("differs from the log", kept, replayed, "EXISTS")
        tell("is not from the log", kept, replayed, "NOT EXISTS")
        tell("is missing", replayed, kept, "NOT EXISTS")
      }

      return {
        take,
        compare: (differences) => {
          if (cursor > head) differences.add(about(`its cursor is at ${cursor}, and the log ends at ${head}`))
          if (failure !== undefined) return Effect.sync(() => differences.add(failure ?? ""))
          return attempt(file, () => compareRows(differences))
        }
      }
    })
