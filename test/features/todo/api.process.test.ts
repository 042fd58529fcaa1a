// The JSON API of lists: names, due times, notes, order, deletion and restoration.
import { randomUUID } from "node:crypto"
import { createParser } from "eventsource-parser"
import { describe, expect, it } from "vitest"
import { makeClient } from "../../http/client.ts"
import { serverForFile } from "../../http/server.ts"

const server = serverForFile()

/** A client with a list of its own. */
const withList = async () => {
  const client = makeClient(server.url)
  const page = await client.newList()
  const path = `/api${page}`
  const send = async (method: string, to: string, json?: unknown, headers: Record<string, string> = {}) => {
    const { status, text } = await client.request(
      method,
      `${path}${to}`,
      json === undefined ? { headers } : { json, headers }
    )
    return { status, body: JSON.parse(text) }
  }
  const add = async (text: string): Promise<string> => (await send("POST", "/todos", { text })).body.todoId
  const read = async () => (await send("GET", "")).body
  const texts = async () => (await read()).todos.map(({ text }: { readonly text: string }) => text)
  return { client, page, path, send, add, read, texts }
}

describe("a list", () => {
  it("is named, by whoever may edit it, and pinned by its owner", async () => {
    const { client, path, read, send } = await withList()
    expect((await read()).title).toBeNull()
    expect(await send("PATCH", "", { title: " Groceries " })).toMatchObject({ status: 200, body: { version: 3 } })
    expect(await send("PATCH", "", { title: "Groceries" })).toMatchObject({ status: 200, body: { version: 3 } })
    expect(await read()).toMatchObject({ title: "Groceries", version: 3, access: "link" })
    expect((await client.get("/")).text).toContain("Groceries")
    const stranger = makeClient(server.url)
    const patch = async (json: unknown) => (await stranger.request("PATCH", path, { json })).status
    expect(await patch({ title: "Shopping" })).toBe(200)
    expect(await patch({ pinned: true })).toBe(403)
    expect(await patch({ title: "Mine", access: "private" })).toBe(403)
    expect((await read()).title).toBe("Shopping")
    expect(await send("PATCH", "", { title: "All", pinned: true, access: "read-only" })).toMatchObject({
      status: 200,
      body: { version: 7 }
    })
    expect(await patch({ title: "Shopping" })).toBe(403)
    for (const body of [{}, { title: "" }, { title: "x".repeat(121) }, { title: null }, { titel: "x" }]) {
      expect(await send("PATCH", "", body)).toMatchObject({ status: 400, body: { code: "VALIDATION_FAILED" } })
    }
  })

  it("is deleted: gone for its owner, not there for anyone else, until it is restored", async () => {
    const { client, page, path, read, send } = await withList()
    const stranger = makeClient(server.url)
    expect((await stranger.request("DELETE", path)).status).toBe(403)
    expect(await send("DELETE", "", undefined, { "if-match": '"1"' })).toMatchObject({ status: 412 })
    const feed = await fetch(`${server.url}${page}/feed`)
    const key = { "idempotency-key": randomUUID() }
    const deleted = await send("DELETE", "", undefined, { ...key, "if-match": '"2"' })
    expect(deleted).toMatchObject({ status: 200, body: { version: 3 } })
    // The stream of the deleted list ends.
    await feed.text()
    expect(await send("DELETE", "", undefined, { ...key, "if-match": '"2"' })).toEqual(deleted)
    for (const [method, to, body] of [
      ["GET", "", undefined],
      ["PATCH", "", { title: "x" }],
      ["POST", "/todos", { text: "x" }],
      ["DELETE", "", undefined]
    ] as const) {
      expect(await send(method, to, body)).toMatchObject({ status: 410, body: { code: "GONE", title: "Gone" } })
      const other = await stranger.request(method, `${path}${to}`, body === undefined ? {} : { json: body })
      expect([other.status, JSON.parse(other.text).code]).toEqual([404, "NOT_FOUND"])
    }
    for (const to of [page, `${page}/feed`]) {
      expect((await client.get(to)).status).toBe(410)
      expect((await stranger.get(to)).status).toBe(404)
    }
    expect((await client.get("/")).text).not.toContain(page)
    expect((await stranger.request("POST", `${path}/restore`)).status).toBe(404)

    expect(await send("POST", "/restore")).toMatchObject({ status: 200, body: { version: 4 } })
    expect(await send("POST", "/restore")).toMatchObject({ status: 200, body: { version: 4 } })
    expect(await read()).toMatchObject({ version: 4, todos: [{ text: "milk" }] })
    expect((await client.get("/")).text).toContain(page)
  })

  it("without an owner cannot be deleted", async () => {
    const nobody = makeClient(server.url)
    const { body } = await nobody.call("/lists")
    expect((await nobody.request("DELETE", `/api/lists/${body.listId}`)).status).toBe(403)
  })
})

