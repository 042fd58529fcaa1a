// Selects the backend of sessions.
import * as Layer from "effect/Layer"
import { selectBackend } from "../postgres/Postgres.ts"
import { SessionStore } from "./SessionStore.ts"
import * as Memory from "./SessionStoreMemory.ts"
import * as Sqlite from "./SessionStoreSqlite.ts"

/** PostgreSQL if configured, otherwise SQLite. Cleans up every `SESSION_CLEANUP_INTERVAL`. */
export const layer = Layer.scoped(
  SessionStore,
  selectBackend(() => import("./SessionStorePostgres.ts"), Sqlite.make)
)

/** In memory, for tests. */
export const layerMemory = Layer.effect(SessionStore, Memory.make)
