// Thousands of generated requests, almost valid and broken, over raw sockets against the real
// process: no 5xx, no crash, a correct response to each, and nothing appended that no response
// reports.
import { type ChildProcess, spawn } from "node:child_process"
import { once } from "node:events"
import { mkdtempSync, rmSync } from "node:fs"
import { connect } from "node:net"
import { tmpdir } from "node:os"
import { join } from "node:path"
import Database from "better-sqlite3"
import fc from "fast-check"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { makeClient } from "../http/client.ts"
import { program } from "../http/server.ts"

const codes = [
  "VALIDATION_FAILED",
  "UNAUTHENTICATED",
  "FORBIDDEN",
  "NOT_FOUND",
  "CONFLICT",
  "LIST_FULL",
  "PRECONDITION_FAILED",
  "PAYLOAD_TOO_LARGE",
  "METHOD_NOT_ALLOWED",
  "NOT_ACCEPTABLE",
  "UNSUPPORTED_MEDIA_TYPE",
  "IDEMPOTENCY_KEY_REUSED"
]

/** The parts of a request. Texts are latin1, a character per byte; `{name}` is an existing id. */
interface Piece {
  readonly method: string
  readonly target: string
  readonly headers: ReadonlyArray<readonly [name: string, value: string]>
  readonly body: string
  readonly framing: Framing
}

const framings = [
  "exact",
  "chunked",
  "none",
  "short",
  "long",
  "negative",
  "huge",
  "twice",
  "both",
  "bad chunk"
] as const
type Framing = (typeof framings)[number]

const utf8 = (text: string) => Buffer.from(text).toString("latin1")
const chunk = (body: string) => `${body.length.toString(16)}\r\n${body}\r\n`
const lengthOf = (length: string | number) => `Content-Length: ${length}\r\n`
const framed: Record<Framing, (body: string) => readonly [headers: string, body: string]> = {
  exact: (body) => [lengthOf(body.length), body],
  chunked: (body) => ["Transfer-Encoding: chunked\r\n", `${body === "" ? "" : chunk(body)}0\r\n\r\n`],
  none: (body) => ["", body],
  short: (body) => [lengthOf(body.length >> 1), body],
  long: (body) => [lengthOf(body.length + 7), body],
  negative: (body) => [lengthOf(-1), body],
  huge: (body) => [lengthOf("99999999999999999999999"), body],
  twice: (body) => [lengthOf(body.length) + lengthOf(body.length + 1), body],
  both: (body) => [`Transfer-Encoding: chunked\r\n${lengthOf(3)}`, `${chunk(body)}0\r\n\r\n`],
  "bad chunk": (body) => ["Transfer-Encoding: chunked\r\n", `zz\r\n${body}\r\n0\r\n\r\n`]
}
/** The server waits for more: unless the client ends its side, until the request timeout. */
const isCutOff = ({ framing }: Piece) => framing === "long"
/**
 * A request with a valid head and a body that violates HTTP. Without need of the body, it may have
 * been handled, and the response is Node's, about the connection, or none.
 */
const isBroken = ({ body, framing }: Piece) =>
  framing === "short" || framing === "long" || framing === "bad chunk" || (framing === "none" && body !== "")

const write = ({ body, framing, headers, method, target }: Piece) => {
  const [framingHeaders, framedBody] = framed[framing](body)
  const lines = headers.map(([name, value]) => `${name}: ${value}\r\n`).join("")
  return `${method} ${target} HTTP/1.1\r\n${lines}${framingHeaders}\r\n${framedBody}`
}

// --- Requests ---

const specialTexts = [
  "",
  " ",
  "%00",
  "%zz",
  "%",
  "%ff",
  "%c0%af",
  "%ed%a0%80",
  "%2e%2e%2f",
  "..",
  "../../etc/passwd",
  "__proto__",
  "constructor",
  "toString",
  "hasOwnProperty",
  "*",
  ":listId",
  "null",
  "undefined",
  "NaN",
  "-1",
  "0",
  "1e999",
  "9007199254740993",
  "99999999999999999999",
  "'",
  '"',
  "' OR 1=1 --",
  "<script>",
  "{{7*7}}",
  "\\",
  utf8("ключ"),
  utf8("\u2028\u202e\u0000"),
  "\xff\xfe",
  "\xed\xa0\x80",
  utf8("𝒳"),
  "A".repeat(22),
  "A".repeat(43),
  "x".repeat(500),
  "x".repeat(501),
  "x".repeat(5000),
  "00000000-0000-0000-0000-000000000000"
]
const text = (min: number) =>
  fc
    .array(fc.integer({ min, max: 255 }), { maxLength: 40 })
    .map((all) => String.fromCharCode(...all.filter((code) => min === 0 || code !== 127)))
