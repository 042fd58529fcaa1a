// A node's log in PostgreSQL, as main.ts composes it. Several of them on one database are several nodes.
import * as Layer from "effect/Layer"
import { EventBus } from "../../../src/layers/EventBus.ts"
import { EventStore } from "../../../src/layers/EventStore.ts"
import { Ids } from "../../../src/layers/Ids.ts"
import { Postgres } from "../../../src/layers/postgres/Postgres.ts"
import { Sql } from "../../../src/layers/Sql.ts"
import { ThisNode } from "../../../src/layers/ThisNode.ts"
import { settings } from "../../support.ts"

export const nodeOn = (url: string, overrides: Record<string, string> = {}) =>
  EventStore.layer.pipe(
    Layer.provideMerge(Layer.mergeAll(Sql.layer, EventBus.layerMemory(1024), Ids.layer)),
    Layer.provideMerge(Layer.mergeAll(Postgres.layer, ThisNode.layer)),
    Layer.provideMerge(settings({ DATABASE_URL: url, ...overrides }))
  )
