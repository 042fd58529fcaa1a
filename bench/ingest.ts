// Ingest of 1,000,000 events from the log into DuckDB, and the event loop's delay meanwhile.
// Baseline: the same rows read by better-sqlite3 and written by DuckDB's appender. Targets: 100,000
// events/s, 25 ms.
import { rmSync } from "node:fs"
import { join } from "node:path"
import { monitorEventLoopDelay } from "node:perf_hooks"
import { DuckDBInstance } from "@duckdb/node-api"
import Database from "better-sqlite3"
import { Analytics } from "../src/layers/analytics/Analytics.ts"
import { analytics } from "./support/layers.ts"
import { prefill } from "./support/log.ts"
import { fileSystem, temporary } from "./support/processes.ts"
import { benchmark, note, quick, show, table, target } from "./support/report.ts"
import { interleaved, sleep } from "./support/rounds.ts"
import { ratios, spread } from "./support/stats.ts"

const events = quick ? 50_000 : 1_000_000
const rounds = quick ? 1 : 5
const page = 1000
/** Milliseconds between polls of the position. */
const look = 5

interface Figures {
  readonly perSecond: number
  /** Event loop delay in milliseconds, maximum and 99th percentile. */
  readonly max: number
  readonly p99: number
  readonly cpu: number
}

const measure = async (work: () => Promise<void>): Promise<Figures> => {
  globalThis.gc?.()
  const delay = monitorEventLoopDelay({ resolution: 1 })
  delay.enable()
  await sleep(20)
  delay.reset()
  const [started, before] = [performance.now(), process.cpuUsage()]
  await work()
  const seconds = (performance.now() - started) / 1000
  const { system, user } = process.cpuUsage(before)
  await sleep(20)
  delay.disable()
  return {
    perSecond: events / seconds,
    max: delay.max / 1e6,
    p99: delay.percentile(99) / 1e6,
    cpu: (system + user) / events
  }
}

const file = (directory: string) => join(directory, "analytics.duckdb")
const forget = (directory: string) => {
  for (const suffix of ["", ".wal"]) rmSync(file(directory) + suffix, { force: true })
}

await benchmark("ingest", `${show(events)} events of the log into DuckDB`, async () => {
  const directory = temporary()
  await prefill(directory, events)
  note(`On ${fileSystem(directory)}; ${rounds} rounds\n`)

  const evenstar = async () => {
    forget(directory)
    let done: () => Promise<void> = async () => undefined
    const figures = await measure(async () => {
      const runtime = analytics(directory)
      done = () => runtime.dispose()
      const { status } = await runtime.runPromise(Analytics)
      while (status().sequence < events) {
        const { unavailable } = status()
        if (unavailable !== undefined && !unavailable.includes("opened")) throw new Error(unavailable)
        await sleep(look)
      }
    })
    await done()
    return figures
  }

  const direct = async () => {
    forget(directory)
    const database = new Database(join(directory, "evenstar.db"), { readonly: true })
    const select = database
      .prepare(
        "SELECT sequence, aggregate_type, aggregate_id, version, event_type, schema_version, payload, occurred_at FROM events WHERE sequence > ? ORDER BY sequence LIMIT ?"
      )
      .raw()
    let close = () => {}
    const figures = await measure(async () => {
      const instance = await DuckDBInstance.create(file(directory))
      const connection = await instance.connect()
      await connection.run(
        "CREATE TABLE events (sequence BIGINT, aggregate_type VARCHAR, aggregate_id VARCHAR, version INTEGER, event_type VARCHAR, schema_version INTEGER, payload VARCHAR, occurred_at TIMESTAMP)"
      )
      const appender = await connection.createAppender("events")
      for (let last = 0; last < events; last += page) {
        for (const row of select.all(last, page)) {
          if (!Array.isArray(row)) throw new Error("A row is an array")
          appender.appendBigInt(BigInt(row[0]))
          for (const [index, value] of row.slice(1).entries()) {
            if (index === 2 || index === 4) appender.appendInteger(Number(value))
            else appender.appendVarchar(String(value))
          }
          appender.endRow()
        }
      }
      appender.flushSync()
      await connection.run("CHECKPOINT")
      close = () => {
        appender.closeSync()
        connection.closeSync()
        instance.closeSync()
      }
    })
    close()
    database.close()
    return figures
  }

  await evenstar()
  const results = await interleaved<"evenstar" | "direct", Figures>(rounds, [
    ["evenstar", evenstar],
    ["direct", direct]
  ])
  const of = (name: "evenstar" | "direct", field: keyof Figures) => results(name).map((round) => round[field])
  const row = (name: "evenstar" | "direct") => [
    name,
    ...(["perSecond", "cpu", "max", "p99"] as const).map((field) => show(spread(of(name, field))))
  ]
  table(["", "events/s", "CPU us/event", "loop delay max ms", "p99 ms"], [row("evenstar"), row("direct")])
  note(`ratio ${show(ratios(of("evenstar", "perSecond"), of("direct", "perSecond")))}\n`)
  target("events/s", spread(of("evenstar", "perSecond")).median, "at least", 100_000)
  target("longest delay of the event loop", spread(of("evenstar", "max")).median, "at most", 25, " ms")
})
