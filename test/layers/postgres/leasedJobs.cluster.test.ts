// Jobs leased by one of several nodes: exclusive, at intervals, taken over from a lost node.
import { spawn } from "node:child_process"
import { once } from "node:events"
import { describe, expect, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Schedule from "effect/Schedule"
import * as Scope from "effect/Scope"
import { StoreUnavailable } from "../../../src/domain/StoredEvent.ts"
import { leasedJob } from "../../../src/layers/postgres/leasedJobs.ts"
import { Postgres, type PostgresService } from "../../../src/layers/postgres/Postgres.ts"
import * as PostgresBackend from "../../../src/layers/postgres/PostgresBackend.ts"
import { isSkipped } from "../../servers/postgres.ts"
import { postgresForFile } from "../../servers/postgresForFile.ts"
import { settings } from "../../support.ts"
import { clientOf } from "./support.ts"

const node = (DATABASE_URL: string) =>
  Effect.map(
    Effect.flatMap(Layer.build(PostgresBackend.layer.pipe(Layer.provide(settings({ DATABASE_URL })))), (context) =>
      Effect.provide(Postgres, context)
    ),
    Option.getOrThrow
  )

const until = (isSo: () => boolean, timeout: `${number} seconds` = "20 seconds") =>
  Effect.repeat(Effect.sync(isSo), { until: (so) => so, schedule: Schedule.spaced("20 millis") }).pipe(
    Effect.timeout(timeout)
  )

describe.skipIf(isSkipped)("leased jobs", () => {
  const { database } = postgresForFile()

  it.scopedLive("run on one node at a time and once per interval over all nodes", () =>
    Effect.gen(function* () {
      const url = yield* Effect.promise(database)
      const began: Array<number> = []
      const ended: Array<number> = []
      let atOnce = 0
      let most = 0
      const work = Effect.gen(function* () {
        began.push(performance.now())
        most = Math.max(most, ++atOnce)
        yield* Effect.sleep("100 millis")
        atOnce--
        ended.push(performance.now())
      })
      for (let n = 0; n < 4; n++) yield* leasedJob(yield* node(url), "test", "300 millis", work)
      yield* until(() => ended.length >= 6)
      expect(most).toBe(1)
      // The database's interval starts a moment after the job has ended here.
      for (const [n, end] of ended.slice(0, -1).entries()) {
        expect((began[n + 1] ?? Number.POSITIVE_INFINITY) - end).toBeGreaterThanOrEqual(299)
      }
    })
  )

  it.scopedLive("run longer than a lease without starting elsewhere", () =>
    Effect.gen(function* () {
      const url = yield* Effect.promise(database)
      let began = 0
      let ended = 0
      const work = Effect.gen(function* () {
        began++
        yield* Effect.sleep("7 seconds")
        ended++
      })
      for (let n = 0; n < 2; n++) yield* leasedJob(yield* node(url), "test", "200 millis", work)
      yield* until(() => ended === 1)
      expect(began).toBe(1)
    })
  )

  it.scopedLive("are not delayed by the database clock being set back an hour", () =>
    Effect.gen(function* () {
      const url = yield* Effect.promise(database)
      const here = yield* node(url)
      const sql = yield* clientOf(url)
      yield* sql`INSERT INTO duties (name, done_at, held_until, holder) VALUES
        ('done', clock_timestamp() + interval '1 hour', '-infinity', NULL),
        ('held', '-infinity', clock_timestamp() + interval '1 hour', gen_random_uuid())`
      const done = new Set<string>()
      for (const name of ["done", "held"])
        yield* leasedJob(
          here,
          name,
          "1 hour",
          Effect.sync(() => done.add(name))
        )
      yield* until(() => done.size === 2)
    })
  )

  it.scopedLive("move to another node when one stops or fails", () =>
    Effect.gen(function* () {
      const url = yield* Effect.promise(database)
      const [here, there] = [yield* node(url), yield* node(url)]
      const scope = yield* Scope.make()
      let isInterrupted = false
      let isHeld = false
      const forever = Effect.zipRight(
        Effect.sync(() => {
          isHeld = true
        }),
        Effect.onInterrupt(Effect.never, () =>
          Effect.sync(() => {
            isInterrupted = true
          })
        )
      )
      yield* Scope.extend(leasedJob(here, "ends", "200 millis", forever), scope)
      yield* until(() => isHeld)
      let done = 0
      yield* leasedJob(
        there,
        "ends",
        "200 millis",
        Effect.sync(() => done++)
      )
      let tries = 0
      const fails = Effect.suspend(() =>
        ++tries === 1 ? new StoreUnavailable({ reason: "test", cause: undefined }) : Effect.void
      )
      yield* leasedJob(there, "fails", "200 millis", fails)
      yield* Effect.sleep("1 second")
      expect([done, tries]).toEqual([0, 1])
      yield* Scope.close(scope, Exit.void)
      expect(isInterrupted).toBe(true)
      yield* until(() => done > 0, "10 seconds")
      yield* until(() => tries > 1, "10 seconds")
    })
  )

  it.scopedLive("are interrupted on a node that loses the database, before another node starts them", () =>
    Effect.gen(function* () {
      const url = yield* Effect.promise(database)
      let isCut = false
      const cut = (service: PostgresService): PostgresService => ({
        ...service,
        query: (statement, values) => (isCut ? Effect.never : service.query(statement, values))
      })
      const events: Array<string> = []
      const log = (text: string) => Effect.sync(() => events.push(text))
      yield* leasedJob(
        cut(yield* node(url)),
        "test",
        "200 millis",
        Effect.zipRight(
          log("here"),
          Effect.onInterrupt(Effect.never, () => log("here no more"))
        )
      )
      yield* until(() => events.length === 1)
      yield* leasedJob(yield* node(url), "test", "200 millis", log("there"))
      isCut = true
      yield* until(() => events.includes("there"), "10 seconds")
      expect(events.slice(0, 3)).toEqual(["here", "here no more", "there"])
    })
  )

  it.scopedLive("move within seconds when their process is killed", () =>
    Effect.gen(function* () {
      const url = yield* Effect.promise(database)
      const program = `
        const { leasedJob } = await import("./src/layers/postgres/leasedJobs.ts")
        const { connect } = await import("./src/layers/postgres/connect.ts")
        const { layer } = await import("@effect/experimental/Reactivity")
        const { Effect, Redacted } = await import("effect")
        const work = Effect.zipRight(Effect.sync(() => console.log("begun")), Effect.never)
        await Effect.flatMap(connect(Redacted.make(process.env.DATABASE_URL)), (postgres) =>
          Effect.zipRight(leasedJob(postgres, "test", "200 millis", work), Effect.never)
        ).pipe(Effect.scoped, Effect.provide(layer), Effect.runPromise)`
      const child = yield* Effect.acquireRelease(
        Effect.sync(() =>
          spawn(process.execPath, ["--import", "tsx", "--input-type=module", "--eval", program], {
            env: { ...process.env, DATABASE_URL: url },
            stdio: ["ignore", "pipe", "inherit"]
          })
        ),
        (child) => Effect.sync(() => child.kill("SIGKILL"))
      )
      yield* Effect.promise(() => once(child.stdout, "data"))
      let done = 0
      yield* leasedJob(
        yield* node(url),
        "test",
        "200 millis",
        Effect.sync(() => done++)
      )
      yield* Effect.sleep("6 seconds")
      expect(done).toBe(0)
      child.kill("SIGKILL")
      yield* until(() => done > 0, "8 seconds")
    })
  )
})
