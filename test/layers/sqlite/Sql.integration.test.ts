// Startup beside another process that holds the database lock.
import { join } from "node:path"
import { describe, expect, it } from "@effect/vitest"
import Database from "better-sqlite3"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as TestClock from "effect/TestClock"
import { Settings } from "../../../src/layers/node/Settings.ts"
import { Postgres } from "../../../src/layers/postgres/Postgres.ts"
import { newestMigration } from "../../../src/layers/sqlite/migrations.ts"
import { Sql } from "../../../src/layers/sqlite/Sql.ts"
import { settings } from "../../support.ts"

const file = Effect.map(Settings, ({ dataDir }) => join(dataDir, "evenstar.db"))

/** Another process's transaction; the returned effect ends it. */
const locked = Effect.gen(function* () {
  const path = yield* file
  const other = yield* Effect.acquireRelease(
    Effect.sync(() => new Database(path, { timeout: 0 })),
    (database) => Effect.sync(() => database.close())
  )
  yield* Effect.sync(() => other.exec("PRAGMA journal_mode = WAL; BEGIN IMMEDIATE"))
  return Effect.sync(() => other.exec("COMMIT"))
})

/** Starts and runs everything up to the first wait. */
const starting = Effect.gen(function* () {
  const { read } = yield* Sql
  const rows = yield* read`SELECT max(migration_id) AS newest FROM effect_sql_migrations`
  return rows[0]
}).pipe(
  Effect.provide(Layer.provide(Sql.layer, Postgres.layerNone)),
  Effect.exit,
  Effect.fork,
  Effect.tap(TestClock.adjust("1 millis"))
)

const started = Exit.succeed({ newest: newestMigration })

describe("startup", () => {
  it.scoped("takes no lock without pending migrations", () =>
    Effect.gen(function* () {
      expect(yield* Effect.flatMap(starting, Fiber.join)).toEqual(started)
      const unlock = yield* locked
      const second = yield* starting
      yield* TestClock.adjust("10 seconds")
      expect(yield* Fiber.join(second)).toEqual(started)
      yield* unlock
    }).pipe(Effect.provide(settings()))
  )

  it.scoped("waits for another process's migrations, longer than for other locks", () =>
    Effect.gen(function* () {
      const unlock = yield* locked
      const second = yield* starting
      yield* TestClock.adjust("8 seconds")
      yield* unlock
      yield* TestClock.adjust("1 seconds")
      expect(yield* Fiber.join(second)).toEqual(started)
    }).pipe(Effect.provide(settings()))
  )
})

describe("WAL", () => {
  it.scoped("is truncated after a long reader that let it grow has ended", () =>
    Effect.gen(function* () {
      const { checkpoint, database, transact, walBytes } = yield* Sql
      const reader = new Database(yield* file, { readonly: true })
      reader.exec("BEGIN")
      reader.prepare("SELECT count(*) FROM events").get()
      yield* transact(() => database.exec("CREATE TABLE filler (bytes BLOB)"))
      for (let i = 0; i < 6; i++) {
        yield* transact(() => database.exec("INSERT INTO filler VALUES (randomblob(8000000))"))
      }
      yield* checkpoint
      expect(yield* walBytes).toBeGreaterThan(40_000_000)
      reader.close()
      yield* checkpoint
      yield* transact(() => database.exec("INSERT INTO filler VALUES (x'00')"))
      expect(yield* walBytes).toBeLessThanOrEqual(16 * 1024 * 1024)
    }).pipe(Effect.provide(Layer.provide(Sql.layer, Postgres.layerNone)), Effect.provide(settings()))
  )
})
