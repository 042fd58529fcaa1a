import { describe } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { Ids } from "../../../src/layers/node/Ids.ts"
import * as PostgresBackend from "../../../src/layers/postgres/PostgresBackend.ts"
import * as SessionStoreBackend from "../../../src/layers/sessions/SessionStoreBackend.ts"
import { Sql } from "../../../src/layers/sqlite/Sql.ts"
import { isSkipped as hasNoPostgres } from "../../servers/postgres.ts"
import { postgresForFile } from "../../servers/postgresForFile.ts"
import { settings } from "../../support.ts"
import { clientOf } from "../postgres/support.ts"
import { alice, bob, type Overrides } from "./sessionFixtures.ts"
import { sessionStoreContract } from "./sessionStoreContract.ts"

describe.skipIf(hasNoPostgres)("in PostgreSQL", () => {
  const { database } = postgresForFile()
  let url: Promise<string> | undefined

  /** One database, emptied before each test; the users exist, and the cleanup has run. */
  const postgres = (overrides: Overrides = {}) =>
    Layer.unwrapEffect(
      Effect.map(
        Effect.promise(() => (url ??= database())),
        (DATABASE_URL) => {
          const prepared = Layer.effectDiscard(
            Effect.flatMap(clientOf(DATABASE_URL), (sql) =>
              Effect.all([
                sql`DELETE FROM sessions`,
                sql`INSERT INTO users SELECT id, 0 FROM unnest(ARRAY[${alice}, ${bob}]) AS id ON CONFLICT DO NOTHING`,
                sql`DELETE FROM duties`,
                sql`INSERT INTO duties (name, done_at) VALUES ('session cleanup', clock_timestamp())`
              ])
            ).pipe(Effect.scoped)
          )
          return SessionStoreBackend.layer.pipe(
            Layer.provide(prepared),
            Layer.provide([Sql.layer, Ids.layer]),
            Layer.provide(PostgresBackend.layer),
            Layer.provide(settings({ DATABASE_URL, SESSION_CLEANUP_INTERVAL: "1000 days", ...overrides }))
          )
        }
      )
    )
  sessionStoreContract("SessionStoreBackend.layer", postgres, 8)
})
