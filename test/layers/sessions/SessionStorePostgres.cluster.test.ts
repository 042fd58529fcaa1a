// Sessions of several nodes on one PostgreSQL: visibility of changes, and recovery of the server.
import { createHash } from "node:crypto"
import { describe, expect, it } from "@effect/vitest"
import * as Context from "effect/Context"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Schedule from "effect/Schedule"
import * as Schema from "effect/Schema"
import * as TestClock from "effect/TestClock"
import { UserId } from "../../../src/domain/Account.ts"
import { type SessionHandle, sessionKey } from "../../../src/domain/Session.ts"
import { VisitorId } from "../../../src/domain/StoredEvent.ts"
import { Ids } from "../../../src/layers/node/Ids.ts"
import { Postgres, type PostgresService } from "../../../src/layers/postgres/Postgres.ts"
import * as PostgresBackend from "../../../src/layers/postgres/PostgresBackend.ts"
import { SessionStore } from "../../../src/layers/sessions/SessionStore.ts"
import * as SessionStoreBackend from "../../../src/layers/sessions/SessionStoreBackend.ts"
import { Sql } from "../../../src/layers/sqlite/Sql.ts"
import { isSkipped, startPostgres } from "../../servers/postgres.ts"
import { postgresForFile } from "../../servers/postgresForFile.ts"
import { settings } from "../../support.ts"
import { clientOf } from "../postgres/support.ts"

const visitor = VisitorId.make("6f9619ff-8b86-4d01-b42d-00cf4fc964ff")
const alice = UserId.make("8f9619ff-8b86-4d01-b42d-00cf4fc964ff")
const visits = sessionKey("test/visits", Schema.Number)
const increment = Option.match({ onNone: () => Option.some(1), onSome: (n: number) => Option.some(n + 1) })
const days = (n: number) => Duration.toMillis(Duration.days(n))

/** A node on a database: its store and its connections. */
const node = Effect.fnUntraced(function* (
  DATABASE_URL: string,
  around: (service: PostgresService) => PostgresService = (service) => service
) {
  const config = settings({ DATABASE_URL })
  const postgres = Layer.effect(Postgres, Effect.map(Postgres, Option.map(around))).pipe(
    Layer.provide(PostgresBackend.layer)
  )
  const context = yield* Layer.build(
    SessionStoreBackend.layer.pipe(
      Layer.provide([Sql.layer, Ids.layer]),
      Layer.provideMerge(postgres),
      Layer.provide(config)
    )
  )
  const sql = yield* clientOf(DATABASE_URL)
  yield* sql`INSERT INTO users VALUES (${alice}, 0) ON CONFLICT DO NOTHING`
  return { store: Context.get(context, SessionStore), sql }
})

/** Polls until a condition holds; returns the elapsed milliseconds of real time. */
const until = <E, R>(isSo: Effect.Effect<boolean, E, R>) =>
  Effect.timed(
    Effect.repeat(isSo, { until: (so) => so, schedule: Schedule.spaced("20 millis") }).pipe(
      Effect.timeout("15 seconds")
    )
  ).pipe(Effect.map(([took]) => Duration.toMillis(took)))

const listening = (store: typeof SessionStore.Service) =>
  Effect.gen(function* () {
    const told: Array<SessionHandle> = []
    yield* store.onEnd((handle) => told.push(handle))
    return told
  })

