// Each built-in query on 10,000,000 events, through `compute` and `encodeQueryResult`, as the cache
// calls them. Baseline: the same SQL and values through @duckdb/node-api, rows as JSON. Target:
// 1.15x.
import { join } from "node:path"
import type { DuckDBConnection } from "@duckdb/node-api"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Scope from "effect/Scope"
import type { Question } from "../src/domain/AnalyticsQuery.ts"
import { LogId } from "../src/domain/StoredEvent.ts"
import { todo } from "../src/features/todo/index.ts"
import { todoList } from "../src/features/todo/TodoList.ts"
import { compute } from "../src/layers/analytics/compute.ts"
import { open } from "../src/layers/analytics/Duck.ts"
import { createTables } from "../src/layers/analytics/EventsTable.ts"
import { allQueries } from "../src/layers/analytics/Queries.ts"
import { encodeQueryResult } from "../src/layers/analytics/QueryResult.ts"
import { stackQueries } from "../src/layers/analytics/stackQueries.ts"
import { options } from "../src/layers/analytics/superviseDuckDb.ts"
import { fileSystem, temporary } from "./support/processes.ts"
import { benchmark, note, quick, show, table, target } from "./support/report.ts"
import { interleaved } from "./support/rounds.ts"
import { ratios, spread } from "./support/stats.ts"

const events = quick ? 200_000 : 10_000_000
const rounds = quick ? 2 : 7

/** Half a year of todos: half are completed within hours, the others renamed or deleted. */
const fill = `INSERT INTO events
  SELECT i + 1, 'TodoList', md5((i // 50 % 200000)::VARCHAR)[:22], i % 50 + 1,
    CASE i % 4 WHEN 0 THEN 'TodoAdded' WHEN 1 THEN 'TodoCompleted' WHEN 2 THEN 'TodoRenamed' ELSE 'TodoDeleted' END, 1,
    '{"todoId":"' || md5((i // 4)::VARCHAR)::UUID::VARCHAR || '","text":"Buy ' || i % 1000 || ' oat milks"}',
    TIMESTAMP '2026-01-01' + to_microseconds((i // 4) * (15_500_000_000_000 // ${events} * 4))
      + CASE i % 4 WHEN 1 THEN to_seconds(hash(i) % 20000) ELSE INTERVAL 0 SECOND END
  FROM range(${events}) t(i) ORDER BY ALL`

const direct = async (connection: DuckDBConnection, { params, sql }: Question) => {
  const statement = await connection.prepare(sql)
  for (let index = 1; index <= statement.parameterCount; index++) {
    const name = statement.parameterName(index)
    const value = name === "now" ? new Date().toISOString() : params[name]
    if (value === undefined) statement.bindNull(index)
    else statement.bindVarchar(index, value)
  }
  const result = await statement.runAndReadAll()
  const json = JSON.stringify(result.getRowObjectsJson())
  statement.destroySync()
  return json.length
}

await benchmark("queries", `built-in queries on ${show(events)} events`, async () => {
  const directory = temporary()
  const scope = Effect.runSync(Scope.make())
  const duck = await Effect.runPromise(Scope.extend(open(join(directory, "analytics.duckdb"), options), scope))
  const connection = await Effect.runPromise(Scope.extend(duck.connect, scope))
  const began = Date.now()
  await Effect.runPromise(createTables(connection, LogId.make("0197f000-0000-7000-8000-000000000000")))
  for (const statement of [fill, `UPDATE cursor SET position = ${events}`, "CHECKPOINT"]) {
    await Effect.runPromise(connection.run(statement))
  }
  note(`On ${fileSystem(directory)}, filled in ${Math.round((Date.now() - began) / 1000)} s; ${rounds} rounds\n`)

  const rows: Array<ReadonlyArray<string>> = []
  for (const { name, parse } of allQueries(stackQueries([todoList.idName]), todo.queries)) {
    const question = Effect.runSync(parse({}))
    const ours = async () => {
      const started = performance.now()
      const computed = await Effect.runPromise(compute(duck, question))
      encodeQueryResult(question, { ...computed, epoch: 0 }, { computedAt: 0, begunAt: 0, millis: 0 })
      return performance.now() - started
    }
    const theirs = async () => {
      const started = performance.now()
      await direct(connection.native, question)
      return performance.now() - started
    }
    await ours()
    await theirs()
    const results = await interleaved<"evenstar" | "direct", number>(rounds, [
      ["evenstar", ours],
      ["direct", theirs]
    ])
    const ratio = ratios(results("evenstar"), results("direct"))
    rows.push([name, show(spread(results("evenstar"))), show(spread(results("direct"))), show(ratio)])
    target(`${name}, evenstar / direct`, ratio.median, "at most", 1.15)
  }
  table(["", "evenstar ms", "direct ms", "ratio"], rows)
  await Effect.runPromise(Scope.close(scope, Exit.void))
})
