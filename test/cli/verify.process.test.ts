// `evenstar verify` as a process: one line for a sound database, and a name for each kind of fault.
import { copyFileSync, readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { describe, expect, it } from "vitest"
import { decodeList, keepAlive, metric, newList } from "../process/client.ts"
import { makeWorkspace, pollOptions } from "../process/support.ts"
import { database, editDatabase, evenstar, executeSql, filesIn, filledList } from "./backups.ts"

const timeout = 180_000

const pageSize = 4096
const mutable = ["DROP TRIGGER events_are_not_updated", "DROP TRIGGER events_are_not_deleted"]

/** The directory of a stopped server: three lists of one visitor, one with a snapshot. */
const made = async (onTestFinished: (cleanup: () => Promise<void>) => void) => {
  const { directory, serve } = makeWorkspace(onTestFinished)
  const { stop, url } = await serve()
  const client = keepAlive(url, 2)
  let cookie = ""
  for (const text of ["first", "second"]) {
    const body = new URLSearchParams({ text })
    const answer = await fetch(`${url}/lists`, { method: "POST", body, redirect: "manual", headers: { cookie } })
    expect(answer.status).toBe(303)
    cookie ||= answer.headers.get("set-cookie")?.split(";")[0] ?? ""
  }
  const long = await filledList(client, 100, "todo")
  const [todo] = decodeList((await client.send("GET", `/api/lists/${long}`)).text).todos
  for (let i = 0; i < 1000; i++) {
    const body = JSON.stringify({ completed: i % 2 === 0 })
    const { status } = await client.send("PATCH", `/api/lists/${long}/todos/${todo?.todoId}`, body)
    expect(status).toBe(200)
  }
  await newList(client)
  const head = await metric(url, "evenstar_log_head_sequence")
  await expect
    .poll(
      () =>
        editDatabase(database(directory), (open) => [
          open.prepare("SELECT cursor FROM projections").pluck().get(),
          open.prepare("SELECT count(*) FROM snapshots").pluck().get()
        ]),
      pollOptions
    )
    .toEqual([head, 1])
  client.close()
  expect(await evenstar(directory, "verify")).toMatchObject({
    code: 0,
    stderr: "",
    stdout: `Verified: ${head.toLocaleString("en")} events of 4 aggregates\n`
  })
  expect(await stop("SIGTERM")).toBe(0)
  /** Verifies a database after `change`, which is undone afterwards. */
  const verifying = async (change: (file: string) => void) => {
    const file = join(directory, "changed.db")
    copyFileSync(database(directory), file)
    change(file)
    const { code, stderr, stdout } = await evenstar(directory, "verify", file)
    expect([code, stderr]).toEqual([1, `evenstar: ${file} failed verification\n`])
    return stdout.split("\n").slice(0, -1)
  }
  return {
    directory,
    head,
    long,
    verifying,
    changing: (...sql: ReadonlyArray<string>) => verifying((file) => executeSql(file, ...sql))
  }
}

describe("evenstar verify", () => {
  it(
    "accepts a server's database and names each kind of fault",
    async ({ onTestFinished }) => {
      const { changing, directory, head, long, verifying } = await made(onTestFinished)
      expect(await evenstar(directory, "verify")).toMatchObject({ code: 0, stderr: "" })
      expect(filesIn(directory)).toEqual(["analytics.duckdb", "assets", "evenstar.db"])

      const triggers = [
        "The trigger events_are_not_updated is missing",
        "The trigger events_are_not_deleted is missing"
      ]
      expect(await changing(...mutable, "DELETE FROM events WHERE sequence IN (7, 10, 11)")).toEqual([
        ...triggers,
        "Event 7 is missing",
        "The events 10 to 11 are missing",
        `TodoList ${long} continues with version 4 instead of 3`,
        `TodoList ${long} continues with version 8 instead of 6`,
        `The snapshot of TodoList ${long} differs from the log`
      ])

      const unreadable = await changing(
        ...mutable,
        `UPDATE events SET payload = '{"text":1}' WHERE sequence = 2`,
        `UPDATE events SET event_type = 'Unheard' WHERE sequence = 4`,
        `UPDATE events SET schema_version = 9 WHERE sequence = ${head}`,
        "UPDATE events SET metadata = '{}', occurred_at = 'then' WHERE sequence = 6"
      )
      expect(unreadable.slice(2)).toEqual([
        expect.stringMatching(/^Event 2 \(TodoAdded, schema version 1\) can't be read: .*todoId/),
        "Event 4 (Unheard, schema version 1) can't be read: no such event type is known",
        "The metadata of event 6 can't be read",
        "The time of event 6 can't be read",
        `Event ${head} (ListCreated, schema version 9) can't be read: the newest known schema version is 1`,
        // The rows were derived while these events were still readable.
        expect.stringMatching(/^Projection owned-lists: the row of id \S+ differs from the log$/),
        expect.stringMatching(/^Projection owned-lists: the row of id \S+ differs from the log$/)
      ])

      expect(
        await changing(
          "UPDATE owned_lists_v1 SET open = open + 1 WHERE first_todo = 'first'",
          "UPDATE owned_lists_v1 SET id = 'moved' WHERE first_todo = 'second'",
          `UPDATE projections SET cursor = ${head + 1} WHERE name = 'owned-lists'`,
          `UPDATE snapshots SET state = replace(state, 'todo 7"', 'todo 8"')`
        )
      ).toEqual([
        `Projection owned-lists: its checkpoint is ${head + 1}, but the log ends at ${head}`,
        expect.stringMatching(/^Projection owned-lists: the row of id \S+ differs from the log$/),
        "Projection owned-lists: the row of id moved is not from the log",
        expect.stringMatching(/^Projection owned-lists: the row of id \S+ is missing$/),
        `The snapshot of TodoList ${long} differs from the log`
      ])

      const many = await changing(...mutable, `UPDATE events SET event_type = 'Unheard' WHERE sequence > ${head - 100}`)
      expect(many).toHaveLength(21)
      expect(many.at(-1)).toBe("and 82 more")

      // An inner leaf page (0x0d) of the events table: damage to the last page shows on opening.
      const broken = await verifying((file) => {
        const bytes = readFileSync(file)
        const pages = Array.from({ length: bytes.length / pageSize }, (_, page) => page * pageSize)
        const leaf = pages.find((at) => bytes[at] === 0x0d && bytes.subarray(at, at + pageSize).includes('"todo 50"'))
        bytes.fill(0xff, leaf, (leaf ?? 0) + pageSize)
        writeFileSync(file, bytes)
      })
      expect(broken.length).toBeGreaterThan(0)
      expect(broken.filter((line) => !/^SQLite reports: |^and \d+ more$/.test(line))).toEqual([])
    },
    timeout
  )

  it(
    "reports a database that it cannot read",
    async ({ onTestFinished }) => {
      const { directory, writer } = makeWorkspace(onTestFinished)
      await (await writer(["storm", 10, 1, 1])).go()
      const one = async (reason: string) =>
        expect(await evenstar(directory, "verify")).toMatchObject({
          code: 1,
          stdout: "",
          stderr: `evenstar: ${database(directory)}${reason}\n`
        })
      executeSql(database(directory), "INSERT INTO effect_sql_migrations (migration_id, name) VALUES (9999, 'later')")
      await one(" was written by a newer Evenstar: its schema is 9999, this version knows up to 8")
      executeSql(database(directory), "DROP TABLE log")
      await one(" is not an Evenstar database")
      writeFileSync(database(directory), "no database, but something else that somebody has put there. ".repeat(20))
      await one(": it is not a SQLite database")
    },
    timeout
  )
})
