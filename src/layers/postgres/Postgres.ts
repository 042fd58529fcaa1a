// PostgreSQL, where DATABASE_URL asks for it: the one pool of a process, statements that each connection prepares once, and
// notifications that outlive their connection. Each Layer that selects a backend requires this service, so that a composition without
// it doesn't compile instead of keeping events somewhere else. PostgresBackend.ts has the Layer for DATABASE_URL.
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import type * as Scope from "effect/Scope"
import type { LogId, StoreUnavailable } from "../../domain/StoredEvent.ts"

/** A statement under a name: parsed and planned once a connection. */
export interface Prepared {
  readonly name: string
  readonly text: string
}

export interface PostgresService {
  readonly logId: LogId
  /** Milliseconds since 1970 by the database's clock, for times that are stored and compared by any node. */
  readonly now: Effect.Effect<number>
  /**
   * One statement, one round trip, and a transaction of its own: there is no other way, so that nothing stays open on a connection whose
   * other end is not heard of any more. Rows are arrays, in the order of the columns; `bigint` comes as a number.
   */
  readonly query: (
    statement: Prepared,
    values: ReadonlyArray<unknown>
  ) => Effect.Effect<ReadonlyArray<ReadonlyArray<unknown>>, StoreUnavailable>
  /**
   * Calls back with the payload of each notification until the scope closes. Whenever the connection comes (back), `onConnected` is called:
   * what was said before is lost.
   */
  readonly listen: (
    channel: string,
    onPayload: (payload: string) => void,
    onConnected?: () => void
  ) => Effect.Effect<void, never, Scope.Scope>
  /** Why notifications don't come, if they don't. */
  readonly listenFailure: () => string | undefined
}

/** None where the log is in SQLite. */
export class Postgres extends Context.Tag("evenstar/Postgres")<Postgres, Option.Option<PostgresService>>() {
  /** SQLite, whatever DATABASE_URL says. */
  static readonly layerNone = Layer.succeed(Postgres, Option.none())
}

/** PostgreSQL's text has no NUL: what somebody sends with one names nothing there. */
export const isText = (text: string): boolean => !text.includes("\0")

/** A service in PostgreSQL where there is one, whose part is loaded only then; or else as it is without. */
export const selectBackend = <A, E, R, B, F, S>(
  load: () => Promise<{ readonly make: (postgres: PostgresService) => Effect.Effect<B, F, S> }>,
  without: Effect.Effect<A, E, R>
): Effect.Effect<A | B, E | F, R | S | Postgres> =>
  Effect.flatMap(
    Postgres,
    (postgres): Effect.Effect<A | B, E | F, R | S> =>
      Option.isNone(postgres) ? without : Effect.flatMap(Effect.promise(load), ({ make }) => make(postgres.value))
  )
