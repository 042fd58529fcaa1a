// Invalid input: each case gets its specified response, appends nothing, and the process stays up.
import { request } from "node:http"
import { beforeAll, describe, expect, it } from "vitest"
import { serverForFile } from "./server.ts"

const server = serverForFile()
let listId: string

const json = { "content-type": "application/json" }
const form = { "content-type": "application/x-www-form-urlencoded" }

beforeAll(async () => {
  const response = await fetch(`${server.url}/api/lists`, { method: "POST", headers: json, body: "{}" })
  listId = (await response.json()).listId
})

/** A raw request: `fetch` would normalize paths and headers. */
const send = (method: string, path: string, headers: Record<string, string>, body?: string) =>
  new Promise<{ status: number; type: string; text: string; headers: Record<string, unknown> }>((resolve, reject) => {
    const outgoing = request(
      `${server.url}/`,
      { method, path, headers: { ...headers, connection: "close" } },
      (response) => {
        let text = ""
        response.on("data", (chunk) => {
          text += chunk
        })
        response.on("end", () =>
          resolve({
            status: response.statusCode ?? 0,
            type: response.headers["content-type"] ?? "",
            text,
            headers: response.headers
          })
        )
      }
    )
    outgoing.on("error", reject)
    outgoing.end(body)
  })

const unknownTodo = "01a20c79-aeae-74c0-b0f7-024c701098ca"
const lists = () => `/api/lists/${listId}`

interface Case {
  readonly name: string
  readonly method?: string
  readonly path: () => string
  readonly headers?: Record<string, string>
  readonly body?: string
  readonly status: number
  readonly code: string
}

const api: ReadonlyArray<Case> = [
  ...["\\ud800", "a\\udc00", "\\u0000", "a\\u0000b", "\u200b", "\u3164", "\u2800", "\u0085", "\u2066\u2069"].map(
    (text) => ({
      name: `what is no text, or blank: ${text}`,
      path: () => `${lists()}/todos`,
      body: `{"text":"${text}"}`,
      status: 400,
      code: "VALIDATION_FAILED"
    })
  ),
  {
    name: "a value that is not a string in an unknown field",
    path: () => "/api/lists",
    body: '{"\\ud800":1}',
    status: 400,
    code: "VALIDATION_FAILED"
  },
  { name: "malformed JSON", path: () => `${lists()}/todos`, body: '{"text":', status: 400, code: "VALIDATION_FAILED" },
  {
    name: "an unknown field",
    path: () => `${lists()}/todos`,
    body: '{"text":"a","x":1}',
    status: 400,
    code: "VALIDATION_FAILED"
  },
  { name: "a wrong type", path: () => `${lists()}/todos`, body: '{"text":7}', status: 400, code: "VALIDATION_FAILED" },
  {
    name: "an additional field",
    path: () => "/api/lists",
    body: '{"text":"a"}',
    status: 400,
    code: "VALIDATION_FAILED"
  },
  { name: "a number", path: () => "/api/lists", body: "7", status: 400, code: "VALIDATION_FAILED" },
  {
    name: "deep nesting",
    path: () => `${lists()}/todos`,
    body: `{"text":${"[".repeat(10_000)}${"]".repeat(10_000)}}`,
    status: 400,
    code: "VALIDATION_FAILED"
  },
  { name: "no object", path: () => `${lists()}/todos`, body: "[]", status: 400, code: "VALIDATION_FAILED" },
  {
    name: "text of 0 characters",
    path: () => `${lists()}/todos`,
    body: '{"text":"  "}',
    status: 400,
    code: "VALIDATION_FAILED"
  },
  {
    name: "text of 501 characters",
    path: () => `${lists()}/todos`,
    body: JSON.stringify({ text: "x".repeat(501) }),
    status: 400,
    code: "VALIDATION_FAILED"
  },
  {
    name: "bytes that are not UTF-8",
    path: () => `${lists()}/todos`,
    body: Buffer.from([0x7b, 0xff]).toString("latin1"),
    status: 400,
    code: "VALIDATION_FAILED"
  },
  {
    name: "a body of 10 MB",
    path: () => `${lists()}/todos`,
    body: JSON.stringify({ text: "x".repeat(10_000_000) }),
    status: 413,
    code: "PAYLOAD_TOO_LARGE"
  },
  {
    name: "a wrong content type",
    path: () => `${lists()}/todos`,
    headers: { "content-type": "text/plain" },
    body: '{"text":"a"}',
    status: 415,
    code: "UNSUPPORTED_MEDIA_TYPE"
  },
  {
    name: "no content type",
    path: () => `${lists()}/todos`,
    headers: {},
    body: '{"text":"a"}',
    status: 415,
    code: "UNSUPPORTED_MEDIA_TYPE"
  },
  {
    name: "an unknown list",
    path: () => "/api/lists/AAAAAAAAAAAAAAAAAAAAAA/todos",
    body: '{"text":"a"}',
    status: 404,
    code: "NOT_FOUND"
  },
  {
    name: "a malformed list id",
    path: () => "/api/lists/x/todos",
    body: '{"text":"a"}',
    status: 404,
    code: "NOT_FOUND"
  },
  {
    name: "an unknown todo",
    method: "PATCH",
    path: () => `${lists()}/todos/${unknownTodo}`,
    body: '{"completed":true}',
    status: 404,
    code: "NOT_FOUND"
  },
  {
    name: "a malformed todo id",
    method: "DELETE",
    path: () => `${lists()}/todos/x`,
    headers: {},
    status: 404,
    code: "NOT_FOUND"
  },
  {
    name: "bad percent-encoding",
    method: "GET",
    path: () => "/api/lists/%zz",
    headers: {},
    status: 404,
    code: "NOT_FOUND"
  },
  { name: "encoded NUL", method: "GET", path: () => "/api/lists/%00", headers: {}, status: 404, code: "NOT_FOUND" },
  {
    name: "an unknown path",
    method: "GET",
    path: () => "/api/nothing/here",
    headers: {},
    status: 404,
    code: "NOT_FOUND"
  },
  {
    name: "an If-Match of another version",
    path: () => `${lists()}/todos`,
    headers: { ...json, "if-match": '"7"' },
    body: '{"text":"a"}',
    status: 412,
    code: "PRECONDITION_FAILED"
  },
  {
    name: "a malformed If-Match",
    path: () => `${lists()}/todos`,
    headers: { ...json, "if-match": "seven" },
    body: '{"text":"a"}',
    status: 400,
    code: "VALIDATION_FAILED"
  },
  {
    name: "a cross-site request",
    path: () => `${lists()}/todos`,
    headers: { ...json, "sec-fetch-site": "cross-site" },
    body: '{"text":"a"}',
    status: 403,
    code: "FORBIDDEN"
  },
  {
    name: "a cross-origin request",
    path: () => `${lists()}/todos`,
    headers: { ...json, origin: "http://evil.example" },
    body: '{"text":"a"}',
    status: 403,
    code: "FORBIDDEN"
  },
  {
    name: "an access change by a stranger",
    method: "PATCH",
    path: lists,
    body: '{"access":"private"}',
    status: 403,
    code: "FORBIDDEN"
  }
]

