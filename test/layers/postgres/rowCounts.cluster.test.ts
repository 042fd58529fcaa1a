// Row counts that one node computes for all, on a real PostgreSQL.
import { describe, expect, it } from "@effect/vitest"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Schedule from "effect/Schedule"
import { Postgres } from "../../../src/layers/postgres/Postgres.ts"
import * as PostgresBackend from "../../../src/layers/postgres/PostgresBackend.ts"
import * as Counts from "../../../src/layers/postgres/rowCounts.ts"
import { isSkipped } from "../../servers/postgres.ts"
import { postgresForFile } from "../../servers/postgresForFile.ts"
import { settings } from "../../support.ts"

describe.skipIf(isSkipped)("row counts", () => {
  const { database } = postgresForFile()
  const node = Effect.gen(function* () {
    const DATABASE_URL = yield* Effect.promise(database)
    const context = yield* Layer.build(PostgresBackend.layer.pipe(Layer.provide(settings({ DATABASE_URL }))))
    return Option.getOrThrow(Context.get(context, Postgres))
  })
  const until = (isSo: Effect.Effect<boolean>) =>
    Effect.repeat(isSo, { until: (so) => so, schedule: Schedule.spaced("20 millis") }).pipe(
      Effect.timeout("15 seconds")
    )

  it.scopedLive("of one node are known to others, and each adds its own changes", () =>
    Effect.gen(function* () {
      const postgres = yield* node
      const here = yield* Counts.make(postgres, "things")
      yield* here.report(10)
      expect(yield* here.total).toBe(10)
      here.add(2)
      const there = yield* Counts.make(postgres, "things")
      yield* until(Effect.map(there.total, (kept) => kept === 10))
      there.add(1)
      expect([yield* here.total, yield* there.total]).toEqual([12, 11])
      const others = yield* Counts.make(postgres, "others")
      expect(yield* others.total).toBe(0)
    })
  )

  it.scopedLive("replace earlier increments by a new count without losing one", () =>
    Effect.gen(function* () {
      const here = yield* Counts.make(yield* node, "things")
      here.add(5)
      yield* here.report(5)
      expect(yield* here.total).toBeGreaterThanOrEqual(5)
      yield* here.report(7)
      yield* here.report(7)
      expect(yield* here.total).toBe(7)
    })
  )
})
