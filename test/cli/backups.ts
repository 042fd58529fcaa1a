// For tests of backup, restore and verify: the commands as processes, load, database contents.
import { readdirSync } from "node:fs"
import { join } from "node:path"
import Database from "better-sqlite3"
import { type Client, keepAlive, newList } from "../process/client.ts"
import { runToEnd, start } from "./process.ts"

export const database = (directory: string) => join(directory, "evenstar.db")

export const evenstar = (directory: string, ...args: ReadonlyArray<string>) =>
  runToEnd(directory, args, { DATA_DIR: directory })
export const startEvenstar = (directory: string, ...args: ReadonlyArray<string>) =>
  start(directory, args, { DATA_DIR: directory })

/** Runs `work` on a SQLite file directly, as a manual change would. */
export const editDatabase = <A>(file: string, work: (database: Database.Database) => A): A => {
  const open = new Database(file)
  try {
    return work(open)
  } finally {
    open.close()
  }
}

export const executeSql = (file: string, ...statements: ReadonlyArray<string>) =>
  editDatabase(file, (open) => {
    for (const statement of statements) open.exec(statement)
  })

/** Summary of a database: `integrity` is "ok" if sound; `rows` equals `head` if gap-free. */
export const contents = (file: string) =>
  editDatabase(file, (open) => {
    const one = (statement: string) => open.prepare(statement).pluck().get()
    return {
      integrity: one("PRAGMA integrity_check"),
      logId: String(one("SELECT log_id FROM log")),
      head: Number(one("SELECT max(sequence) FROM events")),
      rows: Number(one("SELECT count(*) FROM events"))
    }
  })

/** Events among the first `head` that are missing or different in the second file. */
export const missingEvents = (file: string, other: string, head: number) =>
  editDatabase(file, (open) => {
    open.exec(`ATTACH '${other}' AS other`)
    const upTo = "WHERE sequence <= ?"
    const missing = (one: string, two: string) =>
      Number(
        open
          .prepare(
            `SELECT count(*) FROM (SELECT * FROM ${one}.events ${upTo} EXCEPT SELECT * FROM ${two}.events ${upTo})`
          )
          .pluck()
          .get(head, head)
      )
    return missing("main", "other") + missing("other", "main")
  })

/** Files of a directory, without SQLite's side files of an open database. */
export const filesIn = (directory: string) =>
  readdirSync(directory)
    .filter((name) => !/-(wal|shm)$|^tsx-/.test(name))
    .sort()

const listsOfLoad = 64

/** Appends continuously on 64 lists until stopped; `stop` returns the number of events. */
export const load = async (url: string) => {
  const client = keepAlive(url, listsOfLoad)
  let isOver = false
  let events = 0
  const toggling = async (listId: string) => {
    for (let completed = true; !isOver; completed = !completed) {
      const { status } = await client.post(`/api/lists/${listId}/toggle-all`, { completed })
      if (status === 200) events++
    }
  }
  const filled = Array.from({ length: listsOfLoad }, () => filledList(client, 1, "todo"))
  const done = Promise.all((await Promise.all(filled)).map(toggling))
  return async () => {
    isOver = true
    await done
    client.close()
    return events
  }
}

/** Creates a list with `count` todos, named `text` and a number. */
export const filledList = async (client: Client, todos: number, text: string) => {
  const listId = await newList(client)
  for (let i = 0; i < todos; i++) await client.post(`/api/lists/${listId}/todos`, { text: `${text} ${i}` })
  return listId
}
