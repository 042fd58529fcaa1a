import { join } from "node:path"
import { describe, expect, it } from "@effect/vitest"
import Database from "better-sqlite3"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Fiber from "effect/Fiber"
import * as Option from "effect/Option"
import { EventStore } from "../../../src/layers/eventStore/EventStore.ts"
import { Settings } from "../../../src/layers/node/Settings.ts"
import { Sql } from "../../../src/layers/sqlite/Sql.ts"
import { append, event, inMemory, sqlite } from "../../support.ts"
import { all, eventStoreContract } from "./eventStoreContract.ts"

eventStoreContract("EventStoreBackend.layer", sqlite)
eventStoreContract("EventStoreBackend.layerMemory", inMemory)

describe("SQLite event store", () => {
  it.live("fails a faulty command alone and stores the others of its transaction", () =>
    Effect.gen(function* () {
      const store = yield* EventStore
      const { database } = yield* Sql
      database.exec(`CREATE TRIGGER poison BEFORE INSERT ON events WHEN NEW.event_type = 'Poison'
        BEGIN SELECT RAISE(ABORT, 'poison'); END`)
      const results = yield* Effect.forEach(
        ["One", "Poison", "Two"],
        (type) => Effect.either(store.append(append(type, 0, { events: [event(type)] }))),
        { concurrency: "unbounded" }
      )
      expect(results.map(Either.isRight)).toEqual([true, false, true])
      expect((yield* all).map((it) => [it.sequence, it.eventType])).toEqual([
        [1, "One"],
        [2, "Two"]
      ])
    }).pipe(Effect.provide(sqlite()), Effect.scoped)
  )

  it.live("stores all waiting commands in one transaction and acknowledges none before COMMIT", () =>
    Effect.gen(function* () {
      const store = yield* EventStore
      const { dataDir } = yield* Settings
      const other = new Database(join(dataDir, "evenstar.db"), { readonly: true })
      const seen = other.prepare("SELECT COUNT(*) FROM events WHERE aggregate_id = ?").pluck()
      const commits = new Set<unknown>()
      yield* Effect.forEach(
        Array.from({ length: 64 }, (_, i) => `${i}`),
        (id) =>
          Effect.tap(store.append(append(id, 0)), () =>
            Effect.sync(() => {
              // Visible to another connection when the first command is acknowledged.
              expect(seen.get(id)).toBe(1)
              commits.add(other.pragma("data_version", { simple: true }))
            })
          ),
        { concurrency: "unbounded" }
      )
      expect(commits.size).toBe(1)
      other.close()
    }).pipe(Effect.provide(sqlite()), Effect.scoped)
  )

  it.live("refuses to change or delete events, with full durability on every connection", () =>
    Effect.gen(function* () {
      const store = yield* EventStore
      const { read, write } = yield* Sql
      yield* store.append(append("a", 0))
      for (const statement of [`UPDATE events SET version = 2`, `DELETE FROM events`]) {
        const error = yield* Effect.flip(write.unsafe(statement))
        expect(String(error.cause)).toContain("events are immutable")
      }
      expect(yield* Effect.flip(read`INSERT INTO log VALUES ('x')`)).toMatchObject({ _tag: "SqlError" })
      for (const sql of [read, write]) {
        expect(yield* sql`PRAGMA synchronous`).toEqual([{ synchronous: 2 }])
        expect(yield* sql`PRAGMA journal_mode`).toEqual([{ journal_mode: "wal" }])
        expect(yield* sql`PRAGMA foreign_keys`).toEqual([{ foreign_keys: 1 }])
      }
    }).pipe(Effect.provide(sqlite()), Effect.scoped)
  )

  it.live("waits for another process's lock without blocking the event loop", () =>
    Effect.gen(function* () {
      const store = yield* EventStore
      const { dataDir } = yield* Settings
      const other = new Database(join(dataDir, "evenstar.db"))
      other.exec("BEGIN IMMEDIATE")
      const fiber = yield* Effect.fork(store.append(append("a", 0)))
      // The event loop turns while the append waits, which a wait inside SQLite would prevent.
      for (let turn = 0; turn < 100; turn++)
        yield* Effect.async<void>((resume) => void setImmediate(() => resume(Effect.void)))
      expect(yield* store.head).toBe(0)
      expect(yield* Fiber.poll(fiber)).toEqual(Option.none())
      other.exec("ROLLBACK")
      other.close()
      expect((yield* Fiber.join(fiber)).sequence).toBe(1)
    }).pipe(Effect.provide(sqlite()), Effect.scoped)
  )
})
