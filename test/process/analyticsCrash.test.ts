// `kill -9` during ingestion, and a full disk under both databases: DuckDB always contains exactly
// the log up to its checkpoint, and the whole log, without gaps or repetitions, after recovery.
import { rmSync, statSync, truncateSync } from "node:fs"
import { join } from "node:path"
import { describe, expect, it, vi } from "vitest"
import { analyticsOf, expectRestWorks, readKilledFile } from "./analytics.ts"
import { keepAlive, metric, newList } from "./client.ts"
import { fillDisk, makeWorkspace, pollOptions, random } from "./support.ts"

const seeded = (onTestFailed: (report: () => void) => void) => {
  const seed = Number(process.env["CRASH_SEED"] ?? Math.floor(Math.random() * 2 ** 32))
  onTestFailed(() => console.error(`The kill points were those of CRASH_SEED=${seed}`))
  return random(seed)
}

const pause = (milliseconds: number) => new Promise<void>((resolve) => setTimeout(resolve, milliseconds))

describe("kill -9", () => {
  it("during catch-up: resumes from its checkpoint each time", async ({ onTestFailed, onTestFinished }) => {
    const nextRandom = seeded(onTestFailed)
    const { directory, serve, writer } = makeWorkspace(onTestFinished)
    const events = 200_000
    const storm = await writer(["storm", events, 1000, 4])
    await storm.go()
    let position = 0
    let interrupted = 0
    const told: Array<string | undefined> = []
    for (let round = 0; round < 8 && position < events; round++) {
      const { stop, url } = await serve()
      let seen = 0
      await vi.waitUntil(async () => {
        seen = await metric(url, "evenstar_analytics_sequence")
        return seen > 0
      }, pollOptions)
      // A rebuild would be behind.
      expect(seen).toBeGreaterThanOrEqual(position)
      const { code, components } = await analyticsOf(url).health()
      expect(code).toBe(200)
      told.push(components.analytics.reason)
      await pause(nextRandom() * 200)
      await stop("SIGKILL")
      const { cursor, last, rows } = await readKilledFile(directory)
      expect([rows, last]).toEqual([cursor, cursor])
      expect(cursor).toBeGreaterThanOrEqual(position)
      if (cursor < events) interrupted++
      position = cursor
    }
    expect(interrupted).toBeGreaterThan(0)
    expect(told).toContainEqual(expect.stringMatching(/^has read \d+ % of the log, \d+ events a second, \d+ s left$/))
    const { url } = await serve()
    expect(await analyticsOf(url).expectExact()).toBe(events)
  }, 180_000)

  it("during live ingestion: resumes from its checkpoint each time", async ({ onTestFailed, onTestFinished }) => {
    const nextRandom = seeded(onTestFailed)
    const { directory, serve, writer } = makeWorkspace(onTestFinished)
    const events = 20_000
    const storm = await writer(["storm", events, 1, 1])
    let isOver = false
    const written = storm.go().finally(() => {
      isOver = true
    })
    let position = 0
    let rounds = 0
    for (; !isOver && position < events && rounds < 8; rounds++) {
      const { stop, url } = await serve()
      await expect.poll(() => metric(url, "evenstar_analytics_sequence"), pollOptions).toBeGreaterThan(position)
      await pause(nextRandom() * 500)
      await stop("SIGKILL")
      const { cursor, last, rows } = await readKilledFile(directory)
      expect([rows, last]).toEqual([cursor, cursor])
      expect(cursor).toBeGreaterThanOrEqual(position)
      position = cursor
    }
    await written
    expect(rounds).toBeGreaterThan(1)
    const { url } = await serve()
    expect(await analyticsOf(url).expectExact()).toBe(events)
  }, 180_000)
})

describe("full disk", () => {
  it("stops analytics with a reason, which recovers by itself when space is freed", async ({ onTestFinished }) => {
    const { directory, serve } = makeWorkspace(onTestFinished, "16m")
    const filler = join(directory, "filler")
    const { stop, url } = await serve()
    const { expectExact, expectUnavailable, health } = analyticsOf(url)
    const client = keepAlive(url, 8)
    const listId = await newList(client)
    const add = async () => (await client.post(`/api/lists/${listId}/todos`, { text: "some todo" })).status
    for (let i = 0; i < 300; i++) expect(await add()).toBe(201)
    await expectExact()
    // SQLite continues in space that it has allocated; DuckDB must allocate more for new events.
    fillDisk(filler)
    let inARow = 0
    while (inARow < 40) inARow = (await add()) === 503 ? inARow + 1 : 0
    await expectUnavailable("the disk is full")
    expect((await client.send("GET", `/lists/${listId}`)).text).toContain("some todo")
    expect((await health()).components.eventStore.status).toBe("ok")

    rmSync(filler)
    await expect.poll(add, pollOptions).toBe(201)
    await expectRestWorks(url)
    const head = await expectExact()
    client.close()
    expect(await stop("SIGTERM")).toBe(0)
    expect(await readKilledFile(directory)).toEqual({ rows: head, last: head, cursor: head })
    expect(await analyticsOf((await serve()).url).expectExact()).toBe(head)
  }, 120_000)

  it("during catch-up recovers by itself, too", async ({ onTestFinished }) => {
    const { directory, serve, writer } = makeWorkspace(onTestFinished, "64m")
    const filler = join(directory, "filler")
    const events = 100_000
    const storm = await writer(["storm", events, 1000, 4])
    await storm.go()
    fillDisk(filler)
    // Enough space for SQLite to start, too little for that many rows.
    truncateSync(filler, statSync(filler).size - 2 ** 20)
    const { stop, url } = await serve()
    const { expectExact, expectUnavailable } = analyticsOf(url)
    await expectUnavailable("the disk is full")
    rmSync(filler)
    expect(await expectExact()).toBe(events)
    expect(await stop("SIGTERM")).toBe(0)
    expect(await readKilledFile(directory)).toEqual({ rows: events, last: events, cursor: events })
  }, 120_000)
})
