// SQLite and DuckDB files from before the code had features open, verify and show the same.
import { readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { gunzipSync } from "node:zlib"
import { describe, expect, it } from "vitest"
import { database, editDatabase, evenstar } from "../cli/backups.ts"
import { keepAlive, metric } from "./client.ts"
import { makeWorkspace, pollOptions } from "./support.ts"

/**
 * Four lists: a read-only one with every kind of edit, one longer than two snapshot intervals, a
 * private one that was cleared, and one without an owner. `told.json` holds the responses of the
 * older code to the owner, whose session is valid for 100 years.
 */
const fixtures = join(import.meta.dirname, "../fixtures/before-features")
const recorded = JSON.parse(readFileSync(join(fixtures, "told.json"), "utf8"))
const { cookie, head } = recorded

describe("files from before features", () => {
  it("open, verify, show the same and accept commands", { timeout: 120_000 }, async ({ onTestFinished }) => {
    const { directory, serve } = makeWorkspace(onTestFinished)
    for (const name of ["evenstar.db", "analytics.duckdb"]) {
      writeFileSync(join(directory, name), gunzipSync(readFileSync(join(fixtures, `${name}.gz`))))
    }
    const versionsOfSnapshots = editDatabase(database(directory), (open) =>
      open.prepare("SELECT version FROM snapshots").pluck().all()
    )
    expect(versionsOfSnapshots).toHaveLength(1)
    const verified = async (events: number) => {
      expect(await evenstar(directory, "verify")).toMatchObject({
        code: 0,
        stdout: `Verified: ${events.toLocaleString("en")} events of 4 aggregates\n`
      })
      expect(await evenstar(directory, "analytics", "verify")).toMatchObject({ code: 0, stderr: "" })
    }
    await verified(head)

    const { stop, url } = await serve()
    const client = keepAlive(url, 2)
    const read = async (path: string) => JSON.parse((await client.send("GET", `/api${path}`, "", { cookie })).text)
    const rowsOfStart = async () => {
      const { text } = await client.send("GET", "/", "", { cookie })
      return [...(/<ul class="lists">[\s\S]*?<\/ul>/.exec(text)?.[0].matchAll(/<li>.*?<\/li>/g) ?? [])].map(
        ([row]) => row
      )
    }
    for (const list of recorded.lists) expect(await read(`/lists/${list.listId}`)).toEqual({ ...list, title: null })
    await expect.poll(rowsOfStart, pollOptions).toEqual(recorded.start)
    await expect.poll(() => metric(url, "evenstar_analytics_sequence"), pollOptions).toBe(head)
    for (const [query, rows] of Object.entries(recorded.analytics)) {
      expect((await read(`/analytics/${query}`)).rows).toEqual(rows)
    }
    // Others cannot see the private list.
    const hidden = recorded.lists.find((list: { access: string }) => list.access === "private")
    expect((await client.send("GET", `/api/lists/${hidden.listId}`)).status).toBe(404)

    const [, long] = recorded.lists
    const added = await client.post(`/api/lists/${long.listId}/todos`, { text: "Once more" }, { cookie })
    expect(JSON.parse(added.text)).toMatchObject({ sequence: head + 1, version: long.version + 1 })
    await expect.poll(() => metric(url, "evenstar_analytics_sequence"), pollOptions).toBe(head + 1)
    client.close()
    expect(await stop("SIGTERM")).toBe(0)
    await verified(head + 1)
  })
})