const pages: ReadonlyArray<Case> = [
  {
    name: "an empty todo",
    path: () => `/lists/${listId}/todos`,
    body: "text=",
    status: 400,
    code: "must not be empty"
  },
  { name: "no field", path: () => `/lists/${listId}/todos`, body: "", status: 400, code: "text: is missing" },
  {
    name: "text of 501 characters",
    path: () => "/lists",
    body: `text=${"x".repeat(501)}`,
    status: 400,
    code: "at most 500"
  },
  {
    name: "bad percent-encoding in a form",
    path: () => `/lists/${listId}/toggle-all`,
    body: "completed=%zz",
    status: 400,
    code: "completed"
  },
  {
    name: "JSON instead of a form",
    path: () => "/lists",
    headers: json,
    body: "{}",
    status: 415,
    code: "content type"
  },
  {
    name: "a form of 10 MB",
    path: () => "/lists",
    body: `text=${"x".repeat(10_000_000)}`,
    status: 413,
    code: "too large"
  },
  {
    name: "an unknown list",
    method: "GET",
    path: () => "/lists/AAAAAAAAAAAAAAAAAAAAAA",
    status: 404,
    code: "no such list"
  },
  {
    name: "an unknown list's feed",
    method: "GET",
    path: () => "/lists/AAAAAAAAAAAAAAAAAAAAAA/feed",
    status: 404,
    code: "no such list"
  },
  {
    name: "an unknown todo",
    path: () => `/lists/${listId}/todos/${unknownTodo}/complete`,
    status: 404,
    code: "no such todo"
  },
  {
    name: "markup and line breaks in a path",
    method: "GET",
    path: () => "/lists/%3Cscript%3E%0d%0aX-Evil:1",
    status: 404,
    code: "no such list"
  },
  { name: "bad percent-encoding", method: "GET", path: () => "/lists/%zz", status: 404, code: "Not found" },
  { name: "a malformed after", method: "GET", path: () => "/events?after=-1", status: 400, code: "after" },
  { name: "an after that is not a number", method: "GET", path: () => "/events?after=x", status: 400, code: "after" },
  { name: "an unknown query field", method: "GET", path: () => "/events?befor=1", status: 400, code: "befor" },
  {
    name: "a path outside the assets",
    method: "GET",
    path: () => "/static/..%2f..%2fpackage.json",
    status: 404,
    code: "Not found"
  }
]

describe("invalid input", () => {
  const head = async () =>
    /evenstar_log_head_sequence (\d+)/.exec(await (await fetch(`${server.url}/metrics`)).text())?.[1]

  it.each(api)("API: $name is $status $code", async ({ body, code, headers = json, method = "POST", path, status }) => {
    const before = await head()
    const answer = await send(method, path(), headers, body)
    expect(answer.status).toBe(status)
    expect(answer.type).toBe("application/problem+json")
    expect(JSON.parse(answer.text)).toMatchObject({ status, code, type: "about:blank" })
    expect(await head()).toBe(before)
  })

  it.each(pages)("page: $name is $status", async ({ body, code, headers = form, method = "POST", path, status }) => {
    const before = await head()
    const answer = await send(method, path(), headers, body)
    expect(answer.status).toBe(status)
    expect(answer.type).toBe("text/html; charset=utf-8")
    expect(answer.text).toContain(code)
    expect(answer.text).not.toContain("<script>")
    expect(answer.headers).not.toHaveProperty("x-evil")
    expect(await head()).toBe(before)
    // For htmx: a short message, not a page.
    const fragment = await send(method, path(), { ...headers, "hx-request": "true" }, body)
    expect([fragment.status, fragment.text.startsWith("<p>")]).toEqual([status, true])
  })

  it.each(["-1", "99999999999999999999", "5000", "seven", "\u00e9"])("tolerates Last-Event-ID %s", async (id) => {
    for (const path of ["/events", `/lists/${listId}/feed`]) {
      const abort = new AbortController()
      const response = await fetch(`${server.url}${path}`, { headers: { "last-event-id": id }, signal: abort.signal })
      expect(response.status).toBe(200)
      abort.abort()
    }
  })
})