/** Valid header values, and occasionally any bytes. */
const bytes = fc.oneof({ arbitrary: text(32), weight: 9 }, text(0))
/** Without characters that would end the request line or one of its words. */
const word = (text: string) => text.replace(/[\r\n \t]/g, "_")
const line = (text: string) => text.replace(/[\r\n]/g, " ")
const invalidTexts = fc.oneof(fc.constantFrom(...specialTexts), bytes)

const segments = ["{list}", "{readOnly}", "{private}", "{ownerless}", "A".repeat(22)]
const todos = ["{todo}", "{done}", "01a20c79-aeae-74c0-b0f7-024c701098ca"]
const onList = (path: string) => segments.map((list) => path.replace("LIST", list))
const onTodo = (path: string) => onList(path).flatMap((it) => todos.map((todo) => it.replace("TODO", todo)))
const reads = [
  "/",
  "/account",
  "/events",
  "/events?after=0",
  "/analytics",
  "/analytics/feed",
  "/api/analytics/daily_counts",
  "/health",
  "/health/live",
  "/health/ready",
  "/metrics",
  "/api",
  "/api/",
  "/api/openapi.json",
  "/static/",
  "/static/manifest.json",
  "/static/{asset}",
  ...onList("/lists/LIST"),
  ...onList("/lists/LIST/feed"),
  ...onList("/api/lists/LIST")
]

const mostly = <A>(usual: fc.Arbitrary<A>, rare: fc.Arbitrary<A>) =>
  fc.oneof({ arbitrary: usual, weight: 11 }, { arbitrary: rare, weight: 1 })
const texts = fc.oneof(fc.constantFrom("milk", " milk ", "x", ...specialTexts), bytes)

const jsonText = fc.oneof(
  fc.constantFrom(
    '"milk"',
    '"\\ud800"',
    '"\\u0000"',
    '""',
    '" "',
    "null",
    "true",
    "false",
    "7",
    "1e999",
    "-0",
    "NaN",
    "Infinity",
    "0x10",
    "01",
    "[]",
    "{}",
    '{"__proto__":null}',
    '"link"',
    '"read-only"',
    '"private"',
    '"public"',
    `"${"x".repeat(501)}"`,
    `"${"x".repeat(70_000)}"`,
    '"\xff\xfe"',
    "'milk'",
    "[[[[[[]]]]]]"
  ),
  fc.json({ maxDepth: 3 }).map(utf8),
  bytes.map((text) => `"${text}"`)
)
const jsonKeys = ["text", "completed", "access", "__proto__", "constructor", "toString", "", "id", "x", "response"]
const jsonObject = fc
  .array(fc.tuple(fc.constantFrom(...jsonKeys), jsonText), { maxLength: 4 })
  .map((fields) => `{${fields.map(([name, value]) => `"${name}":${value}`).join(",")}}`)
const deep = fc
  .tuple(fc.constantFrom("[", '{"text":', '{"response":'), fc.constantFrom(10, 1000, 10_000))
  .map(([open, levels]) => `${open.repeat(levels)}1${(open === "[" ? "]" : "}").repeat(levels)}`)
const badJson = fc.oneof(
  jsonObject,
  deep,
  bytes,
  fc.constantFrom(
    "",
    "{",
    '{"text":"milk"',
    '{"text":"milk"}}',
    '\ufeff{"text":"milk"}'.replace("\ufeff", "\xef\xbb\xbf"),
    "[]",
    "7"
  )
)
const passkey = fc
  .record({
    id: fc.oneof(fc.constantFrom("{passkey}", "", "AAAA"), bytes.map(word)),
    type: fc.constantFrom("public-key", "password"),
    clientDataJSON: fc.constantFrom("{clientData}", "", "e30", "AAAA", "!!!!", "x".repeat(5000)),
    attestationObject: fc.constantFrom("{attestation}", "", "AAAA", "o2NmbXRk", "_____w", "n5-fn5-fn58"),
    authenticatorData: fc.constantFrom("{authenticatorData}", "", "AAAA", "x".repeat(60)),
    signature: fc.constantFrom("{signature}", "", "AAAA", "MEUCIQ")
  })
  .map(({ id, type, ...response }) => JSON.stringify({ id, rawId: id, type, response }))

