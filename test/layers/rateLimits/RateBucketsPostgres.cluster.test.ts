// Rate limits shared by several nodes on PostgreSQL's clock, and per node while it is unavailable.
import { describe, expect, it } from "@effect/vitest"
import * as Context from "effect/Context"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Schedule from "effect/Schedule"
import { ListNotFound } from "../../../src/features/todo/TodoList.ts"
import { Postgres, type PostgresService } from "../../../src/layers/postgres/Postgres.ts"
import * as PostgresBackend from "../../../src/layers/postgres/PostgresBackend.ts"
import { RateLimited, RateLimits } from "../../../src/layers/rateLimits/RateLimits.ts"
import * as RateLimitsBackend from "../../../src/layers/rateLimits/RateLimitsBackend.ts"
import { isSkipped, startPostgres } from "../../servers/postgres.ts"
import { postgresForFile } from "../../servers/postgresForFile.ts"
import { settings } from "../../support.ts"
import { clientOf } from "../postgres/support.ts"

const node = Effect.fnUntraced(function* (
  DATABASE_URL: string,
  limits: Record<string, string> = {},
  around: (service: PostgresService) => PostgresService = (service) => service
) {
  const postgres = Layer.effect(Postgres, Effect.map(Postgres, Option.map(around))).pipe(
    Layer.provide(PostgresBackend.layer)
  )
  const context = yield* Layer.build(
    RateLimitsBackend.layer.pipe(Layer.provideMerge(postgres), Layer.provide(settings({ DATABASE_URL, ...limits })))
  )
  const { query } = Option.getOrThrow(Context.get(context, Postgres))
  return { limits: Context.get(context, RateLimits), query, sql: yield* clientOf(DATABASE_URL) }
})

/** Number of successes among `tries`, `concurrency` at a time. */
const granted = <E>(attempts: ReadonlyArray<Effect.Effect<void, E>>, concurrency: number) =>
  Effect.map(
    Effect.forEach(attempts, (attempt) => Effect.isSuccess(attempt), { concurrency }),
    (all) => all.filter((it) => it).length
  )
const times = <A>(count: number, what: A) => Array.from({ length: count }, () => what)
const alternately = <A>(one: A, other: A, count: number) => times(count, [one, other]).flat()
const until = <E>(isSo: Effect.Effect<boolean, E>) =>
  Effect.repeat(isSo, { until: (so) => so, schedule: Schedule.spaced("20 millis") }).pipe(Effect.timeout("15 seconds"))

