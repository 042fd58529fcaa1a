// `evenstar restore` as a process: the restored server, refusals, and crashes in between.
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs"
import { basename, join } from "node:path"
import Database from "better-sqlite3"
import type { EventSourceMessage } from "eventsource-parser"
import { describe, expect, it, vi } from "vitest"
import { runToEnd } from "../http/server.ts"
import { analyticsOf } from "../process/analytics.ts"
import { decodeEvent, decodeList, keepAlive, metric } from "../process/client.ts"
import { openStream, readLog } from "../process/streams.ts"
import { fillDisk, makeWorkspace, pollOptions, random } from "../process/support.ts"
import { contents, database, evenstar, executeSql, filesIn, filledList, startEvenstar } from "./backups.ts"

const timeout = 240_000

const sessions = "Sessions are those of the backup: sessions revoked since then are valid again\n"

type Finished = (cleanup: () => Promise<void>) => void

/** A server with a list of 10 todos, and its backup. */
const backedUp = async (onTestFinished: Finished) => {
  const { directory, serve } = makeWorkspace(onTestFinished)
  const { directory: elsewhere } = makeWorkspace(onTestFinished)
  const backup = join(elsewhere, "backup.db")
  const server = await serve()
  const client = keepAlive(server.url, 2)
  const listId = await filledList(client, 10, "todo")
  expect(await evenstar(directory, "backup", backup)).toMatchObject({ code: 0, stderr: "" })
  const add = async (text: string) =>
    expect((await client.post(`/api/lists/${listId}/todos`, { text })).status).toBe(201)
  const stop = async (signal: NodeJS.Signals) => {
    client.close()
    await server.stop(signal)
  }
  return { add, backup, directory, elsewhere, listId, serve, server, stop }
}

const replacedDatabases = (directory: string) =>
  readdirSync(directory)
    .filter((name) => /^evenstar\.db\.before-restore-\d{4}-\d\d-\d\dT\d{6}Z$/.test(name))
    .map((name) => join(directory, name))

