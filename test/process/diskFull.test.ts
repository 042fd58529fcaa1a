// A full disk, on a small file system: commands are refused without a trace, everything else works,
// and the same process recovers when space is freed.
import { rmSync } from "node:fs"
import { join } from "node:path"
import { describe, expect, it } from "vitest"
import {
  decodeEvent,
  decodeList,
  decodeNewTodo,
  decodeProblem,
  keepAlive,
  type LoggedEvent,
  newList
} from "./client.ts"
import { checkConsecutive, expectGapFree, openStream, readLog } from "./streams.ts"
import { fillDisk, makeWorkspace, pollOptions } from "./support.ts"

describe("full disk", () => {
  it("refuses commands, serves reads and feeds, and recovers when space is freed", async ({ onTestFinished }) => {
    const { directory, serve } = makeWorkspace(onTestFinished, "16m")
    const filler = join(directory, "filler")
    const server = await serve()
    const { url } = server
    const client = keepAlive(url, 8)
    const listId = await newList(client)
    const todos = `/api/lists/${listId}/todos`
    const answered: Array<ReturnType<typeof decodeNewTodo>> = []
    const add = async (text: string) => {
      const answer = await client.post(todos, { text })
      if (answer.status === 201) answered.push(decodeNewTodo(answer.text))
      return answer
    }
    const acknowledged = () => answered.sort((a, b) => a.sequence - b.sequence).map(({ todoId }) => todoId)
    const made = await fetch(`${url}/lists`, {
      method: "POST",
      body: new URLSearchParams({ text: "of a session" }),
      redirect: "manual"
    })
    const session = { cookie: made.headers.get("set-cookie")?.split(";")[0] ?? "" }
    for (let i = 0; i < 20; i++) expect((await add(`before ${i}`)).status).toBe(201)

    const order = checkConsecutive()
    const seen: Array<LoggedEvent> = []
    const events = await openStream(url, "/events?after=0", (event) => {
      order.see(event)
      seen.push(decodeEvent(event.data))
    })
    events.flow()
    let fragment = ""
    const feed = await openStream(url, `/lists/${listId}/feed`, ({ data }) => {
      fragment = data
    })
    feed.flow()
    await expect.poll(() => fragment, pollOptions).toContain("before 19")

    // SQLite first uses its allocated space: the disk counts as full after many refusals in a row.
    fillDisk(filler)
    let inARow = 0
    await Promise.all(
      Array.from({ length: 8 }, async () => {
        while (inARow < 40) inARow = (await add("in the last room")).status === 503 ? inARow + 1 : 0
      })
    )

    const answers = await Promise.all(
      Array.from({ length: 100 }, (_, i) => (i % 10 === 0 ? client.post("/api/lists") : add(`refused ${i}`)))
    )
    for (const { headers, status, text } of answers) {
      expect([status, headers["content-type"], headers["retry-after"]]).toEqual([
        503,
        "application/problem+json",
        expect.stringMatching(/^\d+$/)
      ])
      expect(decodeProblem(text).code).toBe("UNAVAILABLE")
    }
    for (const path of ["/lists", `/lists/${listId}/todos`]) {
      const body = new URLSearchParams({ text: "refused form" })
      const page = await fetch(`${url}${path}`, { method: "POST", body, redirect: "manual" })
      expect([page.status, page.headers.get("retry-after"), page.headers.get("set-cookie")]).toEqual([
        503,
        expect.stringMatching(/^\d+$/),
        null
      ])
    }

    const stored = decodeList((await client.send("GET", `/api/lists/${listId}`)).text)
    expect(stored.todos.map(({ todoId }) => todoId)).toEqual(acknowledged())
    expect((await client.send("GET", `/lists/${listId}`)).text).toContain("before 19")
    expect((await client.send("GET", "/", "", session)).text).toContain("of a session")
    expect((await client.send("GET", "/health/live")).status).toBe(200)
    expect([200, 503]).toContain((await client.send("GET", "/health")).status)
    let opened = ""
    const late = await openStream(url, `/lists/${listId}/feed`, ({ data }) => {
      opened = data
    })
    late.flow()
    await expect.poll(() => opened, pollOptions).toContain("before 19")
    const full = await readLog(url)
    await expect.poll(() => seen.length, pollOptions).toBe(full.length)

    rmSync(filler)
    await expect.poll(async () => (await add("after")).status, pollOptions).toBe(201)
    expect((await client.post("/api/lists")).status).toBe(201)
    await expect.poll(() => [fragment, opened], pollOptions).toEqual(Array(2).fill(expect.stringContaining("after")))
    const log = await readLog(url)
    expectGapFree(log)
    expect(log.filter(({ payload }) => payload.text?.startsWith("refused"))).toEqual([])
    await expect.poll(() => seen, pollOptions).toEqual(log)
    expect(order.faults).toEqual([])
    expect([events, feed, late].map((stream) => stream.isOpen())).toEqual([true, true, true])
    client.close()

    expect(await server.stop("SIGTERM")).toBe(0)
    const again = await serve()
    expect(await readLog(again.url)).toEqual(log)
    const kept = keepAlive(again.url, 1)
    const list = decodeList((await kept.send("GET", `/api/lists/${listId}`)).text)
    kept.close()
    expect(list.todos.map(({ todoId }) => todoId)).toEqual(acknowledged())
  }, 120_000)
})