describe.skipIf(isSkipped)("rate limits of several nodes", () => {
  const { database } = postgresForFile()

  it.scopedLive("allow exactly the limit in total, however the attempts are distributed", () =>
    Effect.gen(function* () {
      const url = yield* Effect.promise(database)
      const [{ limits: here }, { limits: there }] = [yield* node(url), yield* node(url)]
      for (const [concurrency, who] of [
        [1, "a"],
        [7, "b"],
        [40, "c"]
      ] as const) {
        // A token is refilled after 6 seconds, or after half a second.
        expect(yield* granted(alternately(here.signIn(who), there.signIn(who), 20), concurrency)).toBe(10)
        expect((yield* Effect.flip(here.signIn(who))).retryAfter).toBeLessThanOrEqual(6)
        const [took, sessions] = yield* Effect.timed(
          granted(alternately(here.session(who), there.session(who), 130), concurrency)
        )
        expect(sessions).toBeGreaterThanOrEqual(120)
        expect(sessions).toBeLessThanOrEqual(120 + Math.ceil(Duration.toMillis(took) / 500))
      }
      expect((yield* here.refused).signIn + (yield* there.refused).signIn).toBe(3 * 31)
    })
  )

  it.scopedLive("grant a burst plus refills under flood, with few statements", () =>
    Effect.gen(function* () {
      const url = yield* Effect.promise(database)
      let statements = 0
      const counted = (service: PostgresService): PostgresService => ({
        ...service,
        query: (statement, values) => {
          if (statement.name.startsWith("rate-take")) statements++
          return service.query(statement, values)
        }
      })
      const nodes = [yield* node(url, {}, counted), yield* node(url, {}, counted), yield* node(url, {}, counted)]
      const commands = times(
        4000,
        nodes.map(({ limits }) => limits.command("a"))
      ).flat()
      const [took, total] = yield* Effect.timed(granted(commands, 64))
      expect(total).toBeGreaterThanOrEqual(6000)
      expect(total).toBeLessThanOrEqual(6000 + Math.ceil(Duration.toMillis(took) / 10))
      expect(statements).toBeLessThan(6000 / 20)
    })
  )

  it.scopedLive("refill for all nodes by the database's clock", () =>
    Effect.gen(function* () {
      const url = yield* Effect.promise(database)
      const limit = { COMMAND_RATE_LIMIT: "600" }
      const [here, there] = [yield* node(url, limit), yield* node(url, limit)]
      const now = Effect.map(
        here.sql<{ now: number }>`SELECT (extract(epoch FROM clock_timestamp()) * 1000)::float8 AS now`,
        ([row]) => row?.now ?? Number.NaN
      )
      const began = yield* now
      let total = 0
      yield* until(
        Effect.gen(function* () {
          total += yield* granted(alternately(here.limits.command("a"), there.limits.command("a"), 50), 10)
          return (yield* now) - began > 3000
        })
      )
      const elapsed = (yield* now) - began
      expect(total).toBeLessThanOrEqual(600 + elapsed / 100)
      // Refills of the last quarter second may still be in the table, and a lease on either node.
      expect(total).toBeGreaterThanOrEqual(600 + elapsed / 100 - 2 * 12 - 3)
    })
  )

  it.scopedLive("peek without consuming; count misses on all nodes and then refuse hits and misses alike", () =>
    Effect.gen(function* () {
      const url = yield* Effect.promise(database)
      const limit = { COMMAND_RATE_LIMIT: "5" }
      const [{ limits: here, sql }, { limits: there }, { limits: third }] = [
        yield* node(url, limit),
        yield* node(url, limit),
        yield* node(url, limit)
      ]
      const hit = Effect.succeed("list")
      const miss = Effect.fail(new ListNotFound())
      for (let n = 0; n < 50; n++) expect(yield* here.limitGuesses("a")(hit)).toBe("list")
      expect(yield* sql`SELECT key FROM rate_buckets`).toEqual([])
      for (const { limitGuesses: guess } of [here, there, here, there, here]) {
        expect(yield* Effect.flip(guess("a")(miss))).toEqual(new ListNotFound())
      }
      expect(yield* Effect.flip(third.limitGuesses("a")(hit))).toBeInstanceOf(RateLimited)
      // A node that assumes remaining tokens learns the count with its first miss.
      for (const { limitGuesses: guess } of [here, there]) {
        yield* Effect.ignore(guess("a")(miss))
        for (const lookup of [hit, miss]) expect(yield* Effect.flip(guess("a")(lookup))).toBeInstanceOf(RateLimited)
      }
      expect(yield* third.limitGuesses("b")(hit)).toBe("list")
    })
  )

  it.scopedLive("keep limits and keys separate, whatever the keys contain", () =>
    Effect.gen(function* () {
      const { limits } = yield* node(yield* Effect.promise(database), {
        SIGN_IN_RATE_LIMIT: "2",
        SESSION_RATE_LIMIT: "2"
      })
      for (const who of ["a", "b", "", "'", "a%_", "é", "sign-in a"]) {
        expect(yield* granted(times(3, limits.signIn(who)), 1)).toBe(2)
        expect(yield* granted(times(3, limits.session(who)), 3)).toBe(2)
      }
    })
  )

  it.scopedLive("share a command's cost beyond its first token as a debt on all nodes", () =>
    Effect.gen(function* () {
      const url = yield* Effect.promise(database)
      const few = { COMMAND_RATE_LIMIT: "10" }
      const [{ limits: here }, { limits: there }] = [yield* node(url, few), yield* node(url, few)]
      yield* here.command("session", "home")
      yield* here.charge("session", "home", 12)
      const { retryAfter } = yield* Effect.flip(there.command("session", "home"))
      expect([retryAfter > 12, retryAfter <= 24]).toEqual([true, true])
      expect(yield* granted(times(1, there.command("another", "home")), 1)).toBe(1)
      yield* here.charge("another", "home", 1000)
      expect(yield* granted(times(1, there.command("a third", "home")), 1)).toBe(0)
    })
  )

  it.scopedLive("delay at most a minute after the clock was ahead, and delete full buckets", () =>
    Effect.gen(function* () {
      const url = yield* Effect.promise(database)
      const { sql } = yield* node(url)
      yield* sql`INSERT INTO rate_buckets SELECT 'full ' || n, clock_timestamp(), 1 FROM generate_series(1, 25000) AS n`
      yield* sql`INSERT INTO rate_buckets VALUES ('sign-in a', clock_timestamp() + interval '1 day', 1)`
      yield* sql`UPDATE duties SET done_at = '-infinity' WHERE name = 'rate buckets'`
      const { limits } = yield* node(url)
      expect(yield* Effect.flip(limits.signIn("a"))).toEqual(new RateLimited({ retryAfter: 6 }))
      yield* until(Effect.map(sql`SELECT key FROM rate_buckets`, (rows) => rows.length === 1))
    })
  )

  it.scopedLive("send one request a second to a hanging database and count per node until it returns", () =>
    Effect.gen(function* () {
      const url = yield* Effect.promise(database)
      let hangs = false
      const { limits } = yield* node(url, {}, (service) => ({
        ...service,
        query: (statement, values) => Effect.suspend(() => (hangs ? Effect.never : service.query(statement, values)))
      }))
      yield* limits.signIn("a")
      hangs = true
      const [first] = yield* Effect.timed(limits.signIn("a"))
      expect(Duration.toMillis(first)).toBeLessThan(1500)
      const [others, count] = yield* Effect.timed(granted(times(100, limits.signIn("a")), 1))
      expect(count).toBe(9)
      expect(Duration.toMillis(others)).toBeLessThan(200)
      hangs = false
      // The shared bucket does not include what this node granted meanwhile.
      yield* until(Effect.isSuccess(limits.signIn("a")))
    })
  )

  it.scopedLive("fail open during a crash, which clears the buckets", () =>
    Effect.gen(function* () {
      const server = yield* Effect.acquireRelease(
        Effect.promise(() => startPostgres()),
        (server) => Effect.promise(() => server.stop())
      )
      const [{ limits: here }, { limits: there }] = [yield* node(server.url), yield* node(server.url)]
      expect(yield* granted(alternately(here.signIn("a"), there.signIn("a"), 20), 4)).toBe(10)
      yield* Effect.promise(() => server.end("immediate"))
      // Recent refusals are still cached on the node.
      expect(yield* granted(times(20, here.signIn("a")), 1)).toBe(0)
      expect(yield* granted(times(20, here.signIn("b")), 4)).toBe(10)
      expect(yield* granted(times(20, there.signIn("b")), 4)).toBe(10)
      yield* Effect.promise(() => server.start())
      yield* Effect.sleep("3 seconds")
      expect(yield* granted(alternately(here.signIn("b"), there.signIn("b"), 20), 4)).toBe(10)
    })
  )
})
