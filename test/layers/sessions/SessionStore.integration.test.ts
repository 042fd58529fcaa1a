// SQLite sessions: the contract, and the contents of the table.
import { createHash, randomBytes } from "node:crypto"
import { readFileSync } from "node:fs"
import { join } from "node:path"
import { layer as reactivityLayer } from "@effect/experimental/Reactivity"
import * as Migrator from "@effect/sql/Migrator"
import { SqlClient } from "@effect/sql/SqlClient"
import { describe, expect, it } from "@effect/vitest"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import * as Scope from "effect/Scope"
import * as TestClock from "effect/TestClock"
import { SessionId, sessionKey } from "../../../src/domain/Session.ts"
import { StoreUnavailable } from "../../../src/domain/StoredEvent.ts"
import { SessionStore } from "../../../src/layers/sessions/SessionStore.ts"
import { migrations } from "../../../src/layers/sqlite/migrations.ts"
import { Sql } from "../../../src/layers/sqlite/Sql.ts"
import * as SqliteWriter from "../../../src/layers/sqlite/SqliteWriter.ts"
import { yieldToEventLoop } from "../../../src/lib/eventLoop.ts"
import { temporaryDirectory } from "../../support.ts"
import {
  alice,
  color,
  days,
  device,
  increment,
  type Overrides,
  other,
  sqlite,
  visitor,
  visits
} from "./sessionFixtures.ts"
import { sessionStoreContract } from "./sessionStoreContract.ts"

sessionStoreContract("SessionStoreBackend.layer", sqlite, 15)

const count = Effect.flatMap(Sql, ({ read }) =>
  Effect.map(read<{ n: number }>`SELECT COUNT(*) AS n FROM sessions`, ([row]) => row?.n)
)

/** Waits some turns of the event loop until the condition holds. */
const eventually = <R>(isSo: Effect.Effect<boolean, unknown, R>) =>
  Effect.repeat(Effect.zipRight(yieldToEventLoop, Effect.orDie(isSo)), { until: (so) => so })

