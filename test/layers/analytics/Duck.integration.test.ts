// A connection runs one call at a time: its next result proves that an interrupted one has ended.
import { spawn } from "node:child_process"
import { once } from "node:events"
import { existsSync, mkdirSync } from "node:fs"
import { join } from "node:path"
import { describe, expect, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import { type Connection, open } from "../../../src/layers/analytics/Duck.ts"
import { temporaryDirectory } from "../../support.ts"
import { endless } from "./support.ts"

const memory = Effect.flatMap(open(":memory:"), ({ connect }) => connect)

const rowsOf = (connection: Connection, sql: string, values?: Record<string, string | number | undefined>) =>
  Effect.map(connection.query(sql, values), (result) => result.getRowsJS())

const failure = (connection: Connection, sql: string) => Effect.flip(connection.query(sql))

describe("query", () => {
  it.scoped("binds values by name, repeatedly too; missing ones are NULL", () =>
    Effect.gen(function* () {
      const connection = yield* memory
      const values = { text: "'; DROP TABLE x --", number: 9_007_199_254_740_991 }
      const sql = "SELECT $number, $text, $text, $other IS NULL"
      expect(yield* rowsOf(connection, sql, values)).toEqual([[9_007_199_254_740_991n, values.text, values.text, true]])
    })
  )

  for (const sql of [
    "SELEC 1",
    "SELECT nothing_of_the_kind",
    "SELECT 1 FROM nowhere",
    "SELECT nothing(1)",
    "SELECT 'a word'::INTEGER",
    "SELECT 2000000000::INTEGER * 2::INTEGER",
    "SELECT error('its own')"
  ]) {
    it.scoped(`fails on its own and leaves the connection usable: ${sql}`, () =>
      Effect.gen(function* () {
        const connection = yield* memory
        const { isOfStatement, reason } = yield* failure(connection, sql)
        expect([isOfStatement, reason]).toEqual([true, expect.stringMatching(/^[A-Z][a-zA-Z ]+ Error: /)])
        expect(yield* rowsOf(connection, "SELECT 1")).toEqual([[1]])
      })
    )
  }

  for (const sql of [
    "SELECT * FROM read_csv('/etc/passwd')",
    "SELECT * FROM read_text('/etc/passwd')",
    "SELECT * FROM '/etc/passwd'",
    "COPY (SELECT 1) TO '/tmp/evenstar-copy.csv'",
    "ATTACH '/tmp/evenstar-other.duckdb' AS other",
    "INSTALL httpfs",
    "LOAD httpfs",
    "SET enable_external_access = true"
  ]) {
    it.scoped(`has no access outside its database: ${sql}`, () =>
      Effect.gen(function* () {
        const { isOfStatement, reason } = yield* failure(yield* memory, sql)
        expect([isOfStatement, reason]).toEqual([true, expect.stringMatching(/^[A-Z][a-zA-Z ]+ Error: /)])
        expect(existsSync("/tmp/evenstar-copy.csv") || existsSync("/tmp/evenstar-other.duckdb")).toBe(false)
      })
    )
  }
})

describe("interrupted call", () => {
  it.scopedLive("has ended in DuckDB when the interruption returns", () =>
    Effect.gen(function* () {
      const connection = yield* memory
      for (let round = 0; round < 5; round++) {
        for (const call of [connection.run(endless), connection.query(endless)]) {
          const fiber = yield* Effect.fork(call)
          // Before it starts, as it starts, and while it runs.
          yield* Effect.sleep(round * 10)
          expect(Exit.isInterrupted(yield* Fiber.interrupt(fiber))).toBe(true)
          expect(yield* rowsOf(connection, "SELECT 1")).toEqual([[1]])
        }
      }
    })
  )

  it.scopedLive("leaves other connections alone", () =>
    Effect.gen(function* () {
      const { connect } = yield* open(":memory:")
      const [one, other] = [yield* connect, yield* connect]
      const work = "SELECT count(*)::INTEGER FROM range(20000000) WHERE hash(range) % 2 = 3"
      const [long, fiber] = [yield* Effect.fork(rowsOf(other, work)), yield* Effect.fork(one.query(endless))]
      yield* Fiber.interrupt(fiber)
      expect(yield* Fiber.join(long)).toEqual([[0]])
    })
  )

  it.scopedLive("does not keep the process alive, nor does an abandoned call", () =>
    Effect.gen(function* () {
      const script = `
        import * as Effect from "effect/Effect"
        import { open } from "./src/layers/analytics/Duck.ts"
        Effect.runFork(Effect.scoped(Effect.gen(function* () {
          const { connect } = yield* open(":memory:")
          yield* Effect.fork((yield* connect).query("${endless}"))
          const before = process.cpuUsage()
          yield* Effect.repeat(Effect.sleep(10), { until: () => process.cpuUsage(before).user > 200_000 })
          process.exit(3)
        })))`
      const child = yield* Effect.acquireRelease(
        Effect.sync(() =>
          spawn(process.execPath, ["--import", "tsx", "--input-type=module", "--eval", script], {
            cwd: join(import.meta.dirname, "../../.."),
            stdio: ["ignore", "ignore", "inherit"]
          })
        ),
        (child) => Effect.sync(() => child.kill("SIGKILL"))
      )
      expect(yield* Effect.promise(() => once(child, "exit"))).toEqual([3, null])
    })
  )

  it.scopedLive("lets its database close immediately", () =>
    Effect.gen(function* () {
      const closed = Effect.scoped(Effect.flatMap(memory, (connection) => connection.query(endless)))
      const fiber = yield* Effect.fork(closed)
      yield* Effect.yieldNow()
      expect(Exit.isInterrupted(yield* Fiber.interrupt(fiber))).toBe(true)
    })
  )
})

describe("opening", () => {
  it.scoped("fails for an invalid file and releases it", () =>
    Effect.gen(function* () {
      const directory = yield* temporaryDirectory
      const file = join(directory, "a directory")
      mkdirSync(file)
      const { isOfStatement, reason } = yield* Effect.flip(Effect.scoped(open(file)))
      expect([isOfStatement, reason]).toEqual([false, expect.stringMatching(/^IO Error: /)])
      yield* Effect.scoped(open(join(directory, "a file")))
    })
  )

  it.scoped("finds what was written before", () =>
    Effect.gen(function* () {
      const file = join(yield* temporaryDirectory, "some.duckdb")
      const opened = Effect.flatMap(open(file), ({ connect }) => connect)
      yield* Effect.scoped(Effect.flatMap(opened, (it) => it.run("CREATE TABLE t AS SELECT 7 AS n")))
      expect(yield* Effect.scoped(Effect.flatMap(opened, (it) => rowsOf(it, "FROM t")))).toEqual([[7]])
    })
  )
})