type GeneratedRequest = Pick<Piece, "method" | "target" | "body"> & { readonly type: string }
const jsonType = "application/json"
const formType = "application/x-www-form-urlencoded"
const ask = (
  method: string,
  targets: ReadonlyArray<string>,
  type: string,
  body: fc.Arbitrary<string>
): fc.Arbitrary<GeneratedRequest> =>
  fc.record({
    method: fc.constant(method),
    target: fc.constantFrom(...targets),
    type: fc.constant(type),
    body: mostly(body, type === formType ? bytes : badJson)
  })
const field = (name: string, values: fc.Arbitrary<string>) =>
  values.map((value) => `${name}=${word(value).replace(/[&=+]/g, "_")}`)
const bodies = (...bodies: ReadonlyArray<string>) => fc.constantFrom(...bodies)
const booleans = bodies('{"completed":true}', '{"completed":false}')
const accesses = ["link", "read-only", "private"]

/** Each route with its payloads. Half of all are reads. */
const generatedRequest: fc.Arbitrary<GeneratedRequest> = fc.oneof(
  { arbitrary: ask("GET", reads, "", bodies("")), weight: 10 },
  ask("POST", ["/lists"], formType, fc.oneof(field("text", texts), bodies(""))),
  ask("POST", onList("/lists/LIST/todos"), formType, field("text", texts)),
  ask("POST", onTodo("/lists/LIST/todos/TODO/rename"), formType, field("text", texts)),
  ask(
    "POST",
    [...onTodo("/lists/LIST/todos/TODO/complete"), ...onTodo("/lists/LIST/todos/TODO/reopen")],
    formType,
    bodies("")
  ),
  ask("POST", onTodo("/lists/LIST/todos/TODO/delete"), formType, bodies("")),
  ask("POST", onList("/lists/LIST/toggle-all"), formType, field("completed", fc.constantFrom("true", "false"))),
  ask("POST", onList("/lists/LIST/clear-completed"), formType, bodies("")),
  ask("POST", onList("/lists/LIST/access"), formType, field("access", fc.constantFrom(...accesses, "public"))),
  ask("POST", ["/account/sign-out", "/account/sign-out-everywhere"], formType, bodies("")),
  ask("POST", ["/account/sessions/{handle}/revoke", "/account/sessions/x/revoke"], formType, bodies("")),
  ask("POST", ["/account/passkeys/{passkey}/remove", "/account/passkeys/x/remove"], formType, bodies("")),
  ask("POST", ["/api/lists"], jsonType, bodies("{}", "")),
  ask(
    "PATCH",
    onList("/api/lists/LIST"),
    jsonType,
    fc.constantFrom(...accesses).map((access) => JSON.stringify({ access }))
  ),
  ask(
    "POST",
    onList("/api/lists/LIST/todos"),
    jsonType,
    texts.map((text) => JSON.stringify({ text }))
  ),
  ask(
    "PATCH",
    onTodo("/api/lists/LIST/todos/TODO"),
    jsonType,
    fc.oneof(booleans, bodies('{"text":"x","completed":true}', "{}"))
  ),
  ask("DELETE", onTodo("/api/lists/LIST/todos/TODO"), "", bodies("")),
  ask("POST", onList("/api/lists/LIST/toggle-all"), jsonType, booleans),
  ask("POST", onList("/api/lists/LIST/clear-completed"), jsonType, bodies("{}", "")),
  ask("POST", ["/api/account/passkeys/options", "/api/account/sign-in/options"], jsonType, bodies("{}", "")),
  ask("POST", ["/api/account/passkeys", "/api/account/sign-in"], jsonType, passkey)
)

const query = fc.oneof(
  fc.constantFrom("filter=active", "filter=%", "after=NaN", "after=-1", "after=1&after=2", "&&==&", "__proto__[x]=1"),
  fc.constantFrom("constructor=1", "aggregateId=", "aggregateType=TodoList&after=0", "a[]=1&a[]=2", "filter[$ne]=x"),
  fc.constantFrom(`q=${"x".repeat(12_000)}`, "a=1&".repeat(3000), `${"%25".repeat(3000)}`),
  invalidTexts.map((value) => `filter=${word(value)}`)
)
/** The path, or a version of it with one fault. */
const spoiled = (target: string): fc.Arbitrary<string> =>
  mostly(
    fc.constant(target),
    fc.oneof(
      query.map((text) => `${target}?${text}`),
      invalidTexts.map((text) => `${target}/${word(text)}`),
      fc.tuple(fc.nat({ max: 6 }), invalidTexts).map(([at, text]) =>
        target
          .split("/")
          .map((part, i) => (i === at + 1 ? word(text) : part))
          .join("/")
      ),
      fc
        .constantFrom("http://evil.example", "http://{host}", "HTTP://{host}", "https://{host}:99999", "ws://x", "a:")
        .map((origin) => `${origin}${target}`),
      fc.constantFrom(
        `/${target}`,
        `${target}/`,
        `${target}#x`,
        `${target};session=x`,
        target.toUpperCase(),
        `.${target}`
      ),
      fc.constantFrom(
        "*",
        "//",
        "/.",
        "/..",
        "http://",
        "http:///",
        "http://[::1",
        "?",
        "#",
        "x",
        "",
        "/%",
        "//api//lists"
      )
    )
  )

