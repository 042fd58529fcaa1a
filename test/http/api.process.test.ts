// The JSON API, pages without JavaScript, cookies and both kinds of streams over real HTTP.
import { createHash, randomUUID } from "node:crypto"
import * as OpenApi from "@effect/platform/OpenApi"
import { createParser, type EventSourceMessage } from "eventsource-parser"
import { describe, expect, it } from "vitest"
import { todo } from "../../src/features/todo/index.ts"
import { apiWith, features, queriesOf } from "../features/product.ts"
import { serverForFile } from "./server.ts"

const server = serverForFile()

const call = async (method: string, path: string, body?: unknown, headers: Record<string, string> = {}) => {
  const init = body === undefined ? {} : { body: JSON.stringify(body) }
  const response = await fetch(`${server.url}${path}`, {
    method,
    headers: { ...(body === undefined ? {} : { "content-type": "application/json" }), ...headers },
    ...init
  })
  return { status: response.status, headers: response.headers, body: await response.json() }
}

/** A stream's messages one by one, read by a standard parser. */
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

describe("JSON API", () => {
  it("supports a list's full lifecycle", async () => {
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
      [200, 7]
    ])
    const read = await call("GET", path)
    expect(read.headers.get("etag")).toBe('"7"')
    expect(read.body).toEqual({
      listId: list.body.listId,
      version: 7,
      sequence: expect.any(Number),
      access: "link",
      title: null,
      todos: [
        { todoId: first.body.todoId, text: "oat milk", completed: true },
        { todoId: expect.any(String), text: "bread", completed: true }
      ]
    })
    expect((await call("DELETE", todo)).body.version).toBe(8)
    expect((await call("POST", `${path}/clear-completed`)).body.version).toBe(9)
    expect((await call("GET", path)).body.todos).toEqual([])
  })

  it("serves its OpenAPI description", async () => {
    const { body } = await call("GET", "/api/openapi.json")
    const paths = Object.keys(body.paths)
    const promised = [
      "/api/lists",
      "/api/lists/{listId}",
      "/api/lists/{listId}/todos",
      "/api/lists/{listId}/todos/{todoId}",
      "/api/lists/{listId}/toggle-all",
      "/api/lists/{listId}/clear-completed",
      "/api/account/passkeys/options",
      "/api/account/passkeys",
      "/api/account/sign-in/options",
      "/api/account/sign-in",
      ...queriesOf([todo]).map(({ name }) => `/api/analytics/${name}`)
    ]
    expect(paths.filter((path) => promised.includes(path))).toEqual(promised)
    expect(paths.toSorted()).toEqual(Object.keys(OpenApi.fromApi(apiWith(...features)).paths).toSorted())
  })

  it("either executes or refuses each of 20 concurrent commands on one list, without version gaps", async () => {
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

describe("Idempotency-Key", () => {
  /** 256 bits for each name: without a session, weaker keys are ignored. */
  const secret = (name: string) => createHash("sha256").update(`${server.url} ${name}`).digest("hex")
  const key = (name: string) => ({ "idempotency-key": secret(name) })

  it("returns the first response to a repeated request and executes it once", async () => {
    const list = await call("POST", "/api/lists", {}, key("create-0001"))
    const again = await call("POST", "/api/lists", {}, key("create-0001"))
    expect([again.status, again.body]).toEqual([201, list.body])
    const path = `/api/lists/${list.body.listId}`
    const first = await call("POST", `${path}/todos`, { text: "milk" }, key("add-milk-1"))
    await call("POST", `${path}/todos`, { text: "bread" })
    expect(await call("POST", `${path}/todos`, { text: "milk" }, key("add-milk-1"))).toMatchObject({
      status: 201,
      body: first.body
    })
    // Its If-Match version is outdated, yet the first response is returned.
    const todo = `${path}/todos/${first.body.todoId}`
    const headers = { ...key("delete-001"), "if-match": '"3"' }
    const deleted = await call("DELETE", todo, undefined, headers)
    expect(deleted.body.version).toBe(4)
    expect(await call("DELETE", todo, undefined, headers)).toMatchObject({ status: 200, body: deleted.body })
    const nothing = await call("POST", `${path}/clear-completed`, undefined, key("clear-0001"))
    await call("POST", `${path}/todos`, { text: "cheese" })
    expect((await call("POST", `${path}/clear-completed`, undefined, key("clear-0001"))).body).toEqual(nothing.body)
    expect((await call("GET", path)).body).toMatchObject({ version: 5, todos: [{ text: "bread" }, { text: "cheese" }] })
  })

  it("executes one of 20 concurrent requests and answers all with its result", async () => {
    const { body } = await call("POST", "/api/lists", {})
    const answers = await Promise.all(
      Array.from({ length: 20 }, () =>
        call("POST", `/api/lists/${body.listId}/todos`, { text: "once" }, key("twenty-times"))
      )
    )
    expect(new Set(answers.map((it) => `${it.status} ${JSON.stringify(it.body)}`)).size).toBe(1)
    expect((await call("GET", `/api/lists/${body.listId}`)).body.version).toBe(2)
  })

  it("is separate per path and session, and conflicts with a different body", async () => {
    const paths = await Promise.all(
      [1, 2].map(async () => `/api/lists/${(await call("POST", "/api/lists", {})).body.listId}`)
    )
    for (const path of paths) {
      expect((await call("POST", `${path}/todos`, { text: "milk" }, key("the-same-key"))).body.version).toBe(2)
    }
    const made = await post("/lists", { text: "mine" })
    const own = { cookie: (made.headers.get("set-cookie") ?? "").split(";")[0] ?? "" }
    const inSession = await call("POST", `${paths[0]}/todos`, { text: "milk" }, { ...key("the-same-key"), ...own })
    expect(inSession.body.version).toBe(3)
    const reused = await call("POST", `${paths[0]}/todos`, { text: "bread" }, key("the-same-key"))
    expect([reused.status, reused.body.code]).toEqual([422, "IDEMPOTENCY_KEY_REUSED"])
    expect((await call("GET", paths[0] ?? "")).body.version).toBe(3)
  })

  it.each(["short", "x".repeat(129), "with a space", "caf\u00e9-au-lait"])("refuses %j as a key", async (name) => {
    const answer = await call("POST", "/api/lists", {}, { "idempotency-key": name })
    expect([answer.status, answer.body.code]).toEqual([400, "VALIDATION_FAILED"])
  })

  it.each([
    "order-0001",
    "x".repeat(128),
    "0".repeat(31),
    "-".repeat(32),
    "-".repeat(36),
    `${"0".repeat(31)}g`,
    "00000000-0000-0000-000000000000-0000"
  ])("ignores the guessable key %j without a session, in headers and forms", async (name) => {
    const headers = { "idempotency-key": name }
    const [one, other] = [await call("POST", "/api/lists", {}, headers), await call("POST", "/api/lists", {}, headers)]
    expect([one.status, other.status]).toEqual([201, 201])
    expect(other.body.listId).not.toBe(one.body.listId)
    const path = `/api/lists/${one.body.listId}`
    for (const text of ["milk", "milk", "bread"]) {
      expect((await call("POST", `${path}/todos`, { text }, headers)).status).toBe(201)
    }
    const form = { text: "eggs", idempotencyKey: name }
    for (let i = 0; i < 2; i++) expect((await post(`/lists/${one.body.listId}/todos`, form)).status).toBe(303)
    expect((await call("GET", path)).body.todos).toHaveLength(5)
    const made = [await post("/lists", form), await post("/lists", form)]
    expect(new Set(made.map((it) => it.headers.get("location"))).size).toBe(2)
  })

  it.each([
    secret("upper case").toUpperCase(),
    secret("more").padEnd(128, "0"),
    randomUUID(),
    randomUUID().toUpperCase(),
    `"${randomUUID()}"`
  ])("accepts %j without a session", async (name) => {
    const headers = { "idempotency-key": name }
    const first = await call("POST", "/api/lists", {}, headers)
    expect((await call("POST", "/api/lists", {}, headers)).body).toEqual(first.body)
    expect((await call("POST", "/api/lists", {}, { "idempotency-key": randomUUID() })).body).not.toEqual(first.body)
  })

  it("adds one todo for a form sent twice, and creates one list that its sender owns", async () => {
    const page = await (await fetch(`${server.url}/`)).text()
    const idempotencyKey = /name="idempotencyKey" value="([^"]+)"/.exec(page)?.[1] ?? ""
    const sent = { text: "double click", idempotencyKey }
    const [first, second] = await Promise.all([post("/lists", sent), post("/lists", sent)])
    const path = first?.headers.get("location") ?? ""
    expect(second?.headers.get("location")).toBe(path)
    for (const response of [first, second]) {
      const own = { cookie: (response?.headers.get("set-cookie") ?? "").split(";")[0] ?? "" }
      const access = response === first ? "private" : "link"
      expect((await call("PATCH", `/api${path}`, { access }, own)).status).toBe(200)
      // The second click may also follow the first response's cookie.
      expect((await post("/lists", sent, own)).headers.get("location")).toBe(path)
    }
    const list = await (await fetch(`${server.url}${path}`)).text()
    const key = /name="idempotencyKey" value="([^"]+)"/.exec(list)?.[1] ?? ""
    expect(key).not.toBe(idempotencyKey)
    for (let i = 0; i < 2; i++)
      expect((await post(`${path}/todos`, { text: "once", idempotencyKey: key })).status).toBe(303)
    expect((await post(`${path}/todos`, { text: "other", idempotencyKey: key })).status).toBe(422)
    expect((await call("GET", `/api${path}`)).body.todos).toHaveLength(2)
  })
})

