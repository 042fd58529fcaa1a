// Durable appends on PostgreSQL (`synchronous_commit=on`) through EventStore.append, by 1, 64 and
// 256 concurrent callers of one node. Baselines: the `pg` driver with the same rows and table, as
// many rows per transaction, by one INSERT or by one each. Target: 0.6x with 64 callers.
import * as Arr from "effect/Array"
import * as Effect from "effect/Effect"
import pg from "pg"
import { CommandId, Version } from "../src/domain/StoredEvent.ts"
import { todoList } from "../src/features/todo/TodoList.ts"
import { type Append, EventStore } from "../src/layers/eventStore/EventStore.ts"
import { startPostgres } from "../test/servers/postgres.ts"
import { postgresLog } from "./support/layers.ts"
import { commandId, todoAdded, todoId } from "./support/log.ts"
import { fileSystem, temporary } from "./support/processes.ts"
import { benchmark, note, quick, show, table, target } from "./support/report.ts"
import { interleaved } from "./support/rounds.ts"
import { ratios, spread } from "./support/stats.ts"

const aggregateType = todoList.type

const event = todoAdded(todoId, "Buy oat milk and bread")
const rounds = quick ? 2 : 5

const perSecond = async (events: number, work: () => Promise<unknown>) => {
  const started = performance.now()
  await work()
  return events / ((performance.now() - started) / 1000)
}

const columns =
  "sequence, event_id, aggregate_type, aggregate_id, version, event_type, schema_version, payload, metadata, command_id, occurred_at"
const types = "bigint, uuid, text, text, integer, text, integer, json, json, text, text".split(", ")
const one = `INSERT INTO events (${columns}) VALUES (${types.map((_, i) => `$${i + 1}`).join(", ")})`
const many = `INSERT INTO events (${columns}) SELECT * FROM unnest(${types.map((type, i) => `$${i + 1}::${type}[]`).join(", ")})`

await benchmark("postgres-append", "durable appends on PostgreSQL, concurrent callers", async () => {
  const server = await startPostgres()
  const log = postgresLog(server.url, temporary())
  const store = await log.runPromise(EventStore)
  const baseline = await server.createDatabase("baseline")
  const made = postgresLog(baseline, temporary())
  await made.runPromise(EventStore)
  await made.dispose()
  const client = new pg.Client({ connectionString: baseline })
  await client.connect()
  let [lists, commands, sequence] = [0, 0, 0]

  /** Each caller appends to its own list, sequentially. */
  const evenstar = (callers: number, each: number) => {
    const work = Arr.makeBy(callers, () => {
      const id = `append-${++lists}`
      return Arr.makeBy(
        each,
        (index): Append => ({
          aggregate: { type: aggregateType, id },
          expectedVersion: Version.make(index),
          events: Arr.of(event),
          commandId: CommandId.make(commandId(++commands))
        })
      )
    })
    const caller = (appends: ReadonlyArray<Append>) => Effect.forEach(appends, store.append, { discard: true })
    const all = Effect.forEach(work, caller, { concurrency: "unbounded", discard: true })
    return perSecond(callers * each, () => log.runPromise(all))
  }

  const rowsOf = (callers: number, each: number) => {
    const ids = Arr.makeBy(callers, () => `direct-${++lists}`)
    const payload = JSON.stringify(event.payload)
    return Arr.makeBy(each, (index) =>
      ids.map((id) => {
        const command = commandId(++commands)
        const metadata = JSON.stringify({
          commandId: command,
          correlationId: command,
          causationId: null,
          visitorId: null,
          nodeId: "bench"
        })
        return [
          ++sequence,
          crypto.randomUUID(),
          aggregateType,
          id,
          index + 1,
          event.eventType,
          1,
          payload,
          metadata,
          command,
          "2026-01-01T00:00:00.000Z"
        ]
      })
    )
  }
  const byOneInsert = (callers: number, each: number) => {
    const transactions = rowsOf(callers, each)
    return perSecond(callers * each, async () => {
      for (const rows of transactions) {
        await client.query({
          name: "many",
          text: many,
          values: types.map((_, column) => rows.map((row) => row[column]))
        })
      }
    })
  }
  const byOneEach = (callers: number, each: number) => {
    const transactions = rowsOf(callers, each)
    return perSecond(callers * each, async () => {
      for (const rows of transactions) {
        await client.query("BEGIN")
        await Promise.all(rows.map((values) => client.query({ name: "one", text: one, values })))
        await client.query("COMMIT")
      }
    })
  }

  note(`On ${fileSystem(temporary())}; ${rounds} rounds\n`)
  const lines: Array<ReadonlyArray<string>> = []
  for (const [callers, events] of [
    [1, 800],
    [64, 12_800],
    [256, 25_600]
  ] as const) {
    const each = Math.ceil(events / callers / (quick ? 10 : 1))
    await evenstar(callers, each)
    await byOneInsert(callers, each)
    await byOneEach(callers, each)
    const results = await interleaved<"evenstar" | "one INSERT" | "one each", number>(rounds, [
      ["evenstar", () => evenstar(callers, each)],
      ["one INSERT", () => byOneInsert(callers, each)],
      ["one each", () => byOneEach(callers, each)]
    ])
    const toOne = ratios(results("evenstar"), results("one INSERT"))
    const toEach = ratios(results("evenstar"), results("one each"))
    lines.push([
      String(callers),
      show(spread(results("evenstar"))),
      show(spread(results("one INSERT"))),
      show(toOne),
      show(spread(results("one each"))),
      show(toEach)
    ])
    if (callers !== 64) continue
    target("64 callers / pg, 64 rows by one INSERT", toOne.median, "at least", 0.6)
    target("64 callers / pg, 64 INSERTs a transaction", toEach.median, "at least", 0.6)
  }
  table(["callers", "events/s", "pg, one INSERT", "ratio", "pg, one each", "ratio"], lines)
  await log.dispose()
  await client.end()
  await server.stop()
})