describe.skipIf(isSkipped)("sessions of several nodes", () => {
  const { database } = postgresForFile()

  it.scopedLive("are visible to each node immediately", () =>
    Effect.gen(function* () {
      const url = yield* Effect.promise(database)
      const [{ store: here }, { store: there }] = [yield* node(url), yield* node(url)]
      const { id, session } = yield* here.create(visitor, "")
      expect(yield* there.get(id)).toEqual(Option.some(session))
      yield* there.update(id, visits, increment)
      expect(yield* here.read(id, visits)).toEqual(Option.some(1))
      const renewed = yield* there.renew(id, { userId: alice, visitorId: visitor })
      expect(yield* here.get(id)).toEqual(Option.none())
      expect(yield* here.get(renewed.id)).toEqual(Option.some(renewed.session))
      expect(yield* here.deleteForUser(alice, renewed.session.handle)).toBe(true)
      expect(yield* there.get(renewed.id)).toEqual(Option.none())
      expect(yield* there.listForUser(alice)).toEqual([])
    })
  )

  it.scopedLive("keep concurrent changes of a key from several nodes, and are renewed once", () =>
    Effect.gen(function* () {
      const url = yield* Effect.promise(database)
      const stores = [yield* node(url), yield* node(url), yield* node(url)].map(({ store }) => store)
      const [first] = stores
      if (first === undefined) return expect.fail()
      const { id } = yield* first.create(visitor, "")
      const changes = stores.flatMap((store) => Array.from({ length: 50 }, () => store.update(id, visits, increment)))
      const before = yield* Effect.all(changes, { concurrency: "unbounded" })
      expect(before.map(Option.getOrElse(() => 0)).sort((a, b) => a - b)).toEqual(
        Array.from({ length: 150 }, (_, n) => n)
      )
      const renewals = stores.flatMap((store) => Array.from({ length: 5 }, () => store.renew(id)))
      const [failures, [renewed]] = yield* Effect.partition(renewals, (it) => it, { concurrency: "unbounded" })
      expect(failures.map(({ _tag }) => _tag)).toEqual(Array.from({ length: 14 }, () => "SessionNotFound"))
      if (renewed === undefined) return expect.fail()
      expect(yield* first.read(renewed.id, visits)).toEqual(Option.some(150))
    })
  )

  it.scopedLive("are reported as ended to other nodes within a second, once", () =>
    Effect.gen(function* () {
      const url = yield* Effect.promise(database)
      const [{ store: here }, { store: there }] = [yield* node(url), yield* node(url)]
      const [toldHere, toldThere] = [yield* listening(here), yield* listening(there)]
      const signIn = Effect.flatMap(here.create(visitor, ""), ({ id }) =>
        here.renew(id, { userId: alice, visitorId: visitor })
      )
      const made = [yield* signIn, yield* signIn, yield* signIn, yield* signIn]
      const handles = made.map(({ session }) => session.handle)
      const [first, second] = made
      if (first === undefined || second === undefined) return expect.fail()
      yield* here.delete(first.id)
      expect(toldHere).toEqual([first.session.handle])
      expect(yield* until(Effect.sync(() => toldThere.length === 1))).toBeLessThan(1000)
      expect(yield* there.deleteForUser(alice, second.session.handle)).toBe(true)
      expect(yield* here.deleteAllForUser(alice)).toBe(2)
      expect(yield* until(Effect.sync(() => toldThere.length === 4 && toldHere.length === 4))).toBeLessThan(1000)
      // A few more polls.
      yield* Effect.sleep("1 second")
      expect([...toldHere].sort()).toEqual([...handles].sort())
      expect([...toldThere].sort()).toEqual([...handles].sort())
    })
  )

  it.scopedLive("are reported as ended even if the transaction started first and commits last", () =>
    Effect.gen(function* () {
      const url = yield* Effect.promise(database)
      const { sql, store: here } = yield* node(url)
      const { store: there } = yield* node(url)
      const told = yield* listening(there)
      const { id, session } = yield* here.create(visitor, "")
      yield* sql.withTransaction(
        Effect.gen(function* () {
          yield* sql`INSERT INTO ended_sessions (handle) VALUES ('late')`
          yield* here.delete(id)
          yield* until(Effect.sync(() => told.length === 1))
          // Polls that cannot see it yet.
          yield* Effect.sleep("1 second")
        })
      )
      yield* until(Effect.sync(() => told.length === 2))
      expect(told).toEqual([session.handle, "late"])
    })
  )

  it.scopedLive("are read concurrently with few statements", () =>
    Effect.gen(function* () {
      let asked = 0
      const { store } = yield* node(yield* Effect.promise(database), (service) => ({
        ...service,
        query: (statement, values) => {
          if (statement.name === "session-find") asked++
          return service.query(statement, values)
        }
      }))
      const made = yield* Effect.all(Array.from({ length: 20 }, () => store.create(visitor, "")))
      asked = 0
      const many = Array.from({ length: 1000 }, (_, n) => made[n % made.length]).flatMap((it) => it ?? [])
      const found = yield* Effect.forEach(many, ({ id }) => store.get(id), { concurrency: "unbounded" })
      expect(found).toEqual(many.map(({ session }) => Option.some(session)))
      expect(asked).toBeLessThanOrEqual(5)
    })
  )

  it.scoped("are touched with one delayed statement that never moves time back and waits for no lock", () =>
    Effect.gen(function* () {
      let written = 0
      const url = yield* Effect.promise(database)
      const { sql, store } = yield* node(url, (service) => ({
        ...service,
        query: (statement, values) => {
          if (statement.name === "session-touch") written++
          return service.query(statement, values)
        }
      }))
      const other = yield* node(url)
      const made = yield* Effect.all(Array.from({ length: 50 }, () => store.create(visitor, "")))
      const [locked, newer] = made
      if (locked === undefined || newer === undefined) return expect.fail()
      const usedAt = Effect.map(
        sql<{ at: number }>`SELECT last_accessed AS at FROM sessions ORDER BY last_accessed`,
        (rows) => rows.map(({ at }) => at)
      )
      yield* TestClock.adjust("2 minutes")
      yield* sql`UPDATE sessions SET last_accessed = 150000 WHERE handle = ${newer.session.handle}`
      yield* Effect.forEach(made, ({ id, session }) => store.touch(id, session))
      yield* other.sql.withTransaction(
        Effect.gen(function* () {
          yield* other.sql`SELECT 1 FROM sessions WHERE handle = ${locked.session.handle} FOR UPDATE`
          yield* TestClock.adjust("1 second")
          while ((yield* usedAt).filter((at) => at === 120_000).length < 48) yield* Effect.yieldNow()
        })
      )
      expect(written).toBe(1)
      expect(yield* usedAt).toEqual([0, ...Array.from({ length: 48 }, () => 120_000), 150_000])
    })
  )

  it.scoped("are deleted in batches by a cleanup, exactly the expired ones", () =>
    Effect.gen(function* () {
      const { sql, store } = yield* node(yield* Effect.promise(database))
      const now = days(100)
      yield* TestClock.setTime(now)
      yield* sql`INSERT INTO sessions (id_hash, handle, visitor_id, device, data, created_at, last_accessed, expires_at)
        SELECT sha256(n::text::bytea), 'h' || n, ${visitor}, '', '{}', created, used, ends
        FROM generate_series(1, 5000) AS n CROSS JOIN LATERAL (VALUES
          (0, ${days(99)}::bigint, ${days(99)}::bigint, ${now}::bigint), (1, ${days(99)}, ${days(70)}, ${now + 1}),
          (2, ${days(10)}, ${days(99)}, ${now + 1}), (3, ${days(10) + 1}, ${days(70) + 1}, ${now + 1}),
          (4, ${days(10) + 1}, ${days(70) + 1}, ${now + 1})) AS times (kind, created, used, ends)
        WHERE kind = n % 5`
      expect(yield* store.cleanupExpired).toBe(3000)
      expect(yield* store.kept).toBe(2000)
      expect(yield* sql`SELECT count(*)::integer AS n FROM sessions WHERE expires_at > ${now}`).toEqual([{ n: 2000 }])
      expect(yield* store.cleanupExpired).toBe(0)
    })
  )

  it.scopedLive("store the SHA-256 of an id and nothing else of it", () =>
    Effect.gen(function* () {
      const { sql, store } = yield* node(yield* Effect.promise(database))
      const { id, session } = yield* store.create(visitor, "")
      yield* store.update(id, visits, increment)
      expect(yield* sql`SELECT encode(id_hash, 'hex') AS hash, handle, data FROM sessions`).toEqual([
        {
          hash: createHash("sha256").update(id).digest("hex"),
          handle: session.handle,
          data: { "test/visits": "1" }
        }
      ])
    })
  )

  it.scopedLive("accept any text as a key, also what jsonb cannot hold", () =>
    Effect.gen(function* () {
      const { store } = yield* node(yield* Effect.promise(database))
      const { id } = yield* store.create(visitor, "")
      const words = sessionKey("test/words", Schema.String)
      for (const text of ["\0", "\ud800", "a\u0000b\uffff"]) {
        yield* store.update(id, words, () => Option.some(text))
        expect(yield* store.read(id, words)).toEqual(Option.some(text))
      }
    })
  )

  it.scopedLive("fail during a crash and recover afterwards, notifications included", () =>
    Effect.gen(function* () {
      const server = yield* Effect.acquireRelease(
        Effect.promise(() => startPostgres()),
        (server) => Effect.promise(() => server.stop())
      )
      const [{ store: here }, { store: there }] = [yield* node(server.url), yield* node(server.url)]
      const told = yield* listening(there)
      const { id, session } = yield* here.create(visitor, "")
      const { id: ends, session: ended } = yield* here.create(visitor, "")
      const connections = Effect.map(
        Effect.promise(() =>
          server.query("SELECT count(*)::integer AS n FROM pg_stat_activity WHERE application_name = 'evenstar'")
        ),
        (rows) => Object(rows[0]).n
      )
      for (let crash = 0; crash < 3; crash++) {
        // Some calls are in progress at the crash.
        const underWay = yield* Effect.fork(
          Effect.partition(Array.from({ length: 200 }), () => here.update(id, visits, increment), { concurrency: 20 })
        )
        yield* Effect.promise(() => server.end("immediate"))
        const failures = yield* Effect.all([
          Effect.flip(here.get(id)),
          Effect.flip(here.create(visitor, "")),
          Effect.flip(here.update(id, visits, increment)),
          Effect.flip(here.renew(id)),
          Effect.flip(here.delete(id))
        ])
        expect(failures.map(({ _tag }) => _tag)).toEqual(failures.map(() => "StoreUnavailable"))
        const [lost] = yield* underWay
        expect(new Set(lost.map(({ _tag }) => _tag))).toEqual(new Set(lost.length > 0 ? ["StoreUnavailable"] : []))
        yield* Effect.promise(() => server.start())
        yield* until(Effect.map(Effect.option(there.get(id)), Option.isSome))
        expect(Option.map(yield* here.get(id), ({ handle }) => handle)).toEqual(Option.some(session.handle))
        yield* here.update(id, visits, increment)
      }
      yield* here.delete(ends)
      expect(yield* until(Effect.sync(() => told.includes(ended.handle)))).toBeLessThan(1000)
      expect(yield* connections).toBeLessThanOrEqual(20)
    })
  )
})
