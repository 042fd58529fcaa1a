// Measures how long append_events holds the commit lock, from PostgreSQL's statistics, and its
// cost: a closed loop of appends from one node, without contention.

import * as Schema from "effect/Schema"
import type { Postgres } from "../../test/servers/postgres.ts"
import { Append } from "./calls.ts"
import type { Appends } from "./capacityFit.ts"
import { startLoad } from "./processes.ts"
import { quick } from "./report.ts"
import { sleep } from "./rounds.ts"
import { cpuOfAll } from "./serverCpu.ts"

/** PostgreSQL settings that enable the statistics. */
export const counting = { track_functions: "all", track_wal_io_timing: "on" }

const callers = [1, 8, 64]
const seconds = quick ? 1 : 3

const Row = Schema.Struct({
  calls: Schema.NullOr(Schema.Number),
  inside: Schema.NullOr(Schema.Number),
  sync: Schema.Number,
  events: Schema.Number
})
const decodeRows = Schema.decodeUnknownSync(Schema.Tuple(Row))

const asked = `SELECT
  (SELECT calls::float8 FROM pg_stat_user_functions WHERE funcname = 'append_events') AS calls,
  (SELECT total_time FROM pg_stat_user_functions WHERE funcname = 'append_events') AS inside,
  (SELECT wal_sync_time + wal_write_time FROM pg_stat_wal) AS sync,
  (SELECT count(*)::float8 FROM events) AS events`

export const measureAppends = async (postgres: Postgres): Promise<ReadonlyArray<Appends>> => {
  const found: Array<Appends> = []
  for (const count of callers) {
    const url = await postgres.createDatabase(`appends_${count}`)
    const load = startLoad("append")
    const state = async () => {
      // Connections report their statistics when they end.
      await sleep(500)
      const [{ calls, events, inside, sync }] = decodeRows(await postgres.query(asked, [], url))
      const cpu = { node: load.cpu(), postgres: cpuOfAll(postgres.pid() ?? 0) }
      return { calls: calls ?? 0, events, inside: (inside ?? 0) / 1000, sync: sync / 1000, ...cpu }
    }
    await load.ask(Append, { url, callers: 64, seconds: seconds / 2 })
    const before = await state()
    await load.ask(Append, { url, callers: count, seconds })
    const after = await state()
    await load.stop()
    found.push({
      calls: after.calls - before.calls,
      events: after.events - before.events,
      inside: after.inside - before.inside,
      sync: after.sync - before.sync,
      nodeCpu: after.node - before.node,
      postgresCpu: after.postgres - before.postgres
    })
  }
  return found
}