describe("a todo", () => {
  it("has a due time, kept in UTC, and notes", async () => {
    const { read, send } = await withList()
    const [todo] = (await read()).todos
    expect(todo).toEqual({ todoId: expect.any(String), text: "milk", completed: false })
    const to = `/todos/${todo.todoId}`
    expect(await send("PATCH", to, { dueAt: "2026-12-01T10:00:00+01:00", notes: " a\r\nb " })).toMatchObject({
      status: 200,
      body: { version: 4 }
    })
    const changed = { ...todo, dueAt: "2026-12-01T09:00:00.000Z", notes: "a\nb" }
    expect((await read()).todos).toEqual([changed])
    // The same instant, and the same notes: nothing changes.
    expect((await send("PATCH", to, { dueAt: "2026-12-01t09:00:00z", notes: "a\nb" })).body.version).toBe(4)
    expect((await send("PATCH", to, { dueAt: null, completed: true, text: "oat milk" })).body.version).toBe(7)
    const { dueAt: _, ...without } = changed
    expect((await read()).todos).toEqual([{ ...without, completed: true, text: "oat milk" }])
    for (const dueAt of ["2026-02-30T09:00:00Z", "2026-12-01", "tomorrow", "", 1, "9999-12-31T23:59:59-01:00"]) {
      expect(await send("PATCH", to, { dueAt })).toMatchObject({
        status: 400,
        body: { detail: expect.stringMatching(/^dueAt: /) }
      })
    }
    expect((await send("PATCH", to, { notes: "x".repeat(5001) })).status).toBe(400)
    expect((await send("PATCH", to, { notes: "x".repeat(5000) })).status).toBe(200)
  })

  it("is moved in front of another one, or to the end", async () => {
    const { add, read, send, texts } = await withList()
    const bread = await add("bread")
    const tea = await add("tea")
    const [{ todoId: milk }] = (await read()).todos
    const move = (todoId: string, before: unknown, headers = {}) =>
      send("POST", `/todos/${todoId}/move`, { before }, headers)
    expect(await move(tea, milk)).toMatchObject({ status: 200, body: { version: 5 } })
    expect(await texts()).toEqual(["tea", "milk", "bread"])
    expect(await move(tea, milk)).toMatchObject({ status: 200, body: { version: 5 } })
    expect(await move(tea, null)).toMatchObject({ status: 200, body: { version: 6 } })
    await move(bread, milk)
    await add("eggs")
    expect(await texts()).toEqual(["bread", "milk", "tea", "eggs"])
    expect(await move(bread, null, { "if-match": '"1"' })).toMatchObject({ status: 412 })
    for (const absent of [randomUUID(), "x"]) {
      expect(await move(bread, absent)).toMatchObject({ status: 404, body: { code: "NOT_FOUND" } })
      expect((await move(absent, bread)).status).toBe(404)
    }
    expect((await move(bread, 1)).status).toBe(400)
  })
})

