// What nodes tell each other, as rows: how each is, and the phase that all are to be in. Here in SQLite, for the processes on one file.
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { BusPhase } from "../domain/BusPhase.ts"
import type { StoreUnavailable } from "../domain/StoredEvent.ts"
import { Sql, storeErrors } from "./Sql.ts"

/** Milliseconds after which a process that says nothing is none of the nodes any more, and a row is deleted. */
export const gone = 5000
export const forgotten = 3_600_000

/** `report` is JSON text: a node of another version may say something else in it. */
export const NodeRow = Schema.Struct({ nodeId: Schema.String, instanceId: Schema.String, report: Schema.String })
export type NodeRow = typeof NodeRow.Type

export interface NodeRows {
  readonly phase: Effect.Effect<BusPhase, StoreUnavailable>
  /** Also forgets who has said nothing for an hour. */
  readonly say: (row: NodeRow) => Effect.Effect<unknown, StoreUnavailable>
  /** Of those that have said something within 5 seconds, by their names. */
  readonly live: Effect.Effect<ReadonlyArray<NodeRow>, StoreUnavailable>
  readonly leave: (instanceId: string) => Effect.Effect<unknown, StoreUnavailable>
  /** Not where it is at another phase than `from` by now; whether it did. */
  readonly move: (from: BusPhase, to: BusPhase) => Effect.Effect<boolean, StoreUnavailable>
}

const decodeRows = Schema.decodeUnknown(Schema.Array(NodeRow))
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
        return storeErrors(
          derived(
            Effect.zipRight(
              sql`INSERT OR REPLACE INTO nodes ${sql.insert(row)}`,
              sql`DELETE FROM nodes WHERE seen_at < ${now - forgotten}`
            )
          )
        )
      }),
    live: Effect.flatMap(Clock.currentTimeMillis, (now) =>
      storeErrors(
        Effect.flatMap(
          sql`SELECT node_id AS "nodeId", instance_id AS "instanceId", report FROM nodes
          WHERE seen_at >= ${now - gone} ORDER BY node_id, instance_id`,
          decodeRows
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
