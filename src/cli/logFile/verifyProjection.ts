// Verifies a projection: replays the log into a scratch database (SQLite spills it to a temporary
// file when it is large) and compares the two sets of rows.
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
import { attemptOn, type FileFailed } from "./durableFiles.ts"
import { hasObject, type LogFile } from "./LogFile.ts"

/** The migration that introduced the tables read here. */
const introducedBy = 5

export interface ProjectionReplay {
  readonly apply: (event: StoredEvent) => Effect.Effect<void>
  /** Call when the whole log has been replayed. */
  readonly compare: (differences: BoundedMessages) => Effect.Effect<void, FileFailed | SqlError>
}

const nothing: ProjectionReplay = { apply: () => Effect.void, compare: () => Effect.void }

const quoted = (name: string) => `"${name.replaceAll('"', '""')}"`

/** Names a row by its key only: the other columns may be long or private. */
const describeRow = (columns: ReadonlyArray<string>, row: ReadonlyArray<unknown>) =>
  columns.map((column, index) => `${column} ${row[index]}`).join(", ")
const isRow = (row: unknown): row is ReadonlyArray<unknown> => Array.isArray(row)

export const replayProjection =
  <Event extends Tagged>(projection: Projection<Event>) =>
  (log: LogFile, scratch: SqliteWriter): Effect.Effect<ProjectionReplay, FileFailed | SqlError, Scope.Scope> =>
    Effect.gen(function* () {
      const { aggregateType, apply, codec, create, eventTypes, name, version } = projection
      const { database, file, head, logId, schema } = log
      if (schema < introducedBy) return nothing
      const found = yield* attemptOn(file, () =>
        database
          .prepare("SELECT cursor FROM projections WHERE name = ? AND version = ? AND log_id = ?")
          .pluck()
          .get(name, version, logId)
      )
      // Absent, of another version, or of the log before a restore: the server rebuilds it.
      if (found === undefined) return nothing
      const cursor = Number(found)
      const table = buildTable(projection)
      const describe = (words: string) => `Projection ${name}: ${words}`
      if (!hasObject(database, "table", table)) {
        return { ...nothing, compare: (it) => Effect.sync(() => it.add(describe(`its table ${table} is missing`))) }
      }
      yield* create(scratch.sql, table)
      const filter = { aggregateType, eventTypes }
      let failure: string | undefined

      const replayEvent = (stored: StoredEvent) => {
        if (stored.sequence > cursor || failure !== undefined || !matches(filter, stored)) return Effect.void
        const event = codec.decode(stored)
        // `verifyLog` reports an event that can't be decoded.
        if (Either.isLeft(event)) return Effect.void
        return Effect.catchAll(apply(scratch.execute, table, event.right, stored), (error) =>
          Effect.sync(() => {
            failure = describe(`it can't apply event ${stored.sequence}: ${storeUnavailable(error).reason}`)
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
          return differences.add(describe(`its table ${table} has different columns`))
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
          for (const row of found)
            if (isRow(row)) differences.add(describe(`the row of ${describeRow(key, row)} ${words}`))
        }
        tell("differs from the log", kept, replayed, "EXISTS")
        tell("is not from the log", kept, replayed, "NOT EXISTS")
        tell("is missing", replayed, kept, "NOT EXISTS")
      }

      return {
        apply: replayEvent,
        compare: (differences) => {
          if (cursor > head) differences.add(describe(`its checkpoint is ${cursor}, but the log ends at ${head}`))
          if (failure !== undefined) return Effect.sync(() => differences.add(failure ?? ""))
          return attemptOn(file, () => compareRows(differences))
        }
      }
    })