const cookies = [
  "{owner}",
  "{member}",
  "{owner}; {member}",
  "session=; __Host-session=",
  `session=${"A".repeat(43)}; __Host-session=${"B".repeat(43)}`,
  `session=${"A".repeat(9000)}`,
  "session=' OR 1=1 --",
  "; ;=;;"
]
const ids = ["0", "1", "-1", "NaN", "5000", "99999999999999999999", utf8("é"), ""]
const header: fc.Arbitrary<readonly [string, string]> = fc
  .oneof(
    fc.tuple(fc.constant("Cookie"), fc.oneof(fc.constantFrom(...cookies), bytes)),
    fc.tuple(
      fc.constant("If-Match"),
      fc.oneof(fc.constantFrom('"1"', "*", '"0"', 'W/"1"', '"99999999999999999999"', "seven"), bytes)
    ),
    fc.tuple(
      fc.constant("Idempotency-Key"),
      fc.oneof(fc.constantFrom("a-key-1234", "a-key-5678", "short", "x".repeat(129), "with space"), bytes)
    ),
    fc.tuple(fc.constant("Last-Event-ID"), fc.oneof(fc.constantFrom(...ids), bytes)),
    fc.tuple(
      fc.constantFrom("HX-Request", "HX-Boosted", "HX-Target", "HX-Current-URL"),
      fc.constantFrom("true", "false", "#error", "\xff")
    ),
    fc.tuple(
      fc.constant("Origin"),
      fc.oneof(fc.constantFrom("http://{host}", "null", "https://evil.example", "http://"), bytes)
    ),
    fc.tuple(fc.constant("Sec-Fetch-Site"), fc.constantFrom("same-origin", "none", "cross-site", "same-site", "x")),
    fc.tuple(
      fc.constant("Content-Type"),
      fc.oneof(fc.constantFrom("text/plain", "multipart/form-data", "application/json; charset=utf-16", ";"), bytes)
    ),
    fc.tuple(fc.constant("Content-Encoding"), fc.constantFrom("gzip", "br", "x")),
    fc.tuple(fc.constant("Accept-Encoding"), fc.constantFrom("gzip", "gzip;q=0", "gzip;q=x", "*", "br, gzip")),
    fc.tuple(fc.constant("Accept"), fc.constantFrom("application/json", "text/event-stream", "*/*;q=NaN")),
    fc.tuple(fc.constant("Authorization"), fc.oneof(fc.constantFrom("Bearer ", "Bearer x", "Basic eDp4"), bytes)),
    fc.tuple(
      fc.constantFrom("Host", "X-Forwarded-Host", "X-Forwarded-For", "Forwarded"),
      fc.oneof(fc.constantFrom("evil.example", "", "::1", "a:b:c"), bytes)
    ),
    fc.tuple(fc.constant("User-Agent"), fc.oneof(fc.constantFrom("Mozilla/5.0 (", "x".repeat(4000), ""), bytes)),
    fc.tuple(
      fc.constantFrom("Expect", "Upgrade", "Range", "Connection", "TE", "Trailer"),
      fc.constantFrom("100-continue", "h2c", "websocket", "bytes=0-1", "upgrade", "x")
    ),
    fc.tuple(fc.constantFrom("X-HTTP-Method-Override", "__proto__", "constructor", "X"), bytes),
    fc.tuple(
      bytes.map((text) => word(text).replace(/:/g, "")),
      bytes
    )
  )
  .map(([name, value]) => [name, line(value)])

