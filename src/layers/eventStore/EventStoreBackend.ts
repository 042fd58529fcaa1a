// Selects the backend of the event store and validates appends.
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { isWellFormedThroughout, MalformedText } from "../../domain/Text.ts"
import { selectBackend } from "../postgres/Postgres.ts"
import { EventStore, type EventStoreService } from "./EventStore.ts"
import * as Memory from "./EventStoreMemory.ts"
import * as Sqlite from "./EventStoreSqlite.ts"

/** Refuses malformed text in any append, for every backend. */
const guarded = (store: EventStoreService): EventStoreService => {
  const ifWellFormed =
    <Asked, A, E>(run: (asked: Asked) => Effect.Effect<A, E>) =>
    (asked: Asked): Effect.Effect<A, E | MalformedText> =>
      Effect.suspend(
        (): Effect.Effect<A, E | MalformedText> => (isWellFormedThroughout(asked) ? run(asked) : new MalformedText())
      )
  return { ...store, append: ifWellFormed(store.append), remember: ifWellFormed(store.remember) }
}

/** PostgreSQL if configured, otherwise SQLite. */
export const layer = Layer.scoped(
  EventStore,
  Effect.map(
    selectBackend(() => import("./EventStorePostgres.ts"), Sqlite.make),
    guarded
  )
)

/** In memory, for tests. */
export const layerMemory = Layer.effect(EventStore, Effect.map(Memory.make, guarded))
