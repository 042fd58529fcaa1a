// On the test clock: `eventually` advances it and the event loop until the expectation holds.
import { describe, expect, it } from "@effect/vitest"
import * as Arr from "effect/Array"
import type * as Context from "effect/Context"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as Logger from "effect/Logger"
import * as Schema from "effect/Schema"
import * as Stream from "effect/Stream"
import * as TestClock from "effect/TestClock"
import * as EventCodec from "../../../src/domain/EventCodec.ts"
import { EventId, LogId, Sequence, StoredEvent, Version } from "../../../src/domain/StoredEvent.ts"
import * as EventBusBackend from "../../../src/layers/eventBus/EventBusBackend.ts"
import { EventStore } from "../../../src/layers/eventStore/EventStore.ts"
import * as EventStoreBackend from "../../../src/layers/eventStore/EventStoreBackend.ts"
import { Ids } from "../../../src/layers/node/Ids.ts"
import { Postgres } from "../../../src/layers/postgres/Postgres.ts"
import { type Projection, Projections } from "../../../src/layers/projections/Projections.ts"
import { Sql } from "../../../src/layers/sqlite/Sql.ts"
import { DecodeFailures } from "../../../src/layers/subscriptions/DecodeFailures.ts"
import { Subscriptions } from "../../../src/layers/subscriptions/Subscriptions.ts"
import { yieldToEventLoop } from "../../../src/lib/eventLoop.ts"
import { append, event, settings, temporaryDirectory } from "../../support.ts"

const Counted = Schema.Union(Schema.TaggedStruct("Counted", {}))
const codec = EventCodec.make(Counted)
/** Also decodes what the other codec cannot. */
const newerCodec = EventCodec.make(Counted, { Counted: [(payload) => payload] })
const counted = event("Counted")
const fromTheFuture = { ...counted, schemaVersion: 2 }

/** Stores the sequences of applied events, so that missing or repeated ones are visible. */
const seen = (version: number, options: Partial<Projection<typeof Counted.Type>> = {}) =>
  ({
    name: "seen",
    version,
    table: "seen",
    codec,
    aggregateType: "Thing",
    eventTypes: ["Counted"] as const,
    undecodable: "wait" as const,
    create: (sql, table) =>
      Effect.asVoid(sql`CREATE TABLE ${sql(table)} (sequence INTEGER NOT NULL, v INTEGER NOT NULL)`),
    apply: (execute, table, _, { sequence }) => execute(`INSERT INTO ${table} VALUES (?, ?)`, sequence, version),
    ...options
  }) satisfies Projection<typeof Counted.Type>

/** The same, with an action before it inside the transaction. */
const withHook = (version: number, first: (stored: StoredEvent) => Effect.Effect<void>) =>
  seen(version, {
    apply: (execute, table, it, stored) =>
      Effect.zipRight(first(stored), seen(version).apply(execute, table, it, stored))
  })

/** A separate process on the files of a directory. */
const processOn = (directory: string) =>
  Projections.layer.pipe(
    Layer.provideMerge(Subscriptions.layer),
    Layer.provideMerge(EventStoreBackend.layer),
    Layer.provideMerge(Layer.mergeAll(Sql.layer, EventBusBackend.layerMemory(1024), Ids.layer, DecodeFailures.layer)),
    Layer.provide(Postgres.layerNone),
    Layer.provide(settings({ DATA_DIR: directory }))
  )
const start = (directory: string) => Layer.build(processOn(directory))
const oneProcess = Layer.unwrapScoped(Effect.map(temporaryDirectory, processOn))

const eventually = <A, E, R>(check: Effect.Effect<A, E, R>) =>
  check.pipe(
    Effect.sandbox,
    Effect.tapError(() => Effect.zipRight(TestClock.adjust("50 millis"), yieldToEventLoop)),
    Effect.retry({ times: 2000 })
  )

const range = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, i) => from + i)
const many = (count: number) => Arr.makeBy(count, () => counted)
const rows = (table = "seen") =>
  Effect.flatMap(Sql, ({ read }) => read`SELECT sequence, v FROM ${read(table)} ORDER BY sequence`)
const rowsOf = (version: number, sequences: ReadonlyArray<number>) =>
  sequences.map((sequence) => ({ sequence, v: version }))
const expectRows = (version: number, sequences: ReadonlyArray<number>, table?: string) =>
  Effect.map(rows(table), (found) => expect(found).toEqual(rowsOf(version, sequences)))
