// PostgreSQL, if DATABASE_URL is set: one pool per process, prepared statements, and notifications
// that survive reconnects. Layers with a selectable backend require this service, so a composition
// without it doesn't compile. PostgresBackend.ts has the Layer.
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import type * as Scope from "effect/Scope"
import type { LogId, StoreUnavailable } from "../../domain/StoredEvent.ts"

/** A named prepared statement, parsed once per connection. */
export interface Prepared {
  readonly name: string
  readonly text: string
}

export interface PostgresService {
  readonly logId: LogId
  /** Milliseconds since 1970 by the database's clock, for times compared by any node. */
  readonly now: Effect.Effect<number>
  /**
   * Runs one statement in its own transaction, so that no transaction stays open on a dead
   * connection. Rows are arrays in column order; `bigint` is a number.
   */
  readonly query: (
    statement: Prepared,
    values: ReadonlyArray<unknown>
  ) => Effect.Effect<ReadonlyArray<ReadonlyArray<unknown>>, StoreUnavailable>
  /**
   * Calls back with each notification's payload until the scope closes. `onConnected` runs after
   * each (re)connect: earlier notifications may be lost.
   */
  readonly listen: (
    channel: string,
    onPayload: (payload: string) => void,
    onConnected?: () => void
  ) => Effect.Effect<void, never, Scope.Scope>
  /** Why notifications don't arrive; undefined while they do. */
  readonly listenFailure: () => string | undefined
}

/** None with SQLite. */
export class Postgres extends Context.Tag("evenstar/Postgres")<Postgres, Option.Option<PostgresService>>() {
  /** SQLite, regardless of DATABASE_URL. */
  static readonly layerNone = Layer.succeed(Postgres, Option.none())
}

/** PostgreSQL text can't contain NUL, so such a value matches nothing. */
export const isText = (text: string): boolean => !text.includes("\0")

/** The PostgreSQL implementation, loaded on demand, or the one without. */
export const selectBackend = <A, E, R, B, F, S>(
  load: () => Promise<{ readonly make: (postgres: PostgresService) => Effect.Effect<B, F, S> }>,
  without: Effect.Effect<A, E, R>
): Effect.Effect<A | B, E | F, R | S | Postgres> =>
  Effect.flatMap(
    Postgres,
    (postgres): Effect.Effect<A | B, E | F, R | S> =>
      Option.isNone(postgres) ? without : Effect.flatMap(Effect.promise(load), ({ make }) => make(postgres.value))
  )
