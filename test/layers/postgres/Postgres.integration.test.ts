// The storage backend is explicit in each composition: nothing compiles without `Postgres`, and it
// alone selects the SQLite file.
import { existsSync } from "node:fs"
import { join } from "node:path"
import { describe, expect, expectTypeOf, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import { LogId } from "../../../src/domain/StoredEvent.ts"
import type * as AccountsBackend from "../../../src/layers/accounts/AccountsBackend.ts"
import type * as SharedAssetsBackend from "../../../src/layers/assets/SharedAssetsBackend.ts"
import type * as EventBusBackend from "../../../src/layers/eventBus/EventBusBackend.ts"
import type * as EventStoreBackend from "../../../src/layers/eventStore/EventStoreBackend.ts"
import type * as ClusterMembershipBackend from "../../../src/layers/node/ClusterMembershipBackend.ts"
import { Settings } from "../../../src/layers/node/Settings.ts"
import { Postgres, type PostgresService } from "../../../src/layers/postgres/Postgres.ts"
import type * as RateLimitsBackend from "../../../src/layers/rateLimits/RateLimitsBackend.ts"
import type * as SessionStoreBackend from "../../../src/layers/sessions/SessionStoreBackend.ts"
import { Sql } from "../../../src/layers/sqlite/Sql.ts"
import { settings } from "../../support.ts"

describe("Postgres", () => {
  it("is required by each Layer that selects a backend", () => {
    type Needs<L extends Layer.Layer.Any> = Layer.Layer.Context<L>
    expectTypeOf<Postgres>().toExtend<Needs<typeof EventStoreBackend.layer>>()
    expectTypeOf<Postgres>().toExtend<Needs<typeof SessionStoreBackend.layer>>()
    expectTypeOf<Postgres>().toExtend<Needs<typeof AccountsBackend.layer>>()
    expectTypeOf<Postgres>().toExtend<Needs<typeof RateLimitsBackend.layer>>()
    expectTypeOf<Postgres>().toExtend<Needs<typeof SharedAssetsBackend.layer>>()
    expectTypeOf<Postgres>().toExtend<Needs<typeof EventBusBackend.layer>>()
    expectTypeOf<Postgres>().toExtend<Needs<typeof ClusterMembershipBackend.layer>>()
    expectTypeOf<Postgres>().toExtend<Needs<typeof Sql.layer>>()
    expectTypeOf<Postgres>().not.toExtend<Needs<typeof SessionStoreBackend.layerMemory>>()
  })

  /** A database that receives no statements. */
  const silent: PostgresService = {
    logId: LogId.make("log"),
    now: Effect.succeed(0),
    query: () => Effect.never,
    listen: () => Effect.void,
    listenFailure: () => undefined
  }
  const filesWith = (postgres: Layer.Layer<Postgres>) =>
    Effect.gen(function* () {
      const { dataDir } = yield* Settings
      yield* Sql
      return ["evenstar.db", "derived.db"].filter((name) => existsSync(join(dataDir, name)))
    }).pipe(
      Effect.provide(Layer.provide(Sql.layer, postgres)),
      Effect.provide(settings({ DATABASE_URL: "postgres://127.0.0.1:1/nowhere" }))
    )

  it.scoped("alone selects the SQLite file: the log, or the derived data", () =>
    Effect.gen(function* () {
      expect(yield* filesWith(Postgres.layerNone)).toEqual(["evenstar.db"])
      expect(yield* filesWith(Layer.succeed(Postgres, Option.some(silent)))).toEqual(["derived.db"])
    })
  )
})
