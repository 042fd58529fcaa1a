// A node's log in PostgreSQL, as main.ts composes it. Several on one database are several nodes.
import { layer as reactivityLayer } from "@effect/experimental/Reactivity"
import { make as makeClient } from "@effect/sql-pg/PgClient"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import pg from "pg"
import * as EventBusBackend from "../../../src/layers/eventBus/EventBusBackend.ts"
import * as EventStoreBackend from "../../../src/layers/eventStore/EventStoreBackend.ts"
import { Ids } from "../../../src/layers/node/Ids.ts"
import { NodeIdentity } from "../../../src/layers/node/NodeIdentity.ts"
import * as PostgresBackend from "../../../src/layers/postgres/PostgresBackend.ts"
import { Sql } from "../../../src/layers/sqlite/Sql.ts"
import { settings } from "../../support.ts"

export const nodeOn = (url: string, overrides: Record<string, string> = {}) =>
  EventStoreBackend.layer.pipe(
    Layer.provideMerge(Layer.mergeAll(Sql.layer, EventBusBackend.layerMemory(1024), Ids.layer)),
    Layer.provideMerge(Layer.mergeAll(PostgresBackend.layer, NodeIdentity.layer)),
    Layer.provideMerge(settings({ DATABASE_URL: url, ...overrides }))
  )

/** A client of the test, beside the nodes' own, with the same number parsing. */
export const clientOf = (url: string) =>
  Effect.provide(
    makeClient({
      url: Redacted.make(url),
      types: { getTypeParser: (oid: number) => (oid === pg.types.builtins.INT8 ? Number : pg.types.getTypeParser(oid)) }
    }),
    reactivityLayer
  )
