// Read access to the event store in the settings' DATA_DIR; a server may be running on it.
import * as Layer from "effect/Layer"
import * as EventBusBackend from "../layers/eventBus/EventBusBackend.ts"
import * as EventStoreBackend from "../layers/eventStore/EventStoreBackend.ts"
import { Ids } from "../layers/node/Ids.ts"
import { Settings } from "../layers/node/Settings.ts"
import * as PostgresBackend from "../layers/postgres/PostgresBackend.ts"
import { Sql } from "../layers/sqlite/Sql.ts"

export const eventStoreLayer = EventStoreBackend.layer.pipe(
  Layer.provide([Sql.layer, EventBusBackend.layerMemory(1024), Ids.layer]),
  Layer.provide(PostgresBackend.layer),
  Layer.provide(Settings.layer)
)
