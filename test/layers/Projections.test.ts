import { describe, expect, it } from "@effect/vitest"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Schedule from "effect/Schedule"
import { EventFeed } from "../../src/layers/EventFeed.ts"
import { EventStore } from "../../src/layers/EventStore.ts"
import { type Projection, Projections } from "../../src/layers/Projections.ts"
import { Sql } from "../../src/layers/Sql.ts"
import { append, event, sqlite } from "../support.ts"

const layer = () => Projections.layer.pipe(Layer.provideMerge(EventFeed.layer), Layer.provideMerge(sqlite()))

/** Counts events by their type; `weight` is what a new version of it counts differently. */
const counting = (version: number, weight: number): Projection => ({
  name: "counts",
  version,
  aggregateType: "Thing",
  eventTypes: ["Counted"],
  reset: Effect.fnUntraced(function* (sql) {
    yield* sql`DROP TABLE IF EXISTS counts`
    yield* sql`CREATE TABLE counts (n INTEGER NOT NULL) STRICT`
    yield* sql`INSERT INTO counts VALUES (0)`
  }),
  apply: (sql) => Effect.asVoid(sql`UPDATE counts SET n = n + ${weight}`)
})

const settled = (n: number) =>
  Effect.gen(function* () {
    const { read } = yield* Sql
    const rows = yield* read`SELECT n FROM counts`
    expect(rows).toEqual([{ n }])
  }).pipe(Effect.sandbox, Effect.retry({ times: 200, schedule: Schedule.spaced("10 millis") }))

describe("Projections", () => {
  it.live("rows and cursor go on from where they were, and a new version is built anew", () =>
    Effect.gen(function* () {
      const store = yield* EventStore
      const { run } = yield* Projections
      const { read } = yield* Sql
      yield* store.append(append("a", 0, { events: [event("Counted"), event("Other"), event("Counted")] }))
      yield* Effect.scoped(Effect.zipRight(run(counting(1, 1)), settled(2)))
      yield* store.append(append("a", 3, { events: [event("Counted")] }))
      // Were the old events applied once more, 5 would stand there.
      yield* Effect.scoped(Effect.zipRight(run(counting(1, 1)), settled(3)))
      expect(yield* read`SELECT cursor FROM projections`).toEqual([{ cursor: 4 }])
      yield* Effect.scoped(Effect.zipRight(run(counting(2, 10)), settled(30)))
    }).pipe(Effect.provide(layer()), Effect.scoped)
  )

  it.live("an event that can't be applied changes neither rows nor cursor", () =>
    Effect.gen(function* () {
      const store = yield* EventStore
      const { run } = yield* Projections
      const { read } = yield* Sql
      const good = counting(1, 1)
      let failing = true
      const tried = yield* Deferred.make<void>()
      const flaky: Projection = {
        ...good,
        apply: (sql, stored) =>
          Effect.zipRight(
            good.apply(sql, stored),
            Effect.suspend(() =>
              failing
                ? Effect.zipRight(Deferred.succeed(tried, undefined), Effect.asVoid(sql`SELECT * FROM missing`))
                : Effect.void
            )
          )
      }
      yield* run(flaky)
      yield* store.append(append("a", 0, { events: [event("Counted")] }))
      yield* Deferred.await(tried)
      expect(yield* read`SELECT n, cursor FROM counts, projections`).toEqual([{ n: 0, cursor: 0 }])
      failing = false
      yield* settled(1)
    }).pipe(Effect.provide(layer()), Effect.scoped)
  )
})
