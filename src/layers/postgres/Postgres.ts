// PostgreSQL, where DATABASE_URL asks for it: the one pool of a process, statements that each connection prepares once, and
// notifications that outlive their connection. Whatever uses it is loaded only then.
import { layer as reactivityLayer } from "@effect/experimental/Reactivity"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import type * as Scope from "effect/Scope"
import type { LogId, StoreUnavailable } from "../../domain/StoredEvent.ts"
import { Settings } from "../node/Settings.ts"

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
  readonly unheard: () => string | undefined
}

/** None where the log is in SQLite; also where no Layer says so. */
export class Postgres extends Context.Reference<Postgres>()("evenstar/Postgres", {
  defaultValue: (): Option.Option<PostgresService> => Option.none()
}) {
  static readonly layer = Layer.scoped(
    Postgres,
    Effect.flatMap(Settings, ({ databaseUrl }) =>
      Option.match(databaseUrl, {
        onNone: () => Effect.succeedNone,
        onSome: (url) =>
          Effect.asSome(
            Effect.flatMap(
              Effect.promise(() => import("./connect.ts")),
              ({ connect }) => connect(url)
            )
          )
      })
    )
  ).pipe(Layer.provide(reactivityLayer))
}

/** A service in PostgreSQL where there is one, whose part is loaded only then; or else as it is without. */
export const selectBackend = <A, E, R, B, F, S>(
  load: () => Promise<{ readonly make: (postgres: PostgresService) => Effect.Effect<B, F, S> }>,
  without: Effect.Effect<A, E, R>
): Effect.Effect<A | B, E | F, R | S> =>
  Effect.flatMap(
    Postgres,
    (postgres): Effect.Effect<A | B, E | F, R | S> =>
      Option.isNone(postgres) ? without : Effect.flatMap(Effect.promise(load), ({ make }) => make(postgres.value))
  )
