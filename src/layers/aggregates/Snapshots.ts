// Snapshots of aggregates, so that loading doesn't read all events. Disposable: one of another
// version, another log, or damaged counts as absent.
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import type { SnapshotKind } from "../../domain/Aggregate.ts"
import { type AggregateKey, LogId, Sequence, type StoreUnavailable, Version } from "../../domain/StoredEvent.ts"
import { EventStore } from "../eventStore/EventStore.ts"
import { Sql, storeErrors } from "../sqlite/Sql.ts"

/** A state after event number `version`, at `sequence` in the log. */
export interface Snapshot<State> {
  readonly state: State
  readonly version: Version
  readonly sequence: Sequence
}

/** `state` is JSON text. */
const Row = Schema.Struct({
  kind: Schema.Number,
  logId: Schema.String,
  version: Version,
  sequence: Sequence,
  state: Schema.String
})
type Row = typeof Row.Type
const decodeRow = Schema.decodeUnknownOption(Row)

interface Rows {
  readonly find: (aggregate: AggregateKey) => Effect.Effect<unknown, StoreUnavailable>
  /** Never replaces a higher version; replaces an equal one of another kind. */
  readonly saveRow: (aggregate: AggregateKey, row: Row) => Effect.Effect<void, StoreUnavailable>
}

const make = (logId: string, { find, saveRow }: Rows): Context.Tag.Service<typeof Snapshots> => ({
  load: Effect.fn("Snapshots.load")(function* <State, Encoded>(
    aggregate: AggregateKey,
    kind: SnapshotKind<State, Encoded>
  ) {
    const found = yield* find(aggregate).pipe(
      Effect.tapError((error) => Effect.logDebug("A snapshot could not be read", error)),
      Effect.option
    )
    return Option.gen(function* () {
      const { sequence, state, version } = yield* Option.filter(
        yield* Option.map(found, decodeRow),
        (row) => row.kind === kind.version && row.logId === logId
      )
      return { state: yield* Schema.decodeOption(Schema.parseJson(kind.schema))(state), version, sequence }
    })
  }),
  save: Effect.fn("Snapshots.save")(function* <State, Encoded>(
    aggregate: AggregateKey,
    kind: SnapshotKind<State, Encoded>,
    { sequence, state, version }: Snapshot<State>
  ) {
    const text = yield* Effect.orDie(Schema.encode(Schema.parseJson(kind.schema))(state))
    yield* Effect.catchAll(saveRow(aggregate, { kind: kind.version, logId, version, sequence, state: text }), (error) =>
      Effect.logDebug("A snapshot could not be stored", error)
    )
  })
})

export class Snapshots extends Context.Tag("evenstar/Snapshots")<
  Snapshots,
  {
    /** The snapshot, if of this version and log and readable. */
    readonly load: <State, Encoded>(
      aggregate: AggregateKey,
      kind: SnapshotKind<State, Encoded>
    ) => Effect.Effect<Option.Option<Snapshot<State>>>
    /** One per aggregate; never replaced by an older one. A failure is only logged. */
    readonly save: <State, Encoded>(
      aggregate: AggregateKey,
      kind: SnapshotKind<State, Encoded>,
      snapshot: Snapshot<State>
    ) => Effect.Effect<void>
  }
>() {
  /** In SQLite. */
  static readonly layer = Layer.effect(
    Snapshots,
    Effect.gen(function* () {
      const { derived, read, write } = yield* Sql
      const { logId } = yield* EventStore
      return make(logId, {
        find: ({ id, type }) =>
          storeErrors(
            Effect.map(
              read`SELECT kind, log_id AS "logId", version, sequence, state FROM snapshots
                WHERE aggregate_type = ${type} AND aggregate_id = ${id}`,
              ([row]) => row
            )
          ),
        saveRow: ({ id, type }, { kind, logId, sequence, state, version }) =>
          storeErrors(
            Effect.asVoid(
              derived(
                write`INSERT INTO snapshots ${write.insert({
                  aggregate_type: type,
                  aggregate_id: id,
                  kind,
                  log_id: logId,
                  version,
                  sequence,
                  state
                })} ON CONFLICT (aggregate_type, aggregate_id) DO UPDATE SET kind = excluded.kind,
                  log_id = excluded.log_id, version = excluded.version, sequence = excluded.sequence, state = excluded.state
                  WHERE excluded.log_id <> log_id OR excluded.version > version
                    OR (excluded.version = version AND excluded.kind <> kind)`
              )
            )
          )
      })
    })
  )

  /** In memory, for tests. */
  static readonly layerMemory = Layer.sync(Snapshots, () => {
    const rows = new Map<string, Row>()
    const key = ({ id, type }: AggregateKey) => JSON.stringify([type, id])
    return make(LogId.make("memory"), {
      find: (aggregate) => Effect.sync(() => rows.get(key(aggregate))),
      saveRow: (aggregate, row) =>
        Effect.sync(() => {
          const before = rows.get(key(aggregate))
          if (before !== undefined && row.version < before.version) return
          if (before?.version === row.version && before.kind === row.kind) return
          rows.set(key(aggregate), row)
        })
    })
  })
}
