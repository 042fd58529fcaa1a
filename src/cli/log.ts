// The log for commands that only read it, of the settings' DATA_DIR; a server may run on it meanwhile.
import * as Layer from "effect/Layer"
import { EventBus } from "../layers/eventBus/EventBus.ts"
import { EventStore } from "../layers/eventStore/EventStore.ts"
import { Ids } from "../layers/node/Ids.ts"
import { Settings } from "../layers/node/Settings.ts"
import { Postgres } from "../layers/postgres/Postgres.ts"
import { Sql } from "../layers/sqlite/Sql.ts"

export const log = EventStore.layer.pipe(
  Layer.provide([Sql.layer, EventBus.layerMemory(1024), Ids.layer]),
  Layer.provide(Postgres.layer),
  Layer.provide(Settings.layer)
)
