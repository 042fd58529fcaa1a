// The JSON API, the pages without a script, cookies, and the two kinds of streams, over real HTTP.
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { createParser, type EventSourceMessage } from "eventsource-parser"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { type Process, startProcess } from "./server.ts"

let server: Process
const directory = mkdtempSync(join(tmpdir(), "evenstar-"))
beforeAll(async () => {
  server = await startProcess(directory)
})
afterAll(async () => {
  await server.stop("SIGTERM")
  rmSync(directory, { recursive: true })
})

const call = async (method: string, path: string, body?: unknown, headers: Record<string, string> = {}) => {
  const init = body === undefined ? {} : { body: JSON.stringify(body) }
  const response = await fetch(`${server.url}${path}`, {
    method,
    headers: { ...(body === undefined ? {} : { "content-type": "application/json" }), ...headers },
    ...init
  })
  return { status: response.status, headers: response.headers, body: await response.json() }
}

/** The messages of a stream, one by one, as a standard parser reads them. */
async function* messages(path: string, headers: Record<string, string> = {}): AsyncGenerator<EventSourceMessage> {
  const abort = new AbortController()
  const response = await fetch(`${server.url}${path}`, { headers, signal: abort.signal })
  expect(response.headers.get("content-type")).toBe("text/event-stream; charset=utf-8")
  const found: Array<EventSourceMessage> = []
  const parser = createParser({ onEvent: (event) => found.push(event) })
  const decoder = new TextDecoder()
  try {
    const reader = response.body?.getReader()
    for (let part = await reader?.read(); part?.value !== undefined; part = await reader?.read()) {
      parser.feed(decoder.decode(part.value, { stream: true }))
      yield* found.splice(0)
    }
  } finally {
    abort.abort()
  }
}

const post = (path: string, fields: Record<string, string>, headers: Record<string, string> = {}) =>
  fetch(`${server.url}${path}`, { method: "POST", body: new URLSearchParams(fields), headers, redirect: "manual" })

describe("the JSON API", () => {
  it("takes a list through its life", async () => {
    const list = await call("POST", "/api/lists", {})
    expect([list.status, list.body]).toEqual([
      201,
      { listId: expect.stringMatching(/^[\w-]{22}$/), sequence: expect.any(Number), version: 1 }
    ])
    const path = `/api/lists/${list.body.listId}`
    const first = await call("POST", `${path}/todos`, { text: " milk " })
    expect([first.status, first.body]).toEqual([
      201,
      { todoId: expect.any(String), sequence: list.body.sequence + 1, version: 2 }
    ])
    const todo = `${path}/todos/${first.body.todoId}`
    const answers = [
      await call("PATCH", todo, { text: "oat milk", completed: true }, { "if-match": '"2"' }),
      await call("PATCH", todo, { completed: true }),
      await call("POST", `${path}/toggle-all`, { completed: false }),
      await call("POST", `${path}/todos`, { text: "bread" }),
      await call("POST", `${path}/toggle-all`, { completed: true })
    ]
    expect(answers.map((it) => [it.status, it.body.version])).toEqual([
      [200, 4],
      [200, 4],
      [200, 5],
      [201, 6],
      [200, 8]
    ])
    const read = await call("GET", path)
    expect(read.headers.get("etag")).toBe('"8"')
    expect(read.body).toEqual({
      listId: list.body.listId,
      version: 8,
      sequence: expect.any(Number),
      access: "link",
      todos: [
        { todoId: first.body.todoId, text: "oat milk", completed: true },
        { todoId: expect.any(String), text: "bread", completed: true }
      ]
    })
    expect((await call("DELETE", todo)).body.version).toBe(9)
    expect((await call("POST", `${path}/clear-completed`)).body.version).toBe(10)
    expect((await call("GET", path)).body.todos).toEqual([])
  })

  it("tells itself as OpenAPI", async () => {
    const { body } = await call("GET", "/api/openapi.json")
    expect(Object.keys(body.paths)).toEqual([
      "/api/lists",
      "/api/lists/{listId}",
      "/api/lists/{listId}/todos",
      "/api/lists/{listId}/todos/{todoId}",
      "/api/lists/{listId}/toggle-all",
      "/api/lists/{listId}/clear-completed"
    ])
  })

  it("of 20 commands at once on one list each succeeds or conflicts, and versions stay gap-free", async () => {
    const { body } = await call("POST", "/api/lists", {})
    const path = `/api/lists/${body.listId}`
    const answers = await Promise.all(
      Array.from({ length: 20 }, (_, i) => call("POST", `${path}/todos`, { text: `${i}` }))
    )
    const won = answers.filter((it) => it.status === 201)
    expect(answers.every((it) => it.status === 201 || it.body.code === "CONFLICT")).toBe(true)
    expect(new Set(won.map((it) => it.body.version)).size).toBe(won.length)
    expect((await call("GET", path)).body).toMatchObject({ version: won.length + 1 })
  })
})