const methods = [
  "GET",
  "POST",
  "PATCH",
  "DELETE",
  "HEAD",
  "OPTIONS",
  "PUT",
  "TRACE",
  "CONNECT",
  "PROPFIND",
  "get",
  "X",
  ""
]
const piece: fc.Arbitrary<Piece> = generatedRequest.chain(({ body, method, target, type }) =>
  fc.record({
    method: mostly(fc.constant(method), fc.constantFrom(...methods)),
    target: spoiled(target),
    headers: fc
      .tuple(
        mostly(fc.constant("{host}"), fc.constantFrom("", "evil.example", "localhost")),
        mostly(fc.constantFrom("{owner}", "{member}", ""), fc.constant("")),
        mostly(fc.constant(type), fc.constantFrom("", jsonType, formType, "text/plain", "x")),
        fc.array(header, { maxLength: 2 })
      )
      .map(([host, cookie, contentType, more]): Piece["headers"] => [
        ["Host", host],
        ...(cookie === "" ? [] : [["Cookie", cookie] as const]),
        ...(contentType === "" ? [] : [["Content-Type", contentType] as const]),
        ...more
      ]),
    body: fc.constant(body),
    framing: mostly(fc.constant<Framing>(body === "" ? "none" : "exact"), fc.constantFrom(...framings))
  })
)

/** Regressions, sent every time. */
const found: ReadonlyArray<Piece> = [
  ["GET", "/account", "", "bad chunk"],
  ["POST", "/api/account/passkeys/options", "{}zz", "short"],
  ["PATCH", "/api/lists/{list}/todos/{todo}", `${"[".repeat(10_000)}1${"]".repeat(10_000)}`, "exact"],
  ["POST", "//api/lists/{list}/toggle-all", '{"completed":true}', "exact"],
  ["POST", "/API/lists/{list}/todos", '{"text":7}', "exact"],
  ["GET", "//lists/{list}/feed", "", "none"]
].map(([method = "", target = "", body = "", framing]) => ({
  method,
  target,
  headers: [
    ["Host", "{host}"],
    ["Cookie", "{member}"],
    ["Content-Type", jsonType]
  ],
  body,
  framing: framings.find((name) => name === framing) ?? "exact"
}))

// --- Responses ---

interface Answer {
  readonly status: number
  readonly type: string
  readonly setsSession: boolean
  readonly body: string
}

/** The first complete response, and the remaining bytes; undefined while incomplete. */
const take = (text: string, hasBody: boolean, isOver: boolean): { answer: Answer; rest: string } | undefined => {
  const end = text.indexOf("\r\n\r\n")
  if (end < 0) return undefined
  const [first = "", ...lines] = text.slice(0, end).split("\r\n")
  const status = Number(/^HTTP\/1\.1 (\d{3})/.exec(first)?.[1])
  const all = new Map<string, string>()
  for (const it of lines) all.set(it.slice(0, it.indexOf(":")).toLowerCase(), it.slice(it.indexOf(":") + 1).trim())
  const rest = text.slice(end + 4)
  const type = all.get("content-type") ?? ""
  const answer = { status, type, setsSession: /^(__Host-)?session-[0-9a-f]{8}=[^;]/.test(all.get("set-cookie") ?? "") }
  if (status < 200) return take(rest, hasBody, isOver)
  if (!hasBody || status === 204 || status === 304) return { answer: { ...answer, body: "" }, rest }
  const length = all.get("content-length")
  // An event stream is endless: its beginning is enough.
  if (type.startsWith("text/event-stream"))
    return rest === "" && !isOver ? undefined : { answer: { ...answer, body: rest }, rest: "" }
  if (length !== undefined) {
    if (rest.length < Number(length)) return undefined
    return { answer: { ...answer, body: rest.slice(0, Number(length)) }, rest: rest.slice(Number(length)) }
  }
  if (all.get("transfer-encoding") === "chunked") {
    const last = rest.indexOf("0\r\n\r\n")
    return last < 0 ? undefined : { answer: { ...answer, body: rest.slice(0, last) }, rest: rest.slice(last + 5) }
  }
  return isOver ? { answer: { ...answer, body: rest }, rest: "" } : undefined
}
const takeAll = (text: string, hasBody: boolean): ReadonlyArray<Answer> => {
  const next = take(text, hasBody, true)
  return next === undefined ? [] : [next.answer, ...takeAll(next.rest, true)]
}

/**
 * Milliseconds without a response after which a client ends its side, and then reports a missing
 * response. Node drops responses after such an end, so a complete request waits as long as sixty
 * others may take.
 */
const idleLimit = (request: Piece) => (isBroken(request) || request.method === "CONNECT" ? 1000 : 15_000)
const responseLimit = 20_000