describe("pages and sessions", () => {
  it("starts no session on GET; the first list starts one, and the start page shows the list", async () => {
    expect((await fetch(`${server.url}/`)).headers.get("set-cookie")).toBeNull()
    const made = await post("/lists", { text: "<b>milk</b>" })
    const cookie = made.headers.get("set-cookie") ?? ""
    expect(made.status).toBe(303)
    expect(cookie).toMatch(/^session-[0-9a-f]{8}=[\w-]{43}; Path=\/; HttpOnly; SameSite=Lax; Max-Age=2592000$/)
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
  ])("never adopts a cookie %# that names no session", async (cookie) => {
    const made = await post("/lists", { text: "x" }, { cookie })
    expect(made.status).toBe(303)
    const issued = made.headers.get("set-cookie")?.split(";")[0]
    expect(issued).toMatch(/^session-[0-9a-f]{8}=[\w-]{43}$/)
    expect(cookie).not.toContain(issued)
  })

  it("hides a private list from everybody but its owner", async () => {
    const made = await post("/lists", { text: "secret" })
    const path = made.headers.get("location") ?? ""
    const own = { cookie: (made.headers.get("set-cookie") ?? "").split(";")[0] ?? "" }
    expect((await call("PATCH", `/api${path}`, { access: "private" }, own)).body.version).toBe(3)
    expect((await fetch(`${server.url}${path}`)).status).toBe(404)
    expect((await fetch(`${server.url}${path}/feed`)).status).toBe(404)
    expect((await fetch(`${server.url}${path}`, { headers: own })).status).toBe(200)
  })

  it("redirects after a form, and answers htmx with 204", async () => {
    const path = (await post("/lists", {})).headers.get("location") ?? ""
    expect((await post(`${path}/todos`, { text: "a" })).status).toBe(303)
    expect((await post(`${path}/todos`, { text: "b" }, { "hx-request": "true" })).status).toBe(204)
    const page = await (await fetch(`${server.url}${path}`)).text()
    expect(page).toContain("2 items left")
  })

  it("sends the security headers with every response", async () => {
    for (const path of ["/", "/nothing", "/api/nothing", "/health"]) {
      const { headers } = await fetch(`${server.url}${path}`)
      expect(headers.get("content-security-policy")).toContain("default-src 'none'; script-src 'self'")
      expect(headers.get("x-content-type-options")).toBe("nosniff")
    }
  })
})

describe("streams", () => {
  it("/events streams the log from a position and then live", async () => {
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

  it("a list's feed starts with the full fragment and sends each change", async () => {
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