describe("sessions table", () => {
  /** Every byte that SQLite has written. */
  const files = (directory: string) =>
    Buffer.concat(["evenstar.db", "evenstar.db-wal"].map((name) => readFileSync(join(directory, name))))

  it.scoped("contains only the SHA-256 of an id after any operation", () =>
    Effect.gen(function* () {
      const DATA_DIR = yield* temporaryDirectory
      yield* Effect.gen(function* () {
        const store = yield* SessionStore
        const { read } = yield* Sql
        const first = yield* store.create(visitor, device)
        yield* store.update(first.id, color, () => Option.some("red"))
        yield* TestClock.adjust("1 hour")
        yield* store.touch(first.id, first.session)
        yield* TestClock.adjust("1 second")
        const second = yield* store.renew(first.id, { userId: alice, visitorId: other })
        yield* store.update(second.id, visits, increment)
        expect(yield* read`SELECT hex(id_hash) AS hash, data FROM sessions`).toEqual([
          {
            hash: createHash("sha256").update(second.id).digest("hex").toUpperCase(),
            data: '{"test/color":"red","test/visits":1}'
          }
        ])
        const bytes = files(DATA_DIR)
        expect(bytes.includes(second.session.handle)).toBe(true)
        for (const { id } of [first, second]) {
          expect(bytes.includes(id)).toBe(false)
          expect(bytes.includes(Buffer.from(id, "base64url"))).toBe(false)
        }
      }).pipe(Effect.provide(sqlite({ DATA_DIR })))
    })
  )

  it.scoped("is cleaned by a background fiber", () =>
    Effect.gen(function* () {
      const store = yield* SessionStore
      yield* store.create(visitor, device)
      yield* TestClock.adjust("30 days")
      yield* eventually(Effect.map(count, (n) => n === 0))
    }).pipe(Effect.provide(sqlite({ SESSION_CLEANUP_INTERVAL: "10 days" })))
  )

  it.scoped("applies shorter lifetimes immediately and longer ones at the next use", () =>
    Effect.gen(function* () {
      const DATA_DIR = yield* temporaryDirectory
      const open = (overrides: Overrides) =>
        Effect.map(Layer.build(sqlite({ DATA_DIR, ...overrides })), (context) => Context.get(context, SessionStore))
      const store = yield* open({})
      const longer = yield* open({ SESSION_TTL: "60 days" })
      // Opening a store deletes expired sessions: all are created before.
      const shorter = yield* open({ SESSION_TTL: "3 days" })
      const shortest = yield* open({ SESSION_TTL: "2 days" })
      const shortestOfAll = yield* open({ SESSION_ABSOLUTE_TTL: "2 days" })
      const { id, session } = yield* store.create(visitor, device)
      yield* TestClock.adjust("2 days")
      expect(yield* shortest.get(id)).toEqual(Option.none())
      expect(yield* shortestOfAll.get(id)).toEqual(Option.none())
      expect(yield* shorter.get(id)).toEqual(Option.some({ ...session, expiresAt: days(3) }))
      expect(yield* longer.get(id)).toEqual(Option.some(session))
      yield* longer.touch(id, session)
      expect(Option.getOrThrow(yield* longer.get(id)).expiresAt).toBe(days(62))
      expect(yield* shortest.cleanupExpired).toBe(1)
    })
  )

  it.scoped("is read again after another process has changed it", () =>
    Effect.gen(function* () {
      const DATA_DIR = yield* temporaryDirectory
      const open = Effect.map(Layer.build(sqlite({ DATA_DIR })), (context) => Context.get(context, SessionStore))
      const here = yield* open
      const there = yield* open
      const { id, session } = yield* here.create(visitor, device)
      expect(yield* here.get(id)).toEqual(Option.some(session))
      const renewed = yield* there.renew(id, { userId: alice, visitorId: other })
      yield* eventually(Effect.map(here.get(id), Option.isNone))
      expect(yield* here.get(renewed.id)).toEqual(Option.some(renewed.session))
      yield* there.deleteAllForUser(alice)
      yield* eventually(Effect.map(here.get(renewed.id), Option.isNone))
    })
  )

  it.scoped("gets one write for many touches, a second later", () =>
    Effect.gen(function* () {
      const store = yield* SessionStore
      const { read, write } = yield* Sql
      yield* write`CREATE TABLE written (at INTEGER, expires INTEGER)`
      yield* write`CREATE TRIGGER watch AFTER UPDATE ON sessions
        BEGIN INSERT INTO written VALUES (new.last_accessed, new.expires_at); END`
      const { id, session } = yield* store.create(visitor, device)
      const written = read`SELECT * FROM written`
      yield* TestClock.adjust("2 minutes")
      expect(yield* store.touch(id, session)).toBe(true)
      expect(yield* store.touch(id, session)).toBe(false)
      yield* TestClock.adjust("999 millis")
      expect(yield* written).toEqual([])
      yield* TestClock.adjust("1 millis")
      const once = [{ at: 120_000, expires: 120_000 + days(30) }]
      expect(yield* written).toEqual(once)
      // A store that has read it before the touch.
      yield* store.touch(id, session)
      yield* TestClock.adjust("10 seconds")
      expect(yield* written).toEqual(once)
    }).pipe(Effect.provide(sqlite()))
  )

  it.scoped("gets thousands of touches in batches", () =>
    Effect.gen(function* () {
      const store = yield* SessionStore
      const { database, read, transact } = yield* Sql
      const now = days(1)
      yield* TestClock.setTime(now)
      const made = yield* insertMany(3000, () => [0, 0, days(30)])
      const ids = made.map(({ id }) => id)
      for (const id of ids) expect(yield* store.touch(id, Option.getOrThrow(yield* store.get(id)))).toBe(true)
      yield* TestClock.adjust("1 second")
      yield* eventually(
        Effect.map(
          read<{ n: number }>`SELECT COUNT(*) AS n FROM sessions WHERE last_accessed = ${now}`,
          ([row]) => row?.n === 3000
        )
      )
      expect(yield* transact(() => database.pragma("synchronous", { simple: true }))).toBe(2)
    }).pipe(Effect.provide(sqlite()))
  )

  it.scoped("has the last touches when the store closes", () =>
    Effect.gen(function* () {
      const DATA_DIR = yield* temporaryDirectory
      const scope = yield* Scope.make()
      const context = yield* Scope.extend(Layer.build(sqlite({ DATA_DIR })), scope)
      const store = Context.get(context, SessionStore)
      const { id, session } = yield* store.create(visitor, device)
      yield* TestClock.adjust("1 hour")
      yield* store.touch(id, session)
      yield* Scope.close(scope, Exit.void)
      const reopened = Context.get(yield* Layer.build(sqlite({ DATA_DIR })), SessionStore)
      expect(Option.getOrThrow(yield* reopened.get(id))).toMatchObject({ lastAccessed: 3_600_000 })
    })
  )

  /** Rows of `[createdAt, lastAccessed, expiresAt]`, inserted directly. */
  const insertMany = (rows: number, times: (index: number) => readonly [number, number, number]) =>
    Effect.flatMap(Sql, ({ database, transact }) =>
      transact(() => {
        const insert = database.prepare(
          `INSERT INTO sessions (id_hash, handle, visitor_id, device, data, created_at, last_accessed, expires_at)
            VALUES (?, ?, ?, '', '{}', ?, ?, ?)`
        )
        return Array.from({ length: rows }, (_, index) => {
          const id = SessionId.make(randomBytes(32).toString("base64url"))
          const [createdAt, lastAccessed, expiresAt] = times(index)
          insert.run(createHash("sha256").update(id).digest(), `h${index}`, visitor, createdAt, lastAccessed, expiresAt)
          return { id, index }
        })
      })
    )

  it.scoped("loses exactly the expired sessions in a cleanup of any size", () =>
    Effect.gen(function* () {
      const store = yield* SessionStore
      const now = days(100)
      yield* TestClock.setTime(now)
      // Expired by stored time, idle time and absolute lifetime; and live ones.
      const expired = [
        [days(99), days(99), now],
        [days(99), days(70), now + 1],
        [days(10), days(99), now + 1]
      ] as const
      const live = [days(10) + 1, days(70) + 1, now + 1] as const
      const made = yield* insertMany(5000, (index) => expired[index % 5] ?? live)
      expect(yield* store.cleanupExpired).toBe(3000)
      expect([yield* count, yield* store.kept]).toEqual([2000, 2000])
      for (const { id, index } of made) expect(Option.isSome(yield* store.get(id))).toBe(index % 5 > 2)
      expect(yield* store.cleanupExpired).toBe(0)
    }).pipe(Effect.provide(sqlite()))
  )

  it.scoped("keeps sessions touched in time in a cleanup before their touches are written", () =>
    Effect.gen(function* () {
      const store = yield* SessionStore
      const { id, session } = yield* store.create(visitor, device)
      yield* TestClock.setTime(days(30) - 1)
      yield* store.touch(id, session)
      yield* TestClock.adjust("10 millis")
      expect(yield* store.cleanupExpired).toBe(0)
      expect(Option.isSome(yield* store.get(id))).toBe(true)
    }).pipe(Effect.provide(sqlite()))
  )

  it.scoped("migrates sessions of the previous schema", () =>
    Effect.gen(function* () {
      const DATA_DIR = yield* temporaryDirectory
      const id = SessionId.make(randomBytes(32).toString("base64url"))
      yield* Effect.gen(function* () {
        const { sql } = yield* SqliteWriter.make(join(DATA_DIR, "evenstar.db"))
        yield* sql`PRAGMA journal_mode = WAL`
        const before = Object.fromEntries(Object.entries(migrations).filter(([name]) => name < "0007"))
        yield* Effect.provideService(Migrator.make({})({ loader: Migrator.fromRecord(before) }), SqlClient, sql)
        for (const [hash, visitorId] of [
          [createHash("sha256").update(id).digest(), visitor],
          [randomBytes(32), other]
        ] as const) {
          yield* sql`INSERT INTO sessions ${sql.insert({
            id_hash: hash,
            visitor_id: visitorId,
            created_at: 1000,
            last_accessed: 2000,
            expires_at: days(30)
          })}`
        }
      }).pipe(Effect.scoped, Effect.provide(reactivityLayer))
      const context = yield* Layer.build(sqlite({ DATA_DIR }))
      const store = Context.get(context, SessionStore)
      const session = Option.getOrThrow(yield* store.get(id))
      expect(session).toEqual({
        handle: expect.stringMatching(/^[0-9a-f]{32}$/),
        visitorId: visitor,
        userId: null,
        device: "",
        createdAt: 1000,
        signedInAt: null,
        lastAccessed: 2000,
        expiresAt: days(30)
      })
      yield* store.update(id, visits, increment)
      expect(yield* store.read(id, visits)).toEqual(Option.some(1))
      const { read } = Context.get(context, Sql)
      expect(yield* read`SELECT COUNT(DISTINCT handle) AS n FROM sessions`).toEqual([{ n: 2 }])
    })
  )

  it.scoped("refuses writes while another process holds its lock, but not reads", () =>
    Effect.gen(function* () {
      const DATA_DIR = yield* temporaryDirectory
      const store = Context.get(yield* Layer.build(sqlite({ DATA_DIR })), SessionStore)
      const { id, session } = yield* store.create(visitor, device)
      const wasText = sessionKey("test/color", Schema.String)
      yield* store.update(id, wasText, () => Option.some("ultraviolet"))
      const rival = yield* Effect.provide(SqliteWriter.make(join(DATA_DIR, "evenstar.db")), reactivityLayer)
      rival.database.pragma("busy_timeout = 0")
      rival.database.exec("BEGIN IMMEDIATE")
      const waiting = yield* Effect.fork(
        Effect.all([store.read(id, color), Effect.flip(store.create(visitor, device)), Effect.flip(store.renew(id))])
      )
      yield* TestClock.adjust("1 minute")
      const [none, ...failures] = yield* waiting
      expect(none).toEqual(Option.none())
      for (const failure of failures) expect(failure).toBeInstanceOf(StoreUnavailable)
      expect(yield* store.get(id)).toEqual(Option.some(session))
      expect(yield* store.touch(id, session)).toBe(true)
      rival.database.exec("ROLLBACK")
    })
  )
})
