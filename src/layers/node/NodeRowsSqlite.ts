// Membership rows in SQLite, for processes that share one file.
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { BusPhase } from "../../domain/BusPhase.ts"
import { Sql, storeErrors } from "../sqlite/Sql.ts"
import { goneAfter, type NodeRows, ReportedNode } from "./NodeRows.ts"

const decodeRows = Schema.decodeUnknown(
  Schema.Array(Schema.Struct({ ...ReportedNode.fields, isRecent: Schema.transformLiterals([0, false], [1, true]) }))
)
const decodePhase = Schema.decodeUnknown(Schema.Tuple(Schema.Struct({ phase: BusPhase })))

export const make = Effect.map(
  Sql,
  ({ derived, write: sql }): NodeRows => ({
    phase: Effect.map(
      storeErrors(Effect.flatMap(sql`SELECT phase FROM bus_switch`, decodePhase)),
      ([row]) => row.phase
    ),
    report: ({ instanceId, nodeId, report }) =>
      Effect.flatMap(Clock.currentTimeMillis, (now) => {
        const row = { instance_id: instanceId, node_id: nodeId, report, seen_at: now }
        return storeErrors(derived(sql`INSERT OR REPLACE INTO nodes ${sql.insert(row)}`))
      }),
    reported: Effect.flatMap(Clock.currentTimeMillis, (now) =>
      storeErrors(
        Effect.flatMap(
          sql`SELECT node_id AS "nodeId", instance_id AS "instanceId", report, seen_at AS "seenAt",
            abs(seen_at - ${now}) <= ${goneAfter} AS "isRecent" FROM nodes ORDER BY node_id, instance_id`,
          decodeRows
        )
      )
    ),
    deleteStale: (stale) =>
      storeErrors(
        derived(
          Effect.forEach(
            stale,
            ({ instanceId, seenAt }) =>
              sql`DELETE FROM nodes WHERE instance_id = ${instanceId} AND seen_at = ${seenAt}`,
            { discard: true }
          )
        )
      ),
    remove: (instanceId) => storeErrors(derived(sql`DELETE FROM nodes WHERE instance_id = ${instanceId}`)),
    move: (from, to) =>
      Effect.map(
        storeErrors(derived(sql`UPDATE bus_switch SET phase = ${to} WHERE phase = ${from} RETURNING 1`)),
        (moved) => moved.length > 0
      )
  })
)
