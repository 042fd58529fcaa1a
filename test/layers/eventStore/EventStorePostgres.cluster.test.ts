import { describe, expect, it } from "@effect/vitest"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Schedule from "effect/Schedule"
import pg from "pg"
import { CommandId, noEvents, type StoreUnavailable } from "../../../src/domain/StoredEvent.ts"
import {
  type Append,
  type Appended,
  EventStore,
  type EventStoreService
} from "../../../src/layers/eventStore/EventStore.ts"
import { isSkipped } from "../../servers/postgres.ts"
import { postgresForFile } from "../../servers/postgresForFile.ts"
import { append, event } from "../../support.ts"
import { nodeOn } from "../postgres/support.ts"
import { all, eventStoreContract } from "./eventStoreContract.ts"

describe.skipIf(isSkipped)("PostgreSQL event store", () => {
  const { database, server } = postgresForFile()
  const newDatabase = Effect.promise(database)

  eventStoreContract("EventStoreBackend.layer on PostgreSQL", () =>
    Layer.unwrapEffect(Effect.map(newDatabase, (url) => nodeOn(url)))
  )

  const connection = (url: string) =>
    Effect.acquireRelease(
      Effect.promise(async () => {
        const client = new pg.Client({ connectionString: url })
        client.on("error", () => {})
        await client.connect()
        return client
      }),
      (client) => Effect.promise(() => client.end().catch(() => {}))
    )
  const run = (client: pg.Client, text: string) => Effect.promise(() => client.query(text))
  const numbers = (client: pg.Client, column: string, table: string) =>
    Effect.map(run(client, `SELECT ${column}::integer AS n FROM ${table} ORDER BY 1`), ({ rows }) =>
      rows.map((row): unknown => row.n)
    )
  const node = (url: string, overrides: Record<string, string> = {}) =>
    Effect.map(Layer.build(nodeOn(url, overrides)), (context) => ({
      store: Effect.runSync(Effect.provide(EventStore, context)),
      log: Effect.provide(all, context)
    }))
  /**
   * Appends an event of a new aggregate with the node's SQL function, on a connection whose
   * transaction the test ends.
   */
  const appending = (client: pg.Client, id: string) => {
    const request = `{"type": "Thing", "id": "${id}", "expected": 0, "command": "${id}", "count": 1}`
    const event = `ARRAY[1], ARRAY[0], ARRAY['Thing'], ARRAY['${id}'], ARRAY[1], ARRAY['${id}'],
      ARRAY['${crypto.randomUUID()}']::uuid[], ARRAY['Happened'], ARRAY[1], ARRAY['{}'], ARRAY['{}']`
    return run(
      client,
      `SELECT outcome, first_sequence::integer AS sequence FROM append_events('[${request}]', 0, 0, 'now', ${event})`
    )
  }

  it.live("a plain serial column makes readers miss events that commit late", () =>
    Effect.gen(function* () {
      const url = yield* newDatabase
      const [slow, fast, reader] = yield* Effect.all([connection(url), connection(url), connection(url)])
      yield* run(reader, "CREATE TABLE serial_log (sequence bigserial PRIMARY KEY)")
      yield* run(slow, "BEGIN; INSERT INTO serial_log DEFAULT VALUES")
      yield* run(fast, "INSERT INTO serial_log DEFAULT VALUES")
      expect(yield* numbers(reader, "sequence", "serial_log")).toEqual([2])
      yield* run(slow, "COMMIT")
      expect(yield* numbers(reader, "sequence", "serial_log")).toEqual([1, 2])
    }).pipe(Effect.scoped)
  )

  it.live("an append waits for the previous one and takes its position after a rollback", () =>
    Effect.gen(function* () {
      const url = yield* newDatabase
      yield* node(url)
      const [slow, fast, reader] = yield* Effect.all([connection(url), connection(url), connection(url)])
      for (const [end, first] of [
        ["ROLLBACK", 1],
        ["COMMIT", 2]
      ] as const) {
        yield* run(slow, "BEGIN")
        expect((yield* appending(slow, `slow-${end}`)).rows).toEqual([{ outcome: "stored", sequence: first }])
        const waiting = yield* Effect.fork(appending(fast, `fast-${end}`))
        const waits = Effect.map(
          run(reader, "SELECT 1 FROM pg_locks WHERE locktype = 'advisory' AND NOT granted"),
          ({ rows }) => rows.length === 1
        )
        yield* Effect.repeat(waits, { until: (itWaits) => itWaits, schedule: Schedule.spaced("5 millis") })
        expect(yield* numbers(reader, "sequence", "events")).not.toContain(first)
        yield* run(slow, end)
        const sequence = end === "COMMIT" ? first + 1 : first
        expect((yield* Fiber.join(waiting)).rows).toEqual([{ outcome: "stored", sequence }])
      }
      expect(yield* numbers(reader, "sequence", "events")).toEqual([1, 2, 3])
    }).pipe(Effect.scoped)
  )

  it.live("concurrent readers see a log that grows only at its end, with delays and rollbacks", () =>
    Effect.gen(function* () {
      const url = yield* newDatabase
      const nodes = yield* Effect.all([node(url), node(url)])
      const rollingBack = yield* connection(url)
      const reader = yield* connection(url)
      const done = yield* Deferred.make<void>()
      const watch = Effect.gen(function* () {
        let seen: ReadonlyArray<unknown> = []
        let looks = 0
        while (!(yield* Deferred.isDone(done))) {
          const now = yield* numbers(reader, "sequence", "events")
          expect(now.slice(0, seen.length)).toEqual(seen)
          expect(now).toEqual(now.map((_, i) => i + 1))
          seen = now
          looks++
        }
        return looks
      })
      const watching = yield* Effect.fork(watch)
      const disturb = Effect.gen(function* () {
        for (let i = 0; i < 20; i++) {
          yield* run(rollingBack, "BEGIN")
          yield* appending(rollingBack, `gone-${i}`)
          yield* run(rollingBack, "SELECT pg_sleep(0.005)")
          yield* run(rollingBack, i % 2 === 0 ? "ROLLBACK" : "COMMIT")
        }
      })
      const write = ({ store }: { store: EventStoreService }, writer: string) =>
        Effect.forEach(
          Array.from({ length: 20 }, (_, i) => i),
          (i) => store.append(append(writer, i))
        )
      yield* Effect.all(
        [disturb, ...nodes.flatMap((it, n) => Array.from({ length: 8 }, (_, w) => write(it, `${n}-${w}`)))],
        { concurrency: "unbounded" }
      )
      yield* Deferred.succeed(done, undefined)
      expect(yield* Fiber.join(watching)).toBeGreaterThan(5)
      expect(yield* numbers(reader, "sequence", "events")).toHaveLength(2 * 8 * 20 + 10)
    }).pipe(Effect.scoped)
  )

  it.live("of two nodes racing on an aggregate, one wins and the other conflicts, without version gaps", () =>
    Effect.gen(function* () {
      const url = yield* newDatabase
      const nodes = yield* Effect.all([node(url, { NODE_ID: "one" }), node(url, { NODE_ID: "two" })])
      for (let version = 0; version < 30; version++) {
        const results = yield* Effect.forEach(
          // The first to start usually wins.
          version % 2 === 0 ? nodes : nodes.toReversed(),
          ({ store }) => Effect.either(store.append(append("raced", version))),
          {
            concurrency: 2
          }
        )
        expect(results.filter(Either.isRight)).toHaveLength(1)
        expect(results.flatMap((it) => (Either.isLeft(it) ? [it.left] : []))).toMatchObject([
          { _tag: "ConcurrencyConflict", expectedVersion: version, actualVersion: version + 1 }
        ])
      }
      const log = yield* nodes[0].log
      expect(log.map((it) => it.version)).toEqual(Array.from({ length: 30 }, (_, i) => i + 1))
      expect(new Set(log.map((it) => it.metadata.nodeId))).toEqual(new Set(["one", "two"]))
    }).pipe(Effect.scoped)
  )

  it.live("a repeated command gets the same result on another node", () =>
    Effect.gen(function* () {
      const url = yield* newDatabase
      const [one, two] = yield* Effect.all([node(url), node(url)])
      const commandId = CommandId.make("the same")
      const first = yield* one.store.append(append("a", 0, { commandId }))
      expect(yield* two.store.append(append("a", 0, { commandId }))).toEqual(first)
    }).pipe(Effect.scoped)
  )

  it.live("the database refuses to update, delete or truncate events", () =>
    Effect.gen(function* () {
      const url = yield* newDatabase
      const { store } = yield* node(url)
      yield* store.append(append("a", 0))
      const client = yield* connection(url)
      for (const statement of [
        "UPDATE events SET version = 2",
        "DELETE FROM events",
        "TRUNCATE events",
        "TRUNCATE events CASCADE"
      ]) {
        const error = yield* Effect.flip(Effect.tryPromise(() => client.query(statement)))
        expect(String(error.cause)).toContain("events are immutable")
      }
    }).pipe(Effect.scoped)
  )

  it.live("a faulty command fails alone, and the others of its batch are stored", () =>
    Effect.gen(function* () {
      const url = yield* newDatabase
      const { log, store } = yield* node(url)
      const results = yield* Effect.forEach(
        ["one", "a\0b", "two"],
        (id) => Effect.either(store.append(append(id, 0))),
        { concurrency: "unbounded" }
      )
      expect(results.map(Either.isRight)).toEqual([true, false, true])
      expect((yield* log).map((it) => it.aggregateId)).toEqual(["one", "two"])
    }).pipe(Effect.scoped)
  )

  it.live("payloads are returned as the exact text that was stored", () =>
    Effect.gen(function* () {
      const { log, store } = yield* node(yield* newDatabase)
      const payload = { b: "ü \u0001 \ud83d\ude00 \\ \" '", a: [1e21, -0.5, null, {}], "": [[]] }
      const { events } = yield* store.append(append("a", 0, { events: [event("One", payload)] }))
      expect((yield* log)[0]).toEqual(events[0])
      expect((yield* log)[0]?.payload).toEqual(payload)
    }).pipe(Effect.scoped)
  )

  it.live("one of ten nodes that start on an empty database runs the migrations", () =>
    Effect.gen(function* () {
      const url = yield* newDatabase
      const nodes = yield* Effect.all(
        Array.from({ length: 10 }, () => node(url)),
        { concurrency: "unbounded" }
      )
      expect(new Set(nodes.map(({ store }) => store.logId)).size).toBe(1)
      const client = yield* connection(url)
      const migrated = yield* numbers(client, "migration_id", "effect_sql_migrations")
      expect(migrated).toEqual(migrated.map((_, i) => i + 1))
      expect(yield* numbers(client, "1", "log")).toHaveLength(1)
    }).pipe(Effect.scoped)
  )

  it.live(
    "a crash loses no acknowledged event, and nodes recover by themselves",
    () =>
      Effect.gen(function* () {
        const url = yield* newDatabase
        const nodes = yield* Effect.all([node(url), node(url)])
        const acknowledged: Array<Appended> = []
        const failures: Array<StoreUnavailable> = []
        const isDone = yield* Deferred.make<void>()
        /** A client that retries when it gets no response. */
        const certainly = (store: EventStoreService, one: Append): Effect.Effect<void> =>
          Effect.matchEffect(store.append(one), {
            onSuccess: (answer) => Effect.sync(() => void acknowledged.push(answer)),
            onFailure: (error) =>
              error._tag === "StoreUnavailable"
                ? Effect.zipRight(
                    Effect.sync(() => void failures.push(error)),
                    Effect.delay(
                      Effect.suspend(() => certainly(store, one)),
                      "20 millis"
                    )
                  )
                : Effect.die(error)
          })
        const write = (store: EventStoreService, id: string) =>
          Effect.gen(function* () {
            for (let version = 0; !(yield* Deferred.isDone(isDone)); version++)
              yield* certainly(store, append(id, version))
          })
        const writers = yield* Effect.fork(
          Effect.forEach(
            Array.from({ length: 8 }, (_, i) => i),
            (i) => write(nodes[i % 2]?.store ?? nodes[0].store, `w${i}`),
            {
              concurrency: "unbounded"
            }
          )
        )
        const atLeast = (count: number) =>
          Effect.repeat(
            Effect.sync(() => acknowledged.length),
            { until: (n) => n >= count, schedule: Schedule.spaced("10 millis") }
          )
        for (let crash = 0; crash < 3; crash++) {
          yield* atLeast(acknowledged.length + 100)
          yield* Effect.promise(() => server().restart("immediate"))
        }
        yield* atLeast(acknowledged.length + 100)
        yield* Deferred.succeed(isDone, undefined)
        yield* Fiber.join(writers)
        expect(failures.length).toBeGreaterThan(0)
        const log = yield* nodes[0].log
        expect(log.map((it) => it.sequence)).toEqual(log.map((_, i) => i + 1))
        const stored = new Set(log.map((it) => it.sequence))
        expect(acknowledged.filter(({ sequence }) => !stored.has(sequence))).toEqual([])
        // Each command once, even if its response was lost and it was sent again.
        expect(new Set(log.map((it) => it.metadata.commandId)).size).toBe(log.length)
        expect(
          yield* nodes[1].store.readPage({ after: noEvents, upTo: log.at(-1)?.sequence ?? noEvents })
        ).toBeDefined()
        expect(Option.isSome(Option.fromNullable(log[0]))).toBe(true)
      }).pipe(Effect.scoped),
    // Crash recovery waits for the disk.
    60_000
  )

  it.live("a node without its database reports so in one line", () =>
    Effect.gen(function* () {
      const url = new URL(yield* newDatabase)
      url.pathname = "/nobody-made-it"
      const error = yield* Effect.flip(Effect.provide(EventStore, nodeOn(`${url}`)))
      expect(error).toMatchObject({ _tag: "StartFailed" })
      expect(String(error)).toMatch(
        /The database 127\.0\.0\.1:\d+\/nobody-made-it can't be used: database "nobody-made-it" does not exist: create it/
      )
    }).pipe(Effect.scoped)
  )

  it.live("a database that a newer version has migrated is refused in one line", () =>
    Effect.gen(function* () {
      const url = yield* newDatabase
      yield* Effect.scoped(node(url))
      const client = yield* connection(url)
      yield* run(client, "INSERT INTO effect_sql_migrations (migration_id, name) VALUES (9999, 'later')")
      const error = yield* Effect.flip(Effect.provide(EventStore, nodeOn(url)))
      expect(error).toMatchObject({ _tag: "StartFailed" })
      expect(String(error)).toMatch(
        /a newer version has migrated it \(to 9999; this one knows \d+\): start that version/
      )
    }).pipe(Effect.scoped)
  )
})
