import fc from "fast-check"
import { badJson, bytes, invalidTexts, line, mostly, passkey, texts, word } from "./texts.ts"
import { type Framing, framings, type Piece, utf8 } from "./wire.ts"

const segments = ["{list}", "{readOnly}", "{private}", "{ownerless}", "A".repeat(22)]
export const todos = ["{todo}", "{done}", "01a20c79-aeae-74c0-b0f7-024c701098ca"]
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
  ...onList("/api/lists/LIST"),
  ...onList("/api/lists/LIST/export?format=json")
]

type GeneratedRequest = Pick<Piece, "method" | "target" | "body"> & { readonly type: string }
const jsonType = "application/json"
const formType = "application/x-www-form-urlencoded"
export const ask = (
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
    fc.oneof(
      fc.constantFrom(...accesses).map((access) => JSON.stringify({ access })),
      texts.map((title) => JSON.stringify({ title, pinned: true }))
    )
  ),
  ask("POST", onTodo("/api/lists/LIST/todos/TODO/move"), jsonType, bodies('{"before":null}', '{"before":"x"}', "{}")),
  ask(
    "POST",
    onList("/api/lists/LIST/import"),
    jsonType,
    fc
      .tuple(fc.constantFrom("markdown", "csv", "json", "x"), texts)
      .map(([format, content]) => JSON.stringify({ format, content }))
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
    fc.oneof(booleans, bodies('{"text":"x","completed":true}', '{"dueAt":null,"notes":"x"}', "{}"))
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
export const spoiled = (target: string): fc.Arbitrary<string> =>
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
export const header: fc.Arbitrary<readonly [string, string]> = fc
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
export const piece: fc.Arbitrary<Piece> = generatedRequest.chain(({ body, method, target, type }) =>
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
export const found: ReadonlyArray<Piece> = [
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