/** Sends a request's bytes on a connection of its own; pipelined garbage gets several responses. */
const exchange = (port: number, request: Piece, text: string) =>
  new Promise<ReadonlyArray<Answer>>((resolve, reject) => {
    const socket = connect({ port, host: "127.0.0.1", allowHalfOpen: true })
    const parts: Array<Buffer> = []
    const hasBody = request.method !== "HEAD"
    const soFar = () => Buffer.concat(parts).toString("latin1")
    const hurry = setTimeout(() => socket.end(), idleLimit(request))
    const hang = setTimeout(() => {
      socket.destroy()
      reject(new Error(`Neither an answer nor an end within ${responseLimit} ms: ${JSON.stringify(text)}`))
    }, responseLimit)
    socket.on("error", () => {})
    socket.on("data", (part) => {
      parts.push(part)
      // Complete: responses to the remaining bytes arrive before the client's end.
      if (take(soFar(), hasBody, false) !== undefined) socket.end()
      if (/\r\ncontent-type: text\/event-stream/i.test(soFar())) socket.destroy()
    })
    socket.on("end", () => socket.end())
    socket.on("close", () => {
      clearTimeout(hurry)
      clearTimeout(hang)
      resolve(takeAll(soFar(), hasBody))
    })
    socket.write(Buffer.from(text, "latin1"), () => {
      if (isCutOff(request)) socket.end()
    })
  })

const problem = (body: string): unknown => {
  const { code, status } = JSON.parse(body)
  return codes.includes(code) ? status : `an unknown code: ${code}`
}
/** Node's own response to a malformed request: a bare status line. */
const isStatusOnly = ({ body, status, type }: Answer) =>
  type === "" && body === "" && [400, 408, 417, 431].includes(status)
const leakedInternals =
  /\n\s+at |node_modules|\/work\/|file:\/\/|\.tsx?:\d|[/\\]src[/\\]|SQLITE|SqlError|ParseError|TypeError|RangeError/