describe("pages and sessions", () => {
  it("GET makes no session; the first list does, and the start page then shows it", async () => {
    expect((await fetch(`${server.url}/`)).headers.get("set-cookie")).toBeNull()
    const made = await post("/lists", { text: "<b>milk</b>" })
    const cookie = made.headers.get("set-cookie") ?? ""
    expect(made.status).toBe(303)
    expect(cookie).toMatch(/^session=[\w-]{43}; Path=\/; HttpOnly; SameSite=Lax; Max-Age=2592000$/)
    const own = { cookie: cookie.split(";")[0] ?? "" }
    await expect
      .poll(async () => (await fetch(`${server.url}/`, { headers: own })).text())
      .toContain("&lt;b>milk&lt;/b>")
    expect((await post("/lists", { text: "second" }, own)).headers.get("set-cookie")).toBeNull()
    expect(await (await fetch(`${server.url}/`)).text()).not.toContain("milk")
  })

  it.each([
    `session=${"A".repeat(43)}`,
    "session=short",
    "session=",
    `session=${"A".repeat(9000)}`,
    "session=a; session=b"
  ])("a cookie %# that names no session is never adopted", async (cookie) => {
    const made = await post("/lists", { text: "x" }, { cookie })
    expect(made.status).toBe(303)
    const issued = made.headers.get("set-cookie")?.split(";")[0]
    expect(issued).toMatch(/^session=[\w-]{43}$/)
    expect(cookie).not.toContain(issued)
  })

  it("a private list is its owner's alone", async () => {
    const made = await post("/lists", { text: "secret" })
    const path = made.headers.get("location") ?? ""
    const own = { cookie: (made.headers.get("set-cookie") ?? "").split(";")[0] ?? "" }
    expect((await call("PATCH", `/api${path}`, { access: "private" }, own)).body.version).toBe(3)
    expect((await fetch(`${server.url}${path}`)).status).toBe(404)
    expect((await fetch(`${server.url}${path}/feed`)).status).toBe(404)
    expect((await fetch(`${server.url}${path}`, { headers: own })).status).toBe(200)
  })

  it("a form answers with a redirect, and with 204 to htmx", async () => {
    const path = (await post("/lists", {})).headers.get("location") ?? ""
    expect((await post(`${path}/todos`, { text: "a" })).status).toBe(303)
    expect((await post(`${path}/todos`, { text: "b" }, { "hx-request": "true" })).status).toBe(204)
    const page = await (await fetch(`${server.url}${path}`)).text()
    expect(page).toContain("2 items left")
  })

  it("every answer carries the security headers", async () => {
    for (const path of ["/", "/nothing", "/api/nothing", "/health"]) {
      const { headers } = await fetch(`${server.url}${path}`)
      expect(headers.get("content-security-policy")).toContain("default-src 'none'; script-src 'self'")
      expect(headers.get("x-content-type-options")).toBe("nosniff")
    }
  })
})

describe("streams", () => {
  it("/events tells the log from a position on, live", async () => {
    const { body } = await call("POST", "/api/lists", {})
    const path = `/events?aggregateId=${body.listId}&after=0`
    const stream = messages(path)
    expect((await stream.next()).value).toMatchObject({ id: `${body.sequence}`, event: "ListCreated" })
    await call("POST", `/api/lists/${body.listId}/todos`, { text: "line\nbreak" })
    const { value } = await stream.next()
    expect(value).toMatchObject({ event: "TodoAdded" })
    expect(JSON.parse(value?.data ?? "")).toMatchObject({ version: 2, payload: { text: "line\nbreak" } })
    await stream.return(undefined)
    const resumed = messages(path, { "last-event-id": `${body.sequence}` })
    expect((await resumed.next()).value).toMatchObject({ event: "TodoAdded" })
    await resumed.return(undefined)
  })

  it("a list's feed begins with the whole fragment and brings each change", async () => {
    const { body } = await call("POST", "/api/lists", {})
    const stream = messages(`/lists/${body.listId}/feed`)
    expect((await stream.next()).value).toMatchObject({
      id: `${body.sequence}`,
      data: expect.stringContaining("0 items left")
    })
    const todo = await call("POST", `/api/lists/${body.listId}/todos`, { text: "<milk>" })
    const { value } = await stream.next()
    expect(value).toMatchObject({ id: `${todo.body.sequence}`, data: expect.stringContaining("&lt;milk>") })
    expect(value?.event).toBeUndefined()
    await stream.return(undefined)
  })
})