const stored = Effect.flatMap(
  Sql,
  ({ read }) => read`SELECT version, cursor, serving FROM projections ORDER BY version`
)
const status = (name = "seen") =>
  Effect.flatMap(Projections, (it) => Effect.map(it.status, (all) => all.find((one) => one.name === name)))
const isLive = (cursor: number) =>
  Effect.map(status(), (it) => expect(it).toMatchObject({ cursor, rebuilding: false, waiting: null }))
const run = (projection: Projection<typeof Counted.Type>) => Effect.flatMap(Projections, (it) => it.run(projection))
/** Runs it until it has these rows and then stops it. */
const runUntil = (projection: Projection<typeof Counted.Type>, sequences: ReadonlyArray<number>) =>
  Effect.scoped(Effect.zipRight(run(projection), eventually(expectRows(projection.version, sequences))))
const add = (version: number, events: Parameters<typeof append>[2] = { events: many(1) }) =>
  Effect.flatMap(EventStore, (store) => store.append(append("a", version, events)))

/** A projection that blocks at its first event until the gate opens. */
const gatedProjection = Effect.fnUntraced(function* (version: number) {
  const gate = yield* Effect.makeLatch(false)
  const reached = yield* Deferred.make<void>()
  const first = Effect.zipRight(Deferred.succeed(reached, undefined), gate.await)
  return { projection: withHook(version, () => Effect.asVoid(first)), gate, reached: Deferred.await(reached) }
})

describe("Projections", () => {
  it.scoped("resume rows and checkpoint", () =>
    Effect.gen(function* () {
      yield* add(0, { events: [counted, event("Other"), counted] })
      yield* runUntil(seen(1), [1, 3])
      yield* add(3)
      yield* runUntil(seen(1), [1, 3, 4])
      expect(yield* stored).toEqual([{ version: 1, cursor: 4, serving: 1 }])
    }).pipe(Effect.provide(oneProcess))
  )

  it.scoped("report the actual lag for any events", () =>
    Effect.gen(function* () {
      yield* run(seen(1))
      yield* eventually(isLive(0))
      yield* add(0, { events: [counted, event("Other"), event("Other")] })
      yield* eventually(isLive(3))
      yield* add(3, { aggregate: { type: "Stranger", id: "a" }, expectedVersion: Version.make(0) })
      yield* eventually(isLive(4))
      expect(yield* (yield* Projections).cursors).toEqual(new Map([["seen", 4]]))
      expect(yield* stored).toEqual([{ version: 1, cursor: 1, serving: 1 }])
    }).pipe(Effect.provide(oneProcess))
  )

  it.scoped("change neither rows nor checkpoint for an event that fails, and retry it", () =>
    Effect.gen(function* () {
      const tried = yield* Deferred.make<void>()
      let failing = true
      yield* run(
        seen(1, {
          apply: (execute, table, it, stored) =>
            Effect.zipRight(
              seen(1).apply(execute, table, it, stored),
              Effect.suspend(() =>
                failing
                  ? Effect.zipRight(Deferred.succeed(tried, undefined), execute(`DELETE FROM missing`))
                  : Effect.void
              )
            )
        })
      )
      yield* eventually(isLive(0))
      yield* add(0)
      yield* Deferred.await(tried)
      yield* expectRows(1, [])
      expect(yield* stored).toEqual([{ version: 1, cursor: 0, serving: 1 }])
      failing = false
      yield* eventually(expectRows(1, [1]))
    }).pipe(Effect.provide(oneProcess))
  )

  it.scoped("with a mocked event store", () => {
    const [eventId, logId, one] = [
      EventId.make("019ab0f4-7c00-7000-8000-0000000000a1"),
      LogId.make("log"),
      Sequence.make(1)
    ]
    const only = new StoredEvent(one, eventId, "Thing", "a", Version.make(1), "Counted", 1, "{}", "{}", "")
    const log = Layer.mock(EventStore, {
      isShared: false,
      logId,
      head: Effect.succeed(one),
      readPage: ({ after }) => Effect.succeed({ events: after < one ? [only] : [], position: one })
    })
    return runUntil(seen(1), [1]).pipe(
      Effect.provide(
        Projections.layer.pipe(
          Layer.provide([log, Layer.mock(Subscriptions, { subscribe: () => Stream.never }), DecodeFailures.layer]),
          Layer.provideMerge(Sql.layer),
          Layer.provide(Postgres.layerNone),
          Layer.provide(settings())
        )
      )
    )
  })
})

