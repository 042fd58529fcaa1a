// Membership rows in PostgreSQL, timed by the database's clock.
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { BusPhase } from "../../domain/BusPhase.ts"
import type { PostgresService, Prepared } from "../postgres/Postgres.ts"
import { goneAfter, type NodeRows } from "./NodeRows.ts"

const now = "(extract(epoch FROM clock_timestamp()) * 1000)::bigint"

const statements = {
  phase: { name: "phase", text: "SELECT phase FROM bus_switch" },
  say: {
    name: "node-say",
    text: `INSERT INTO nodes (instance_id, node_id, report, seen_at) VALUES ($1, $2, $3, ${now})
      ON CONFLICT (instance_id) DO UPDATE SET node_id = excluded.node_id, report = excluded.report, seen_at = excluded.seen_at`
  },
  said: {
    name: "node-said",
    text: `SELECT node_id, instance_id, report::text, seen_at, abs(seen_at - ${now}) <= ${goneAfter} FROM nodes
      ORDER BY node_id, instance_id`
  },
  forget: {
    name: "node-forget",
    text: `DELETE FROM nodes n USING unnest($1::text[], $2::bigint[]) AS silent (instance_id, seen_at)
      WHERE n.instance_id = silent.instance_id AND n.seen_at = silent.seen_at`
  },
  leave: { name: "node-leave", text: "DELETE FROM nodes WHERE instance_id = $1" },
  move: { name: "phase-move", text: "UPDATE bus_switch SET phase = $2 WHERE phase = $1 RETURNING 1" }
} satisfies Record<string, Prepared>

const decodePhase = Schema.decodeUnknownSync(Schema.Tuple(Schema.Tuple(BusPhase)))
const decodeRows = Schema.decodeUnknownSync(
  Schema.Array(Schema.Tuple(Schema.String, Schema.String, Schema.String, Schema.Number, Schema.Boolean))
)

export const make = ({ query }: PostgresService): NodeRows => ({
  phase: Effect.map(query(statements.phase, []), (rows) => decodePhase(rows)[0][0]),
  report: ({ instanceId, nodeId, report }) => query(statements.say, [instanceId, nodeId, report]),
  reported: Effect.map(query(statements.said, []), (rows) =>
    decodeRows(rows).map(([nodeId, instanceId, report, seenAt, isRecent]) => ({
      nodeId,
      instanceId,
      report,
      seenAt,
      isRecent
    }))
  ),
  deleteStale: (stale) =>
    query(statements.forget, [stale.map(({ instanceId }) => instanceId), stale.map(({ seenAt }) => seenAt)]),
  remove: (instanceId) => query(statements.leave, [instanceId]),
  move: (from, to) => Effect.map(query(statements.move, [from, to]), (moved) => moved.length > 0)
})