/** What is wrong with the response to a request; empty if correct. */
const problemsOf = ({ method, target }: Piece, answer: Answer): ReadonlyArray<string> => {
  const { body, status, type } = answer
  const found: Array<string> = []
  if (!(status >= 200 && status < 500)) found.push(`the status ${status}`)
  // The browser's files are source text, which may mention a TypeError.
  const isFile = status === 200 && type.startsWith("text/javascript")
  if (!isFile && leakedInternals.test(body)) found.push(`inner workings: ${leakedInternals.exec(body)?.[0]}`)
  if (isStatusOnly(answer) || method === "HEAD" || status === 204) return found
  const path = target.replace(/^[a-z][a-z\d+.-]*:\/\/[^/?#]*/i, "")
  const isApi = /^\/api(\/|\?|$)/.test(path)
  if (status >= 400 && isApi) {
    if (type !== "application/problem+json") found.push(`a problem as ${type}`)
    else if (problem(body) !== status) found.push(`a problem of ${problem(body)}`)
  } else if (status >= 400) {
    if (type !== "text/html; charset=utf-8") found.push(`an error as ${type}`)
  } else if (isApi) {
    if (type !== "application/json") found.push(`an API's answer as ${type}`)
  } else if (
    status === 200 &&
    !/^(\/static\/|\/health|\/metrics|\/events|\/lists\/[^/]*\/feed|\/analytics\/feed)/.test(path)
  ) {
    if (type !== "text/html; charset=utf-8") found.push(`a page as ${type}`)
  }
  return found
}

// --- Passkeys: an authenticator's output with changed bytes ---

const signedParts = ["id", "clientDataJSON", "attestationObject", "authenticatorData", "signature"]
type Change = (bytes: Buffer) => Buffer
const changes: fc.Arbitrary<Change> = fc.oneof(
  fc.tuple(fc.nat(), fc.integer({ min: 1, max: 255 })).map(([at, mask]) => (bytes: Buffer) => {
    const changed = Buffer.from(bytes)
    const place = at % changed.length
    changed[place] = (changed[place] ?? 0) ^ mask
    return changed
  }),
  fc.nat().map((at) => (bytes: Buffer) => bytes.subarray(0, at % bytes.length)),
  fc.tuple(fc.nat(), fc.uint8Array({ minLength: 1, maxLength: 20 })).map(([at, more]) => (bytes: Buffer) => {
    const place = at % bytes.length
    return Buffer.concat([bytes.subarray(0, place), more, bytes.subarray(place)])
  }),
  fc.uint8Array({ maxLength: 300 }).map((bytes) => () => Buffer.from(bytes))
)
/** The library tolerates other DER around a signature's two numbers: only the numbers count. */
const isSameSignature = (der: Buffer, spoiled: string) => {
  const first = der.subarray(4, 4 + (der[3] ?? 0))
  const numbers = [first, der.subarray(6 + first.length)].map((number) => number.toString("hex").replace(/^(00)+/, ""))
  return numbers.every((number) => Buffer.from(spoiled, "base64url").toString("hex").includes(number))
}
/** Deeply nested CBOR, or CBOR with a length beyond any memory. */
const hostileCbor = [
  Buffer.alloc(40_000, 0x81),
  Buffer.alloc(40_000, 0xa1),
  Buffer.alloc(40_000, 0x9f),
  Buffer.alloc(40_000, 0xc0),
  ...[0x5b, 0x7b, 0x9b, 0xbb].map((head) => Buffer.from([head, 0x7f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff])),
  ...[0x5a, 0x7a, 0x9a, 0xba].map((head) => Buffer.from([head, 0xff, 0xff, 0xff, 0xff]))
]

// --- The server and its log ---

/** `startProcess` passes stderr through; here all output is collected. */
const start = async (directory: string, env: Record<string, string>) => {
  const limits = [
    "STREAM_LIMIT",
    "STREAM_LIMIT_PER_SESSION",
    "STREAM_LIMIT_PER_ADDRESS",
    "COMMAND_RATE_LIMIT",
    "SESSION_RATE_LIMIT",
    "SIGN_IN_RATE_LIMIT"
  ].map((name) => [name, "0"])
  const child = spawn(process.execPath, program, {
    cwd: join(import.meta.dirname, "../.."),
    env: { PATH: process.env["PATH"], PORT: "0", DATA_DIR: directory, ...Object.fromEntries(limits), ...env },
    stdio: ["ignore", "pipe", "pipe"]
  })
  let said = ""
  const url = await new Promise<string>((resolve, reject) => {
    child.once("exit", (code) => reject(new Error(`The server ended at its start with ${code}: ${said}`)))
    for (const output of [child.stdout, child.stderr]) {
      output.on("data", (part) => {
        said += part
        const found = /Evenstar is at (http:\S+)/.exec(said)?.[1]
        if (found !== undefined) resolve(found)
      })
    }
  })
  return { child, url, said: () => said }
}

const number = (value: unknown) => (typeof value === "number" ? value : Number.NaN)

describe.each(["development", "production"])("generated requests, NODE_ENV=%s", (environment) => {
  const directory = mkdtempSync(join(tmpdir(), "evenstar-"))
  let child: ChildProcess
  let url: string
  let said: () => string
  let database: Database.Database
  let asset: string
  beforeAll(async () => {
    ;({ child, said, url } = await start(directory, { NODE_ENV: environment, PUBLIC_URL: "https://lists.example" }))
    database = new Database(join(directory, "evenstar.db"), { readonly: true })
    const { text } = await makeClient(url).get("/")
    asset = /\/static\/(index[^"]+)/.exec(text)?.[1] ?? ""
  })
  afterAll(() => {
    database.close()
    child.kill("SIGKILL")
    rmSync(directory, { recursive: true })
  })

  const ask = (sql: string, ...params: ReadonlyArray<unknown>) =>
    database
      .prepare(sql)
      .pluck()
      .all(...params)
  const written = () => ({
    head: number(ask("SELECT ifnull(MAX(sequence), 0) FROM events")[0]),
    sessions: new Set(ask("SELECT handle FROM sessions")),
    credentials: ask("SELECT credential_id FROM credentials"),
    users: ask("SELECT user_id FROM users"),
    answers: number(ask("SELECT COUNT(*) FROM answers")[0])
  })
  const commandsAfter = (head: number) =>
    number(ask("SELECT COUNT(DISTINCT command_id) FROM events WHERE sequence > ?", head)[0])

  /** Ids for a batch of requests, of lists and a signed-in visitor, recreated when destroyed. */
  const prepare = async () => {
    const [owner, member] = [makeClient(url), makeClient(url)]
    const list = await owner.newList()
    const done = await owner.request("POST", `/api${list}/todos`, { json: { text: "bread" } })
    const todo = await owner.request("POST", `/api${list}/todos`, { json: { text: "rye" } })
    const readOnly = await owner.newList()
    await owner.post(`${readOnly}/access`, { access: "read-only" })
    const hidden = await owner.newList()
    await owner.post(`${hidden}/access`, { access: "private" })
    const ownerless = await makeClient(url).request("POST", "/api/lists", { json: {} })
    const { body: options } = await member.call("/account/passkeys/options")
    const creation = member.authenticator.create(options)
    await member.call("/account/passkeys", creation)
    const { text } = await member.get("/account")
    const assertion = member.authenticator.get((await member.call("/account/sign-in/options")).body)
    const idOf = (path: string) => path.replace("/lists/", "")
    const values: Record<string, string> = {
      host: new URL(url).host,
      asset,
      list: idOf(list),
      readOnly: idOf(readOnly),
      private: idOf(hidden),
      ownerless: JSON.parse(ownerless.text).listId,
      todo: JSON.parse(todo.text).todoId,
      done: JSON.parse(done.text).todoId,
      owner: owner.cookie() ?? "",
      member: member.cookie() ?? "",
      handle: /sessions\/([^/]+)\/revoke/.exec(text)?.[1] ?? "",
      passkey: member.authenticator.credentialId,
      clientData: assertion.response.clientDataJSON,
      attestation: creation.response.attestationObject,
      authenticatorData: assertion.response.authenticatorData,
      signature: assertion.response.signature
    }
    const fill = (text: string) => text.replace(/\{(\w+)\}/g, (whole, name) => values[name] ?? whole)
    return (request: Piece): Piece => ({
      ...request,
      target: fill(request.target),
      headers: request.headers.map(([name, value]) => [name, fill(value)]),
      body: fill(request.body)
    })
  }

  const lives = () => expect([child.exitCode, child.signalCode]).toEqual([null, null])

  const seen = new Set<number>()
  it("each get a correct response and append only what it reports", async () => {
    const port = Number(new URL(url).port)
    await fc.assert(
      fc.asyncProperty(fc.array(piece, { minLength: 1, maxLength: 60, size: "max" }), async (pieces) => {
        const filled = await prepare()
        const before = written()
        const answers = await Promise.all(
          pieces.map(async (it) => {
            const request = filled(it)
            const got = await exchange(port, request, write(request))
            const [first] = got
            // Only CONNECT and aborted requests get no response.
            if (first === undefined && request.method !== "CONNECT")
              expect([request, isBroken(request)]).toEqual([request, true])
            if (first !== undefined) expect([request, problemsOf(request, first)]).toEqual([request, []])
            for (const { status } of got) expect(status).toBeLessThan(500)
            return got
          })
        )
        lives()
        for (const { status } of answers.flat()) seen.add(status)
        const done = answers.flat().filter(({ status }) => [200, 201, 204, 303].includes(status))
        const after = written()
        const commands = commandsAfter(before.head)
        const broken = pieces.filter(isBroken).length
        expect(commands).toBeLessThanOrEqual(done.length + broken)
        const begun = [...after.sessions].filter((handle) => !before.sessions.has(handle))
        expect(begun.length).toBeLessThanOrEqual(done.filter(({ setsSession }) => setsSession).length + broken)
        if (done.length + broken === 0) expect(after).toEqual(before)
      }),
      { numRuns: 75, endOnFailure: true, examples: found.map((piece) => [[piece]]) }
    )
    // The generator covers its targets.
    for (const status of [200, 201, 303, 400, 401, 403, 404, 415]) expect(seen).toContain(status)
  }, 400_000)

  it("refuse a passkey with any changed bytes", async () => {
    await fc.assert(
      fc.asyncProperty(fc.boolean(), fc.constantFrom(...signedParts), changes, async (isNew, part, change) => {
        const visitor = makeClient(url)
        if (!isNew) await visitor.createPasskey()
        const before = written()
        const { body: options } = await visitor.call(`/account/${isNew ? "passkeys" : "sign-in"}/options`)
        const made = isNew ? visitor.authenticator.create(options) : visitor.authenticator.get(options)
        const fields: Record<string, unknown> = made.response
        const whole = part === "id" ? made.id : fields[part]
        if (typeof whole !== "string") return
        const spoiled = change(Buffer.from(whole, "base64url")).toString("base64url")
        const sent = part === "id" ? { ...made, id: spoiled } : { ...made, response: { ...fields, [part]: spoiled } }
        const { status } = await visitor.call(`/account/${isNew ? "passkeys" : "sign-in"}`, sent)
        lives()
        if (spoiled === whole) return
        if (part === "signature" && isSameSignature(Buffer.from(whole, "base64url"), spoiled)) return
        // Unsigned bytes may differ: without attestation, the new key is not signed.
        expect(!isNew || part === "id" ? [400, 401] : [201, 400, 401]).toContain(status)
        if (status >= 400) expect(written().credentials).toEqual(before.credentials)
      }),
      {
        numRuns: 150,
        endOnFailure: true,
        examples: hostileCbor.map((bytes): [boolean, string, Change] => [true, "attestationObject", () => bytes])
      }
    )
  }, 400_000)

  it("leave no complaint in the output, and the process stops on request", async () => {
    const closed = once(child, "close")
    child.kill("SIGTERM")
    expect(await closed).toEqual([0, null])
    expect(/ERROR|FATAL|WARN|[Uu]nhandled|[Uu]ncaught/.test(said()) ? said() : "").toBe("")
  })
})