describe("evenstar restore", () => {
  it(
    "restores the log under a new log id, with all sessions ended",
    async ({ onTestFinished }) => {
      const { add, backup, directory, elsewhere, listId, serve, server, stop } = await backedUp(onTestFinished)
      const made = await fetch(`${server.url}/lists`, {
        method: "POST",
        body: new URLSearchParams({ text: "of a visitor" }),
        redirect: "manual"
      })
      const headers = { cookie: made.headers.get("set-cookie")?.split(";")[0] ?? "" }
      const whole = join(elsewhere, "whole.db")
      expect((await evenstar(directory, "backup", whole)).code).toBe(0)
      for (let i = 0; i < 30; i++) await add(`after the backup ${i}`)
      await analyticsOf(server.url).expectExact()
      const log = await readLog(server.url)
      await stop("SIGKILL")

      const old = { head: log.length, rows: log.length, integrity: "ok" }
      const { code, stderr, stdout } = await evenstar(directory, "restore", whole)
      expect([code, stderr]).toEqual([0, ""])
      const [kept = ""] = replacedDatabases(directory)
      expect(stdout).toBe(`Restored 13 events; the previous database is ${kept}\n${sessions}`)
      expect(filesIn(directory)).toEqual(
        ["analytics.duckdb", "analytics.duckdb.wal", "assets", "evenstar.db", basename(kept)].filter((name) =>
          existsSync(join(directory, name))
        )
      )
      const [before, now] = [contents(kept), contents(database(directory))]
      expect([before, now]).toMatchObject([old, { head: 13, rows: 13, integrity: "ok" }])
      expect(before.logId).toBe(contents(whole).logId)
      expect(now.logId).not.toBe(before.logId)
      expect(statSync(database(directory)).mode).toBe(statSync(kept).mode)
      expect(await evenstar(directory, "verify")).toMatchObject({
        code: 0,
        stdout: "Verified: 13 events of 2 aggregates\n"
      })

      const again = await serve()
      expect(await readLog(again.url)).toEqual(log.slice(0, 13))
      const client = keepAlive(again.url, 2)
      const list = async () => decodeList((await client.send("GET", `/api/lists/${listId}`)).text)
      expect((await list()).todos.map(({ text }) => text)).toEqual(Array.from({ length: 10 }, (_, i) => `todo ${i}`))
      await expect
        .poll(async () => (await client.send("GET", "/", "", headers)).text, pollOptions)
        .toContain("of a visitor")
      expect(await analyticsOf(again.url).expectExact()).toBe(13)

      // A cursor of the replaced log: its client is told of the reset and the current head.
      const seen: Array<number | string> = []
      const see = ({ data, event }: EventSourceMessage) =>
        seen.push(event === "reset" ? data : decodeEvent(data).sequence)
      const stream = await openStream(again.url, "/events", see, { "last-event-id": `${log.length}` })
      stream.flow()
      expect((await client.post(`/api/lists/${listId}/todos`, { text: "and on" })).status).toBe(201)
      await expect.poll(() => seen, pollOptions).toEqual(['{"reason":"beyond-head","head":13}', 14])
      await stream.close()
      expect(await analyticsOf(again.url).expectExact()).toBe(14)
      client.close()
      expect(await again.stop("SIGTERM")).toBe(0)
      expect(await evenstar(directory, "verify")).toMatchObject({
        code: 0,
        stdout: "Verified: 14 events of 2 aggregates\n"
      })

      // The replaced database is kept and can be restored as well.
      expect(await evenstar(directory, "restore", kept)).toMatchObject({ code: 0, stderr: "" })
      expect(contents(database(directory))).toMatchObject(old)
      expect(await evenstar(join(elsewhere, "new"), "restore", backup)).toMatchObject({
        code: 0,
        stdout: `Restored 11 events\n${sessions}`
      })
      expect(contents(database(join(elsewhere, "new")))).toMatchObject({ head: 11, rows: 11, integrity: "ok" })
    },
    timeout
  )

  it(
    "refuses an invalid backup or a running server and changes nothing",
    async ({ onTestFinished }) => {
      const { add, backup, directory, elsewhere, server, stop } = await backedUp(onTestFinished)
      const refused = async (file: string, reason: string | RegExp) => {
        const before = contents(database(directory))
        expect(await evenstar(directory, "restore", file)).toMatchObject({
          code: 1,
          stdout: "",
          stderr: expect.stringMatching(reason)
        })
        expect(contents(database(directory))).toEqual(before)
        expect([replacedDatabases(directory), filesIn(directory).filter((name) => name.endsWith(".partial"))]).toEqual([
          [],
          []
        ])
      }
      await refused(backup, /^evenstar: .*evenstar\.db is in use: stop the server first. Nothing was changed\n$/)
      await add("the server goes on")
      expect(await metric(server.url, "evenstar_log_head_sequence")).toBe(12)
      await stop("SIGTERM")

      await refused(database(directory), /: it is the database itself\n$/)
      await refused(join(elsewhere, "nothing.db"), /nothing\.db: there is no such file\n$/)
      const other = join(elsewhere, "other.db")
      executeSql(other, "CREATE TABLE something (a)")
      await refused(other, /other\.db is not an Evenstar database\n$/)
      const newer = join(elsewhere, "newer.db")
      cpSync(backup, newer)
      executeSql(newer, "INSERT INTO effect_sql_migrations (migration_id, name) VALUES (9999, 'later')")
      await refused(newer, /newer\.db was written by a newer Evenstar: .*\n$/)
      const faulty = join(elsewhere, "faulty.db")
      cpSync(backup, faulty)
      executeSql(faulty, "DROP TRIGGER events_are_not_deleted", "DELETE FROM events WHERE sequence = 5")
      await refused(
        faulty,
        /faulty\.db was not restored, because it failed verification: .*; Event 5 is missing; .*\n$/
      )

      // Also without a database: existing files stay, and none is created.
      const empty = join(elsewhere, "empty")
      mkdirSync(empty)
      writeFileSync(`${database(empty)}-wal`, "of a database that is elsewhere")
      expect((await evenstar(empty, "restore", faulty)).stderr).toMatch(/faulty\.db was not restored/)
      expect(readdirSync(empty).filter((name) => !name.startsWith("tsx-"))).toEqual(["evenstar.db-wal"])
      expect(readFileSync(`${database(empty)}-wal`, "utf8")).toBe("of a database that is elsewhere")

      // Derived rows are rebuilt in any case.
      executeSql(backup, "UPDATE projections SET cursor = 99 WHERE name = 'owned-lists'")
      expect(await evenstar(directory, "restore", backup)).toMatchObject({
        code: 0,
        stdout: expect.stringMatching(
          /^Will be rebuilt: Projection owned-lists: .*\nRestored 11 events; .*\nSessions .*\n$/
        )
      })
    },
    timeout
  )

  it(
    "sets aside an unreadable database and a WAL without its database",
    async ({ onTestFinished }) => {
      const { add, backup, directory, stop } = await backedUp(onTestFinished)
      await add("in the WAL")
      await stop("SIGKILL")
      expect(existsSync(`${database(directory)}-wal`)).toBe(true)
      rmSync(database(directory))
      expect(await evenstar(directory, "restore", backup)).toMatchObject({ code: 0, stderr: "" })
      expect(contents(database(directory))).toMatchObject({ head: 11, rows: 11, integrity: "ok" })
      const wal = readdirSync(directory).filter((name) => name.endsWith("-wal"))
      expect(wal).toEqual([expect.stringMatching(/^evenstar\.db\.before-restore-.*Z-wal$/)])

      writeFileSync(database(directory), "something that is no database at all. ".repeat(100))
      const { code, stdout } = await evenstar(directory, "restore", backup)
      expect([code, stdout]).toEqual([0, expect.stringContaining("the previous database is ")])
      expect(contents(database(directory))).toMatchObject({ head: 11, rows: 11, integrity: "ok" })
    },
    timeout
  )

  it(
    "locks a missing database, so that a server starting meanwhile fails and changes nothing",
    async ({ onTestFinished }) => {
      const { directory: template, writer } = makeWorkspace(onTestFinished)
      const { directory: elsewhere } = makeWorkspace(onTestFinished)
      const backup = join(elsewhere, "backup.db")
      await (await writer(["storm", 60_000, 1000, 4])).go()
      expect((await evenstar(template, "backup", backup)).code).toBe(0)

      /** A restore paused halfway through about a second of work. */
      const stopped = async (directory: string) => {
        mkdirSync(directory)
        const running = startEvenstar(directory, "restore", backup)
        onTestFinished(async () => {
          running.child.kill("SIGKILL")
        })
        await vi.waitUntil(() => existsSync(database(directory)), { ...pollOptions, interval: 1 })
        running.child.kill("SIGSTOP")
        return running
      }
      const expectRestored = (directory: string) =>
        expect(contents(database(directory))).toMatchObject({ head: 60_000, rows: 60_000, integrity: "ok" })

      const one = join(elsewhere, "one")
      const killed = await stopped(one)
      expect(await runToEnd({ DATA_DIR: one, PORT: "0" })).toEqual({
        code: 1,
        stderr: expect.stringMatching(/The database .*evenstar\.db can't be opened: database is locked/)
      })
      killed.child.kill("SIGKILL")
      await killed.ended
      expect((await evenstar(one, "verify")).stderr).toMatch(/evenstar\.db is not an Evenstar database\n$/)
      expect(await evenstar(one, "restore", backup)).toMatchObject({ code: 0, stderr: "" })
      expectRestored(one)

      const other = join(elsewhere, "other")
      const { child, ended } = await stopped(other)
      // A server that waits for the restore, with the file already open.
      const waiting = new Database(database(other), { timeout: 0 })
      const begin = () => waiting.pragma("journal_mode = WAL")
      expect(begin).toThrow("database is locked")
      child.kill("SIGCONT")
      expect(await ended).toEqual({ code: 0, stdout: `Restored 60,000 events\n${sessions}`, stderr: "" })
      expect(begin).toThrow("attempt to write a readonly database")
      waiting.close()
      expect(readdirSync(other).filter((name) => !name.startsWith("tsx-"))).toEqual(["evenstar.db"])
      expectRestored(other)
    },
    timeout
  )

  it(
    "reports a full disk and leaves the database unchanged",
    async ({ onTestFinished }) => {
      const { backup, stop } = await backedUp(onTestFinished)
      await stop("SIGTERM")
      const { directory: small, writer } = makeWorkspace(onTestFinished, "4m")
      await (await writer(["storm", 1000, 100, 1])).go()
      const before = contents(database(small))
      fillDisk(join(small, "filler"))
      expect(await evenstar(small, "restore", backup)).toMatchObject({
        code: 1,
        stdout: "",
        stderr: expect.stringMatching(/^evenstar: .*: the disk .*full\n$/)
      })
      rmSync(join(small, "filler"))
      expect(filesIn(small)).toEqual(["evenstar.db"])
      expect(contents(database(small))).toEqual(before)
    },
    timeout
  )

  it(
    "leaves either the old or the new database when killed at any time",
    async ({ onTestFailed, onTestFinished }) => {
      const seed = Number(process.env["CRASH_SEED"] ?? Math.floor(Math.random() * 2 ** 32))
      onTestFailed(() => console.error(`The kill points were those of CRASH_SEED=${seed}`))
      const nextRandom = random(seed)
      const { directory: template, writer, serve } = makeWorkspace(onTestFinished)
      const { directory: elsewhere } = makeWorkspace(onTestFinished)
      const backup = join(elsewhere, "backup.db")
      await (await writer(["storm", 20_000, 1000, 4])).go()
      expect((await evenstar(template, "backup", backup)).code).toBe(0)
      // The newest events are still in the killed server's WAL.
      const server = await serve()
      const client = keepAlive(server.url, 2)
      await filledList(client, 20, "in the WAL")
      client.close()
      await server.stop("SIGKILL")
      rmSync(join(template, "analytics.duckdb"), { force: true })
      rmSync(join(template, "analytics.duckdb.wal"), { force: true })
      expect(statSync(`${database(template)}-wal`).size).toBeGreaterThan(0)
      const { logId } = contents(backup)

      const has = (directory: string, pattern: RegExp) => () =>
        readdirSync(directory).some((name) => pattern.test(name))
      const points = [
        /^evenstar\.db$/,
        ...Array<RegExp>(6).fill(/\.partial$/),
        ...Array<RegExp>(3).fill(/\.before-restore-/)
      ]
      const found: Array<string> = []
      for (const [round, point] of points.entries()) {
        const directory = join(elsewhere, `round-${round}`)
        cpSync(template, directory, { recursive: true })
        const { child, ended } = startEvenstar(directory, "restore", backup)
        await vi.waitUntil(has(directory, point), { ...pollOptions, interval: 1 })
        if (point.source === "\\.partial$") {
          const until = performance.now() + nextRandom() * 400
          await vi.waitUntil(() => performance.now() >= until, { ...pollOptions, interval: 1 })
        }
        child.kill("SIGKILL")
        await ended
        const { head, integrity, logId: is, rows } = contents(database(directory))
        const isOld = is === logId
        found.push(isOld ? "old" : "new")
        expect([round, integrity, head, rows]).toEqual([round, "ok", isOld ? 20_021 : 20_000, head])
        expect(await evenstar(directory, "verify")).toMatchObject({ code: 0, stderr: "" })
        // A repeated restore succeeds and removes the leftovers.
        if (round % 3 === 0) {
          expect(await evenstar(directory, "restore", backup)).toMatchObject({ code: 0, stderr: "" })
          expect(contents(database(directory))).toMatchObject({ head: 20_000, rows: 20_000, integrity: "ok" })
          expect(filesIn(directory).filter((name) => name.includes(".partial"))).toEqual([])
        }
        rmSync(directory, { recursive: true })
      }
      expect(found).toContain("old")
      expect(found).toContain("new")
    },
    timeout
  )
})