describe("projection rebuild", () => {
  it.scoped("builds a raised version while the old rows serve, and then replaces them", () =>
    Effect.gen(function* () {
      yield* add(0, { events: many(3) })
      yield* runUntil(seen(1), [1, 2, 3])
      const { gate, projection, reached } = yield* gatedProjection(2)
      yield* run(projection)
      yield* reached
      yield* expectRows(1, [1, 2, 3])
      expect(yield* status()).toMatchObject({ version: 2, rebuilding: true })
      yield* gate.open
      yield* eventually(isLive(3))
      yield* expectRows(2, [1, 2, 3])
      const { read } = yield* Sql
      expect(yield* read`SELECT type, name FROM sqlite_master WHERE name LIKE 'seen%' ORDER BY name`).toEqual([
        { type: "view", name: "seen" },
        { type: "table", name: "seen_v2" }
      ])
      expect(yield* stored).toEqual([{ version: 2, cursor: 3, serving: 1 }])
    }).pipe(Effect.provide(oneProcess))
  )

  it.scoped("resumes after an interruption while the old rows serve until it has caught up", () =>
    Effect.gen(function* () {
      yield* add(0, { events: many(600) })
      yield* runUntil(seen(1), range(1, 600))
      const crash = withHook(2, ({ sequence }) => (sequence === 400 ? Effect.dieMessage("crash") : Effect.void))
      yield* Effect.scoped(
        Effect.zipRight(run(crash), eventually(Effect.map(status(), (it) => expect(it?.waiting).toBe("crash"))))
      )
      expect(yield* stored).toEqual([
        { version: 1, cursor: 600, serving: 1 },
        { version: 2, cursor: 250, serving: 0 }
      ])
      yield* expectRows(2, range(1, 250), "seen_v2")
      yield* expectRows(1, range(1, 600))
      yield* runUntil(seen(2), range(1, 600))
    }).pipe(Effect.provide(oneProcess))
  )

  it.scoped("shows rows as they are built where none serve yet", () =>
    Effect.gen(function* () {
      yield* add(0, { events: many(2) })
      const { gate, projection, reached } = yield* gatedProjection(1)
      yield* run(projection)
      yield* expectRows(1, [])
      yield* reached
      yield* expectRows(1, [])
      yield* gate.open
      yield* eventually(expectRows(1, [1, 2]))
    }).pipe(Effect.provide(oneProcess))
  )

  it.scoped("stops serving rows of another log immediately", () =>
    Effect.gen(function* () {
      const directory = yield* temporaryDirectory
      yield* Effect.gen(function* () {
        yield* add(0, { events: many(2) })
        yield* runUntil(seen(1), [1, 2])
        const { write } = yield* Sql
        // As a restore does.
        yield* write`UPDATE log SET log_id = 'restored'`
      }).pipe(Effect.provide(processOn(directory)))
      yield* Effect.gen(function* () {
        const { gate, projection, reached } = yield* gatedProjection(1)
        yield* run(projection)
        yield* expectRows(1, [])
        yield* reached
        yield* gate.open
        yield* eventually(expectRows(1, [1, 2]))
      }).pipe(Effect.provide(processOn(directory)))
    })
  )

  it.scoped("lets commands in between its batches", () =>
    Effect.gen(function* () {
      yield* add(0, { events: many(1000) })
      const { gate, projection, reached } = yield* gatedProjection(1)
      let done = false
      const doneAt: Array<boolean> = []
      const watched = seen(1, {
        apply: (execute, table, it, event) => {
          if (event.sequence % 250 === 0) doneAt.push(done)
          return projection.apply(execute, table, it, event)
        }
      })
      yield* run(watched)
      yield* reached
      const command = yield* Effect.fork(
        Effect.map(add(1000), () => {
          done = true
        })
      )
      yield* gate.open
      yield* Fiber.join(command)
      yield* eventually(expectRows(1, range(1, 1001)))
      expect(doneAt[0]).toBe(false)
      expect(doneAt[3]).toBe(true)
    }).pipe(Effect.provide(oneProcess))
  )
})

