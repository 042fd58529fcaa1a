// Row count of a table, for a limit: counted periodically by the node with the lease and published
// to the others. Each node adds its own changes since; changes of others arrive with the next
// count.
import * as Effect from "effect/Effect"
import * as Schedule from "effect/Schedule"
import * as Schema from "effect/Schema"
import type { PostgresService, Prepared } from "./Postgres.ts"

const statements = {
  read: { name: "count-look", text: "SELECT counted, round FROM counts WHERE name = $1" },
  publish: {
    name: "count-tell",
    text: `INSERT INTO counts AS c (name, counted) VALUES ($1, $2)
      ON CONFLICT (name) DO UPDATE SET counted = excluded.counted, round = c.round + 1 RETURNING counted, round`
  }
} satisfies Record<string, Prepared>

const decodeFound = Schema.decodeUnknownSync(Schema.Array(Schema.Tuple(Schema.Number, Schema.Number)))

export const make = Effect.fnUntraced(function* ({ query }: PostgresService, name: string) {
  let [counted, round, since] = [0, 0, 0]

  let sinceLook = 0
  const receive = (rows: ReadonlyArray<unknown>) => {
    const [found] = decodeFound(rows)
    if (found !== undefined && found[1] !== round) {
      counted = found[0]
      round = found[1]
      // Counted after the last read: changes since then may count twice, but none is missed.
      since -= sinceLook
    }
    sinceLook = since
  }
  const read = Effect.map(query(statements.read, [name]), receive)
  yield* read.pipe(
    Effect.catchAll((error) => Effect.logDebug(`The count of ${name} could not be read`, error)),
    Effect.repeat(Schedule.spaced("1 minute")),
    Effect.forkScoped
  )

  return {
    /** Adds changes by this node. */
    add: (rows: number) => {
      since += rows
    },
    total: Effect.sync(() => Math.max(0, counted + since)),
    /** Publishes a new count. */
    report: (rows: number) => Effect.map(query(statements.publish, [name, rows]), receive)
  }
})
