// DuckDB's file corrupt, locked, deleted, modified, or of another log: analytics reports it and
// recovers, by itself or by a rebuild, to the log's contents. Everything else is unaffected.
import { spawn } from "node:child_process"
import { once } from "node:events"
import { cpSync, rmSync, truncateSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import Database from "better-sqlite3"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { runStatements, scrambleRows } from "../layers/analytics/support.ts"
import { analyticsOf, expectRestWorks, fileIn } from "./analytics.ts"
import { makeWorkspace } from "./support.ts"

type Finish = Parameters<typeof makeWorkspace>[0]

/** A log of some thousand events, all in DuckDB; no process is running on it. */
const template = makeWorkspace((cleanup) => afterAll(cleanup))
beforeAll(async () => {
  const writer = await template.writer(["storm", 3000, 100, 4])
  await writer.go()
  const { stop, url } = await template.serve()
  await analyticsOf(url).waitForCatchUp()
  expect(await stop("SIGTERM")).toBe(0)
}, 120_000)

/** A copy of the template in the test's own directory. */
const filled = (onTestFinished: Finish) => {
  const place = makeWorkspace(onTestFinished)
  cpSync(template.directory, place.directory, { recursive: true })
  return place
}

describe("a DuckDB file that is", () => {
  it("garbage: the rest works, and deleting the file rebuilds it", async ({ onTestFinished }) => {
    const { directory, serve } = filled(onTestFinished)
    writeFileSync(fileIn(directory), "garbage".repeat(10_000))
    const { url } = await serve()
    const { expectExact, expectUnavailable } = analyticsOf(url)
    await expectUnavailable("corrupt")
    await expectRestWorks(url)
    rmSync(fileIn(directory))
    expect(await expectExact()).toBe(3002)
  }, 120_000)

  it("truncated: the rest works, and deleting the file rebuilds it", async ({ onTestFinished }) => {
    const { directory, serve } = filled(onTestFinished)
    truncateSync(fileIn(directory), 100_000)
    const { url } = await serve()
    const { expectExact, expectUnavailable } = analyticsOf(url)
    await expectUnavailable("corrupt")
    rmSync(fileIn(directory))
    expect(await expectExact()).toBe(3000)
  }, 120_000)

  it("corrupt within its rows: unavailable from the first query until a rebuild", async ({ onTestFinished }) => {
    const { directory, serve } = filled(onTestFinished)
    expect(await scrambleRows(fileIn(directory))).toBeGreaterThan(0)
    const { url } = await serve()
    const { expectExact, expectUnavailable, rebuild } = analyticsOf(url)
    await expectUnavailable("corrupt")
    await expectRestWorks(url)
    await expectUnavailable("corrupt")
    await rebuild()
    expect(await expectExact()).toBe(3002)
  }, 120_000)

  it("locked by another process: the rest works, and the file is used once it is released", async ({
    onTestFinished
  }) => {
    const { directory, serve } = filled(onTestFinished)
    const script = `import { DuckDBInstance } from "@duckdb/node-api"
      await DuckDBInstance.create(process.argv[1])
      console.log("locked")
      process.stdin.resume()`
    const locker = spawn(process.execPath, ["--input-type=module", "--eval", script, fileIn(directory)], {
      cwd: join(import.meta.dirname, "../.."),
      stdio: ["pipe", "pipe", "inherit"]
    })
    onTestFinished(() => void locker.kill("SIGKILL"))
    await once(locker.stdout, "data")
    const { url } = await serve()
    const { expectExact, expectUnavailable } = analyticsOf(url)
    await expectUnavailable("locked")
    await expectRestWorks(url)
    await expectUnavailable("locked")
    locker.kill("SIGKILL")
    expect(await expectExact()).toBe(3002)
  }, 120_000)

  it("in use by another server: the rest works, and analytics follows when that server stops", async ({
    onTestFinished
  }) => {
    const { serve } = filled(onTestFinished)
    const one = await serve()
    await analyticsOf(one.url).waitForCatchUp()
    const other = await serve()
    await analyticsOf(other.url).expectUnavailable("locked")
    await expectRestWorks(other.url)
    expect(await analyticsOf(one.url).expectExact()).toBe(3002)
    expect(await one.stop("SIGTERM")).toBe(0)
    await expectRestWorks(other.url)
    expect(await analyticsOf(other.url).expectExact()).toBe(3004)
  }, 120_000)

  it("deleted while no process runs: rebuilt from the log", async ({ onTestFinished }) => {
    const { directory, serve } = filled(onTestFinished)
    for (const suffix of ["", ".wal"]) rmSync(fileIn(directory) + suffix, { force: true })
    const { url } = await serve()
    expect(await analyticsOf(url).expectExact()).toBe(3000)
  }, 120_000)

  it("of another log: rebuilt, since a restore changes the log id", async ({ onTestFinished }) => {
    const { directory, serve } = filled(onTestFinished)
    // Kept rows would be visible.
    await runStatements(fileIn(directory), "UPDATE events SET payload = '{}' WHERE sequence = 7")
    const log = new Database(join(directory, "evenstar.db"))
    log.prepare("UPDATE log SET log_id = 'restored'").run()
    log.close()
    const { url } = await serve()
    expect(await analyticsOf(url).expectExact()).toBe(3000)
  }, 120_000)
})

describe("different from the log: detected, and repaired by a rebuild", () => {
  for (const [what, statement, differences] of [
    ["missing rows", "DELETE FROM events WHERE sequence BETWEEN 11 AND 20", ["Each of the events 11 to 20 is missing"]],
    ["a changed row", "UPDATE events SET event_type = 'Other' WHERE sequence = 5", ["Event 5 differs in event_type"]],
    [
      "repeated rows",
      "INSERT INTO events SELECT * FROM events WHERE sequence IN (1, 2)",
      ["Each of the events 1 to 2 is there 2 times"]
    ],
    ["a cursor set back", "UPDATE cursor SET position = 2990", ["Each of the events 2991 to 3000 is there 2 times"]],
    [
      "a cursor set forward",
      "DELETE FROM events WHERE sequence > 2000; UPDATE cursor SET position = 2500",
      ["Each of the events 2001 to 2500 is missing"]
    ]
  ] as const) {
    it(what, async ({ onTestFinished }) => {
      const { directory, serve } = filled(onTestFinished)
      await runStatements(fileIn(directory), statement)
      const { url } = await serve()
      const { expectExact, waitForCatchUp: level, rebuild, verify } = analyticsOf(url)
      await level()
      expect(await verify()).toEqual(differences)
      await expectRestWorks(url)
      await rebuild()
      await expect.poll(verify, { timeout: 30_000 }).toEqual([])
      expect(await expectExact()).toBe(3002)
    }, 120_000)
  }

  it("with a checkpoint beyond the head: rebuilt automatically", async ({ onTestFinished }) => {
    const { directory, serve } = filled(onTestFinished)
    await runStatements(fileIn(directory), "UPDATE cursor SET position = 5000")
    const { url } = await serve()
    expect(await analyticsOf(url).expectExact()).toBe(3000)
  }, 120_000)
})