describe("several processes on one file", () => {
  it.scoped("apply each event once when two build the same projection", () =>
    Effect.gen(function* () {
      const directory = yield* temporaryDirectory
      const [one, two] = [yield* start(directory), yield* start(directory)]
      const both = <A, E>(
        effect: Effect.Effect<A, E, Context.Tag.Identifier<typeof Projections | typeof EventStore | typeof Sql>>
      ) => Effect.forEach([one, two], (process) => Effect.provide(effect, process), { concurrency: 2 })
      yield* Effect.provide(add(0, { events: many(900) }), one)
      yield* Effect.provide(runUntil(seen(1), range(1, 900)), one)
      yield* Effect.forEach([one, two], (process) => Effect.provide(run(seen(2)), process))
      for (let version = 900; version < 960; version++) {
        yield* Effect.provide(add(version), version % 3 === 0 ? one : two)
        yield* Effect.zipRight(TestClock.adjust("30 millis"), yieldToEventLoop)
      }
      yield* eventually(both(isLive(960)))
      yield* Effect.provide(expectRows(2, range(1, 960)), one)
      expect(yield* Effect.provide(stored, one)).toEqual([{ version: 2, cursor: 960, serving: 1 }])
    })
  )

  it.scoped("let an older version wait without disturbing a newer one", () =>
    Effect.gen(function* () {
      const directory = yield* temporaryDirectory
      const [older, newer] = [yield* start(directory), yield* start(directory)]
      yield* Effect.provide(add(0), older)
      yield* Effect.provide(Effect.zipRight(run(seen(1)), eventually(isLive(1))), older)
      yield* Effect.provide(Effect.zipRight(run(seen(2)), eventually(isLive(1))), newer)
      yield* Effect.provide(add(1), older)
      const waits = eventually(Effect.map(status(), (it) => expect(it?.waiting).toContain("newer version")))
      yield* Effect.provide(waits, older)
      yield* Effect.provide(Effect.zipRight(run(seen(1)), waits), yield* start(directory))
      yield* Effect.provide(add(2), newer)
      yield* Effect.provide(eventually(expectRows(2, [1, 2, 3])), newer)
      expect(yield* Effect.provide(stored, newer)).toEqual([{ version: 2, cursor: 3, serving: 1 }])
    })
  )
})

describe("unreadable event", () => {
  const events = { events: Arr.make(counted, fromTheFuture, counted) }

  it.scoped("is reported and skipped where the projection allows it", () =>
    Effect.gen(function* () {
      yield* add(0, events)
      yield* runUntil(seen(1, { undecodable: "skip" }), [1, 3])
      const failures = yield* DecodeFailures
      expect(yield* failures.total).toBe(1)
      expect(yield* failures.recent).toMatchObject([{ consumer: "seen", sequence: 2, schemaVersion: 2 }])
    }).pipe(Effect.provide(oneProcess))
  )

  it.scoped("otherwise stops this projection alone, visibly, until a process can read it", () => {
    const lines: Array<string> = []
    const logger = Logger.map(Logger.logfmtLogger, (line) => lines.push(line))
    return Effect.gen(function* () {
      const directory = yield* temporaryDirectory
      const [first, second] = [yield* start(directory), yield* start(directory)]
      yield* Effect.gen(function* () {
        yield* run(seen(1))
        yield* run({ ...seen(1, { undecodable: "skip" }), name: "other", table: "other" })
        yield* eventually(isLive(0))
        yield* add(0, events)
        yield* eventually(
          Effect.map(status(), (it) => expect(it?.waiting).toContain("Event 2 (Counted, schema version 2)"))
        )
        yield* add(3)
        yield* eventually(expectRows(1, [1, 3, 4], "other"))
        for (let i = 0; i < 10; i++) yield* Effect.zipRight(TestClock.adjust("1 second"), yieldToEventLoop)
        yield* expectRows(1, [1])
        expect(yield* status()).toMatchObject({ cursor: 1, version: 1 })
        expect(yield* status("other")).toMatchObject({ cursor: 4, waiting: null })
        expect(lines.filter((line) => line.includes("consumer=seen"))).toHaveLength(1)
        expect(lines.filter((line) => line.includes("Projection seen failed and will be retried"))).toHaveLength(1)
      }).pipe(Effect.provide(first))
      yield* Effect.provide(
        Effect.zipRight(run(seen(1, { codec: newerCodec })), eventually(expectRows(1, [1, 2, 3, 4]))),
        second
      )
      yield* Effect.provide(eventually(isLive(4)), first)
    }).pipe(Effect.provide(Logger.replace(Logger.defaultLogger, logger)))
  })
})
