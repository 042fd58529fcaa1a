// What nodes tell each other, as rows: how each is, and the phase that all are to be in. Here in SQLite, for the processes on one file.
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { BusPhase } from "../../domain/BusPhase.ts"
import type { StoreUnavailable } from "../../domain/StoredEvent.ts"
import { Sql, storeErrors } from "../sqlite/Sql.ts"

/** Milliseconds after which a process that says nothing is none of the nodes any more. */
export const gone = 5000

/** `report` is JSON text: a node of another version may say something else in it. */
export const NodeRow = Schema.Struct({ nodeId: Schema.String, instanceId: Schema.String, report: Schema.String })
export type NodeRow = typeof NodeRow.Type

/** A row as it was said last. */
export const SaidRow = Schema.Struct({
  ...NodeRow.fields,
  /** Another number each time that it is said: which time it was is of no account. */
  seenAt: Schema.Number,
  /** It was said within 5 seconds, by a clock that may have been set since. */
  isRecent: Schema.Boolean
})
export type SaidRow = typeof SaidRow.Type

export interface NodeRows {
  readonly phase: Effect.Effect<BusPhase, StoreUnavailable>
  readonly say: (row: NodeRow) => Effect.Effect<unknown, StoreUnavailable>
  /** All rows, by the names of their nodes. */
  readonly said: Effect.Effect<ReadonlyArray<SaidRow>, StoreUnavailable>
  /** Deletes rows that have not been said anew meanwhile. */
  readonly forget: (silent: ReadonlyArray<SaidRow>) => Effect.Effect<unknown, StoreUnavailable>
  readonly leave: (instanceId: string) => Effect.Effect<unknown, StoreUnavailable>
  /** Not where it is at another phase than `from` by now; whether it did. */
  readonly move: (from: BusPhase, to: BusPhase) => Effect.Effect<boolean, StoreUnavailable>
}

const decodeRows = Schema.decodeUnknown(
  Schema.Array(Schema.Struct({ ...SaidRow.fields, isRecent: Schema.transformLiterals([0, false], [1, true]) }))
)
const decodePhase = Schema.decodeUnknown(Schema.Tuple(Schema.Struct({ phase: BusPhase })))

export const sqlite = Effect.map(
  Sql,
  ({ derived, write: sql }): NodeRows => ({
    phase: Effect.map(
      storeErrors(Effect.flatMap(sql`SELECT phase FROM bus_switch`, decodePhase)),
      ([row]) => row.phase
    ),
    say: ({ instanceId, nodeId, report }) =>
      Effect.flatMap(Clock.currentTimeMillis, (now) => {
        const row = { instance_id: instanceId, node_id: nodeId, report, seen_at: now }
        return storeErrors(derived(sql`INSERT OR REPLACE INTO nodes ${sql.insert(row)}`))
      }),
    said: Effect.flatMap(Clock.currentTimeMillis, (now) =>
      storeErrors(
        Effect.flatMap(
          sql`SELECT node_id AS "nodeId", instance_id AS "instanceId", report, seen_at AS "seenAt",
            abs(seen_at - ${now}) <= ${gone} AS "isRecent" FROM nodes ORDER BY node_id, instance_id`,
          decodeRows
        )
      )
    ),
    forget: (silent) =>
      storeErrors(
        derived(
          Effect.forEach(
            silent,
            ({ instanceId, seenAt }) =>
              sql`DELETE FROM nodes WHERE instance_id = ${instanceId} AND seen_at = ${seenAt}`,
            { discard: true }
          )
        )
      ),
    leave: (instanceId) => storeErrors(derived(sql`DELETE FROM nodes WHERE instance_id = ${instanceId}`)),
    move: (from, to) =>
      Effect.map(
        storeErrors(derived(sql`UPDATE bus_switch SET phase = ${to} WHERE phase = ${from} RETURNING 1`)),
        (moved) => moved.length > 0
      )
  })
)
