// What nodes tell each other, in PostgreSQL and by its clock: theirs may differ.
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { BusPhase } from "../../domain/BusPhase.ts"
import { forgotten, gone, type NodeRows } from "../NodeRows.ts"
import type { PostgresService, Prepared } from "./Postgres.ts"

const now = "(extract(epoch FROM clock_timestamp()) * 1000)::bigint"

const statements = {
  phase: { name: "phase", text: "SELECT phase FROM bus_switch" },
  say: {
    name: "node-say",
    text: `WITH old AS (DELETE FROM nodes WHERE seen_at < ${now} - ${forgotten})
      INSERT INTO nodes (instance_id, node_id, report, seen_at) VALUES ($1, $2, $3, ${now})
      ON CONFLICT (instance_id) DO UPDATE SET node_id = excluded.node_id, report = excluded.report, seen_at = excluded.seen_at`
  },
  live: {
    name: "node-live",
    text: `SELECT node_id, instance_id, report::text FROM nodes WHERE seen_at >= ${now} - ${gone} ORDER BY node_id, instance_id`
  },
  leave: { name: "node-leave", text: "DELETE FROM nodes WHERE instance_id = $1" },
  move: { name: "phase-move", text: "UPDATE bus_switch SET phase = $2 WHERE phase = $1 RETURNING 1" }
} satisfies Record<string, Prepared>

const decodePhase = Schema.decodeUnknownSync(Schema.Tuple(Schema.Tuple(BusPhase)))
const decodeRows = Schema.decodeUnknownSync(Schema.Array(Schema.Tuple(Schema.String, Schema.String, Schema.String)))

export const postgres = ({ query }: PostgresService): NodeRows => ({
  phase: Effect.map(query(statements.phase, []), (rows) => decodePhase(rows)[0][0]),
  say: ({ instanceId, nodeId, report }) => query(statements.say, [instanceId, nodeId, report]),
  live: Effect.map(query(statements.live, []), (rows) =>
    decodeRows(rows).map(([nodeId, instanceId, report]) => ({ nodeId, instanceId, report }))
  ),
  leave: (instanceId) => query(statements.leave, [instanceId]),
  move: (from, to) => Effect.map(query(statements.move, [from, to]), (moved) => moved.length > 0)
})
