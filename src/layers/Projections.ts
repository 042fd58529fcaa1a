// The seam for read models: a projection names itself, says which events it reads and how one changes its rows.
// Rows and cursor change in one transaction; a raised version, or another log, builds it anew from the first event.
import type { SqlClient } from "@effect/sql/SqlClient"
import type { SqlError } from "@effect/sql/SqlError"
import * as Chunk from "effect/Chunk"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Schedule from "effect/Schedule"
import * as Schema from "effect/Schema"
import type * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import { Sequence, type StoredEvent } from "../domain/StoredEvent.ts"
import { EventFeed } from "./EventFeed.ts"
import { EventStore } from "./EventStore.ts"
import { Sql, storeErrors } from "./Sql.ts"

export interface Projection {
  readonly name: string
  /** Raise it when the rows would come out differently: they are then built anew. */
  readonly version: number
  readonly aggregateType: string
  readonly eventTypes: ReadonlyArray<string>
  /** Drops the rows that there may be and makes their empty tables. */
  readonly reset: (sql: SqlClient) => Effect.Effect<void, SqlError>
  /** Changes the rows by one event, inside the transaction that moves the cursor. */
  readonly apply: (sql: SqlClient, event: StoredEvent) => Effect.Effect<void, SqlError>
}

const Cursor = Schema.Struct({ version: Schema.Int, logId: Schema.String, cursor: Sequence })
const decodeCursors = Schema.decodeUnknown(Schema.Array(Cursor))

export class Projections extends Context.Tag("evenstar/Projections")<
  Projections,
  {
    /** Keeps a projection's rows from now on; returns when its tables are there, and catches up behind. */
    readonly run: (projection: Projection) => Effect.Effect<void, never, Scope.Scope>
    /** Position of each projection in the log: its lag is the head minus this. */
    readonly cursors: Effect.Effect<ReadonlyMap<string, Sequence>>
  }
>() {
  static readonly layer = Layer.effect(
    Projections,
    Effect.gen(function* () {
      const { immediate, read, write } = yield* Sql
      const feed = yield* EventFeed
      const { logId } = yield* EventStore
      const cursors = new Map<string, Sequence>()

      const moveTo = ({ name, version }: Projection, cursor: Sequence) =>
        write`INSERT INTO projections ${write.insert({ name, version, log_id: logId, cursor })}
          ON CONFLICT (name) DO UPDATE SET version = excluded.version, log_id = excluded.log_id, cursor = excluded.cursor`

      /** Where to go on: after the stored cursor, or from the start with empty tables. */
      const begin = Effect.fnUntraced(function* (projection: Projection) {
        const [found] = yield* storeErrors(
          Effect.flatMap(
            read`SELECT version, log_id AS "logId", cursor FROM projections WHERE name = ${projection.name}`,
            decodeCursors
          )
        )
        if (found?.version === projection.version && found.logId === logId) return found.cursor
        const start = Sequence.make(0)
        yield* storeErrors(immediate(Effect.zipRight(projection.reset(write), moveTo(projection, start))))
        return start
      })

      const applyAll = (projection: Projection, events: Chunk.NonEmptyChunk<StoredEvent>) => {
        const cursor = Chunk.lastNonEmpty(events).sequence
        return storeErrors(
          immediate(
            Effect.zipRight(
              Effect.forEach(events, (event) => projection.apply(write, event), { discard: true }),
              moveTo(projection, cursor)
            )
          )
        ).pipe(Effect.tap(() => Effect.sync(() => cursors.set(projection.name, cursor))))
      }

      const follow = Effect.fnUntraced(function* (projection: Projection) {
        const { aggregateType, eventTypes } = projection
        const after = yield* begin(projection)
        cursors.set(projection.name, after)
        yield* feed.follow({ after, filter: { aggregateType, eventTypes } }).pipe(
          Stream.mapChunksEffect((events) =>
            Chunk.isNonEmpty(events)
              ? Effect.as(applyAll(projection, events), Chunk.empty<never>())
              : Effect.succeed(Chunk.empty<never>())
          ),
          Stream.runDrain
        )
      })

      return {
        run: (projection) =>
          Effect.gen(function* () {
            yield* Effect.orDie(begin(projection))
            yield* follow(projection).pipe(
              Effect.tapError((error) => Effect.logWarning(`Projection ${projection.name} waits`, error)),
              Effect.retry(Schedule.spaced("1 second")),
              Effect.forkScoped
            )
          }),
        cursors: Effect.sync(() => new Map(cursors))
      }
    })
  )
}
