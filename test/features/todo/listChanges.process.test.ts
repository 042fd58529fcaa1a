// A list's feed: the whole first, then only what changes, and the whole for another view of it.
import { EventSourceParserStream } from "eventsource-parser/stream"
import { describe, expect, it } from "vitest"
import { makeClient } from "../../http/client.ts"
import { serverForFile } from "../../http/server.ts"

const server = serverForFile({ COMMAND_RATE_LIMIT: "0" })

/** A list with that many todos: "todo 0", "todo 1" … */
const listOf = async (count: number) => {
  const client = makeClient(server.url)
  const path = await client.newList("todo 0")
  for (let index = 1; index < count; index++) await client.call(`${path}/todos`, { text: `todo ${index}` })
  const { text } = await client.get(`/api${path}`)
  const todos: ReadonlyArray<{ readonly todoId: string }> = JSON.parse(text).todos
  const edit = (index: number, json: object) =>
    client.request("PATCH", `/api${path}/todos/${todos[index]?.todoId}`, { json })
  return { client, edit, path }
}

/** Opens a feed; `next` resolves to its next HTML message. */
const openFeed = async (path: string, headers: Record<string, string> = { "hx-request": "true" }) => {
  const controller = new AbortController()
  const { body } = await fetch(server.url + path, { headers, signal: controller.signal })
  const reader = body?.pipeThrough(new TextDecoderStream()).pipeThrough(new EventSourceParserStream()).getReader()
  const next = async (): Promise<string> => {
    const result = await reader?.read()
    if (result?.value === undefined) throw new Error("The feed has ended")
    return result.value.event === undefined ? result.value.data : next()
  }
  return { next, close: () => controller.abort() }
}

const rowsIn = (html: string) => html.match(/<li /g)?.length ?? 0

describe("feed of a list of 60 todos", { timeout: 60_000 }, () => {
  it("begins with a page of rows, then sends the changed row in under 2 KB", async () => {
    const { client, edit, path } = await listOf(60)
    // The first one that is completed brings "Clear completed" too.
    await edit(58, { completed: true })
    const feed = await openFeed(`${path}/feed`)
    expect(rowsIn(await feed.next())).toBe(50)
    await edit(59, { completed: true })
    const toggled = await feed.next()
    expect(toggled).toContain("todo 59")
    expect([rowsIn(toggled), toggled.includes("58 items left")]).toEqual([1, true])
    expect(Buffer.byteLength(toggled)).toBeLessThan(2000)
    // The oldest row leaves the page as the newest comes.
    await client.call(`${path}/todos`, { text: "todo 60" })
    const added = await feed.next()
    expect(added).toContain("todo 60")
    expect([rowsIn(added), added.match(/hx-swap="delete"/g)?.length]).toEqual([1, 1])
    feed.close()
    const again = await openFeed(`${path}/feed`)
    expect(rowsIn(await again.next())).toBe(50)
    again.close()
  })

  it("sends the whole at each change to a client that isn't htmx", async () => {
    const { edit, path } = await listOf(60)
    const feed = await openFeed(`${path}/feed`, {})
    expect(rowsIn(await feed.next())).toBe(50)
    await edit(59, { completed: true })
    expect(rowsIn(await feed.next())).toBe(50)
    feed.close()
  })

  it("sends the whole when the page that is shown becomes another one", async () => {
    const { client, edit, path } = await listOf(60)
    for (let index = 0; index < 51; index++) await edit(index, { completed: true })
    // The second page of completed todos has one todo, then the first page is the last.
    const feed = await openFeed(`${path}/feed?filter=completed&page=2`)
    expect(rowsIn(await feed.next())).toBe(1)
    await edit(50, { completed: false })
    const moved = await feed.next()
    expect([rowsIn(moved), moved.includes("hx-partial")]).toEqual([50, false])
    await edit(50, { completed: true })
    await client.get(path)
    expect(rowsIn(await feed.next())).toBe(1)
    feed.close()
  })
})

describe("feed of a list of two todos", () => {
  it("sends the whole, which is hardly longer than the change", async () => {
    const { edit, path } = await listOf(2)
    const feed = await openFeed(`${path}/feed`)
    expect(rowsIn(await feed.next())).toBe(2)
    await edit(0, { completed: true })
    const toggled = await feed.next()
    expect([rowsIn(toggled), toggled.includes("hx-partial")]).toEqual([2, false])
    feed.close()
  })
})
