// A database of the previous release, with older schema versions: opens, verifies, takes commands.
import { readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { brotliDecompressSync } from "node:zlib"
import { describe, expect, it } from "vitest"
import { database, editDatabase, evenstar } from "../cli/backups.ts"
import { decodeList, keepAlive, toggleAll } from "./client.ts"
import { makeWorkspace, pollOptions } from "./support.ts"

/** Three lists of one visitor: every event of version 1, a snapshot, toggled and cleared todos. */
const fixtures = join(import.meta.dirname, "../fixtures")
/** The previous release's responses about it. */
const recorded = JSON.parse(readFileSync(join(fixtures, "todoEvents.v1.json"), "utf8"))
const head = 1101

describe("database with single-todo completions and deletions", () => {
  it("opens, verifies, returns the same lists and figures, and accepts commands", async ({ onTestFinished }) => {
    const { directory, serve } = makeWorkspace(onTestFinished)
    writeFileSync(database(directory), brotliDecompressSync(readFileSync(join(fixtures, "todoEvents.v1.db.br"))))
    const verified = (events: number) =>
      expect(evenstar(directory, "verify")).resolves.toMatchObject({
        code: 0,
        stdout: `Verified: ${events.toLocaleString("en")} events of 3 aggregates\n`
      })
    await verified(head)
    const { stop, url } = await serve()
    const client = keepAlive(url, 2)
    const read = async (path: string) => JSON.parse((await client.send("GET", `/api/${path}`)).text)
    for (const list of recorded.lists) expect(await read(`lists/${list.listId}`)).toMatchObject(list)
    const rows = async (query: string) => (await read(`analytics/${query}`)).rows
    for (const query of ["completion_funnel", "time_to_complete"]) {
      await expect.poll(() => rows(query), pollOptions).toEqual(recorded[query])
    }
    const shown = () =>
      editDatabase(database(directory), (open) =>
        open.prepare("SELECT id, open + done FROM owned_lists WHERE visitor_id != '' ORDER BY open + done").raw().all()
      )
    const [first, long, cleared] = recorded.lists.map((list: { listId: string }) => list.listId)
    await expect.poll(shown, pollOptions).toEqual([
      [cleared, 0],
      [first, 3],
      [long, 60]
    ])

    expect(await toggleAll(client, first, true)).toEqual({ sequence: head + 1, version: 10 })
    expect(await toggleAll(client, long, true)).toEqual({ sequence: head + 2, version: 1083 })
    expect((await client.post(`/api/lists/${long}/clear-completed`)).status).toBe(200)
    expect(decodeList((await client.send("GET", `/api/lists/${long}`)).text).todos).toEqual([])
    const now = [
      [first, 3],
      [long, 0],
      [cleared, 0]
    ]
    await expect.poll(shown, pollOptions).toEqual(expect.arrayContaining(now))
    // Milk and tea are first completed here; their durations depend on the current time.
    const counts = async () => (await rows("completion_funnel")).map((row: { count: number }) => row.count).slice(0, 2)
    await expect.poll(counts, pollOptions).toEqual([67, 67])
    client.close()
    expect(await stop("SIGTERM")).toBe(0)
    await verified(head + 3)
  }, 120_000)
})