describe("files", () => {
  it.each([
    ["markdown", "text/markdown; charset=utf-8", "todos.md"],
    ["csv", "text/csv; charset=utf-8; header=present", "todos.csv"],
    ["json", "application/json", "todos.json"]
  ])("of %s are exported and imported", async (format, type, name) => {
    const { add, client, path, read, send } = await withList()
    const todoId = await add("bread")
    await send("PATCH", `/todos/${todoId}`, { completed: true, dueAt: "2026-12-01T09:00:00Z", notes: "a\n\nb" })
    const file = await client.get(`${path}/export?format=${format}`)
    expect([file.status, file.headers.get("content-type")]).toEqual([200, type])
    expect(file.headers.get("content-disposition")).toBe(`attachment; filename="${name}"`)
    const etag = file.headers.get("etag") ?? ""
    const again = await client.request("GET", `${path}/export?format=${format}`, { headers: { "if-none-match": etag } })
    expect(again.status).toBe(304)

    const other = await withList()
    await other.send("DELETE", `/todos/${(await other.read()).todos[0].todoId}`)
    const key = { "idempotency-key": randomUUID() }
    const sent = { format, content: file.text }
    const done = await other.send("POST", "/import", sent, key)
    expect(done).toEqual({ status: 200, body: { added: 2, rejected: [], sequence: expect.any(Number), version: 8 } })
    expect(await other.send("POST", "/import", sent, key)).toEqual(done)
    const without = (todos: ReadonlyArray<object>) => todos.map((todo) => ({ ...todo, todoId: "" }))
    expect(without((await other.read()).todos)).toEqual(without((await read()).todos))
  })

  it("say which lines a list did not take, also when they are sent again", async () => {
    const { client, path, send } = await withList()
    const content = Array.from({ length: 1100 }, (_, n) => (n === 1 ? "- [ ]" : `- [ ] ${n}`)).join("\n")
    const key = { "idempotency-key": randomUUID() }
    const done = await send("POST", "/import", { format: "markdown", content }, key)
    expect(done.body).toMatchObject({
      added: 999,
      rejected: [
        { line: 2, to: 2, code: "VALIDATION_FAILED", detail: "text: Text must not be empty" },
        { line: 1001, to: 1100, code: "LIST_FULL" }
      ]
    })
    expect(await send("POST", "/import", { format: "markdown", content }, key)).toEqual(done)
    expect((await send("POST", "/import", { format: "json", content: "{" })).status).toBe(400)
    expect((await send("POST", "/import", { format: "text", content })).status).toBe(400)
    expect((await client.get(`${path}/export?format=pdf`)).status).toBe(400)
    expect((await client.get(`${path}/export`)).status).toBe(400)
    await send("PATCH", "", { access: "read-only" })
    const stranger = makeClient(server.url)
    expect((await stranger.get(`${path}/export?format=csv`)).status).toBe(200)
    const sent = await stranger.request("POST", `${path}/import`, { json: { format: "markdown", content: "x" } })
    expect(sent.status).toBe(403)
  })
})

it("names the new events on the stream of the log", async () => {
  const { read, send } = await withList()
  const { sequence, todos } = await read()
  const to = `/todos/${todos[0].todoId}`
  await send("PATCH", "", { title: "Groceries" })
  await send("PATCH", to, { dueAt: "2026-12-01T09:00:00Z", notes: "x" })
  await send("DELETE", "")
  await send("POST", "/restore")
  const abort = new AbortController()
  const { body } = await fetch(`${server.url}/events?after=${sequence}`, { signal: abort.signal })
  const found: Array<string | undefined> = []
  const parser = createParser({ onEvent: ({ event }) => found.push(event) })
  const decoder = new TextDecoder()
  const reader = body?.getReader()
  while (found.length < 5) {
    const part = await reader?.read()
    parser.feed(decoder.decode(part?.value, { stream: true }))
  }
  abort.abort()
  expect(found).toEqual(["ListRenamed", "TodoDueChanged", "TodoNotesChanged", "ListDeleted", "ListRestored"])
})
