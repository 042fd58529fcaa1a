// Where sessions are kept: beside the log.
import * as Layer from "effect/Layer"
import { selectBackend } from "../postgres/Postgres.ts"
import { SessionStore } from "./SessionStore.ts"
import * as Memory from "./SessionStoreMemory.ts"
import * as Sqlite from "./SessionStoreSqlite.ts"

/** In PostgreSQL where there is one, or else in SQLite. A fiber cleans up every `SESSION_CLEANUP_INTERVAL`. */
export const layer = Layer.scoped(
  SessionStore,
  selectBackend(() => import("./SessionStorePostgres.ts"), Sqlite.make)
)

/** In memory, for tests and for trying things out: gone with the process. */
export const layerMemory = Layer.effect(SessionStore, Memory.make)
