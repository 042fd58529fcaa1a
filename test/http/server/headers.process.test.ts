// Headers of every response, whichever part of the server writes it, and headers of none.
import { mkdtempSync, rmSync } from "node:fs"
import { IncomingMessage } from "node:http"
import { Socket } from "node:net"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { describe, expect, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Logger from "effect/Logger"
import { afterAll, beforeAll } from "vitest"
import { FastRouter } from "../../../src/http/server/FastRouter.ts"
import { securityHeaders } from "../../../src/http/server/headers.ts"
import { SseConnections } from "../../../src/http/sse/SseConnections.ts"
import { settings } from "../../support.ts"
import { get, listening, routeDependencies, until } from "../fastRouter.ts"
import { exchange, parse, type RawResponse } from "../raw.ts"
import { type Process, startProcess } from "../server.ts"

const commonHeaders = {
  "content-security-policy":
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; manifest-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
  "x-content-type-options": "nosniff",
  "x-frame-options": "DENY",
  "referrer-policy": "same-origin",
  "cross-origin-opener-policy": "same-origin",
  "cross-origin-resource-policy": "same-origin"
}
const hsts = "max-age=63072000"

const expectSecure = ({ body, headers }: RawResponse, isProduction: boolean) => {
  for (const [name, value] of Object.entries(commonHeaders)) expect([name, headers.get(name)]).toEqual([name, [value]])
  const [permissions = "", ...others] = headers.get("permissions-policy") ?? []
  expect(others).toEqual([])
  const policy = new Map(permissions.split(", ").map((it) => [it.split("=")[0], it.split("=")[1]]))
  for (const feature of ["camera", "geolocation", "microphone", "payment", "usb"])
    expect(policy.get(feature)).toBe("()")
  for (const use of ["get", "create"]) expect(policy.get(`publickey-credentials-${use}`)).toBe("(self)")
  expect(headers.get("strict-transport-security")).toEqual(isProduction ? [hsts] : undefined)
  for (const name of ["server", "x-powered-by", "via"]) expect(headers.has(name)).toBe(false)
  expect(body).not.toMatch(/node_modules|\.tsx?:\d|\bat .*:\d+:\d+|\/src\/|v\d+\.\d+\.\d+/)
}

describe.each([
  { environment: "development", isProduction: false },
  { environment: "production", isProduction: true }
])("in $environment", ({ environment, isProduction }) => {
  let server: Process
  let list: string
  const directory = mkdtempSync(join(tmpdir(), "evenstar-"))
  const json = "Content-Type: application/json"
  const form = "Content-Type: application/x-www-form-urlencoded"
  const ask = (method: string, path: string, headers: ReadonlyArray<string> = [], body = "") =>
    exchange(
      server.url,
      [
        `${method} ${path} HTTP/1.1`,
        ...(headers.some((it) => it.startsWith("Host:")) ? [] : ["Host: localhost"]),
        "Connection: close",
        `Content-Length: ${Buffer.byteLength(body)}`,
        ...headers
      ],
      body,
      // A stream is recognized by its first bytes.
      (text) => /^content-type: text\/event-stream[\s\S]*\r\n\r\n[\s\S]/m.test(text)
    )

  beforeAll(async () => {
    server = await startProcess(directory, {
      NODE_ENV: environment,
      PUBLIC_URL: "https://todo.example",
      ADMIN_TOKEN: "",
      ALLOWED_HOSTS: "localhost",
      COMMAND_RATE_LIMIT: "40"
    })
    list = (await ask("POST", "/lists", [form], "text=milk")).headers.get("location")?.[0] ?? ""
    expect(list).toMatch(/^\/lists\/[\w-]{22}$/)
  })
  afterAll(async () => {
    await server.stop("SIGTERM")
    rmSync(directory, { recursive: true })
  })

  const large = `text=${"x".repeat(100_000)}`
  const operators = isProduction ? 401 : 200
  it.each<[name: string, status: number, answer: () => Promise<RawResponse>]>([
    ["the start page", 200, () => ask("GET", "/")],
    ["a list's page", 200, () => ask("GET", list)],
    ["HEAD of a page", 200, () => ask("HEAD", list)],
    ["an unknown list", 404, () => ask("GET", "/lists/AAAAAAAAAAAAAAAAAAAAAA")],
    ["an unknown page", 404, () => ask("GET", "/nothing")],
    ["bad percent-encoding", 404, () => ask("GET", "/lists/%zz")],
    ["OPTIONS", 204, () => ask("OPTIONS", "/")],
    ["an unsupported method", 405, () => ask("DELETE", "/")],
    ["a form, with a new session's cookie", 303, () => ask("POST", "/lists", [form], "text=milk")],
    ["a form", 303, () => ask("POST", `${list}/todos`, [form], "text=milk")],
    ["a form sent by htmx", 204, () => ask("POST", `${list}/todos`, [form, "HX-Request: true"], "text=milk")],
    ["an invalid form", 400, () => ask("POST", `${list}/todos`, [form], "text=")],
    ["an oversized form", 413, () => ask("POST", `${list}/todos`, [form], large)],
    ["a list's feed", 200, () => ask("GET", `${list}/feed`)],
    ["a list's feed, compressed", 200, () => ask("GET", `${list}/feed`, ["Accept-Encoding: gzip"])],
    ["an unknown feed", 404, () => ask("GET", "/lists/AAAAAAAAAAAAAAAAAAAAAA/feed")],
    ["the log", operators, () => ask("GET", "/events?after=0")],
    ["the metrics", operators, () => ask("GET", "/metrics")],
    ["the metrics with an empty token", operators, () => ask("GET", "/metrics", ["Authorization: Bearer "])],
    ["the health", 200, () => ask("GET", "/health")],
    ["life", 200, () => ask("GET", "/health/live")],
    ["a list of the API", 200, () => ask("GET", `/api${list}`)],
    ["a new list of the API", 201, () => ask("POST", "/api/lists")],
    ["a command of the API", 201, () => ask("POST", `/api${list}/todos`, [json], '{"text":"milk"}')],
    ["an invalid command", 400, () => ask("POST", `/api${list}/todos`, [json], '{"text":7}')],
    ["a command of another media type", 415, () => ask("POST", `/api${list}/todos`, [form], "text=milk")],
    ["an oversized command", 413, () => ask("POST", `/api${list}/todos`, [json], large)],
    ["an unknown path of the API", 404, () => ask("GET", "/api/nothing")],
    ["the API's description", 200, () => ask("GET", "/api/openapi.json")],
    ["an unknown asset", 404, () => ask("GET", "/static/nothing.js")],
    ["a cross-site command", 403, () => ask("POST", "/api/lists", ["Sec-Fetch-Site: cross-site"])],
    ["a cross-site form", 403, () => ask("POST", "/lists", ["Origin: null", form], "text=milk")],
    ["another host", 403, () => ask("GET", "/", ["Host: evil.example"])],
    ["the API under another host", 403, () => ask("GET", "/api/lists", ["Host: evil.example"])]
  ])("%s (%i) has all of them", async (_, status, answer) => {
    const found = await answer()
    expect(found.status).toBe(status)
    expectSecure(found, isProduction)
  })

  it("on each asset of a page", async () => {
    const { body } = await ask("GET", "/")
    const assets = [...body.matchAll(/(?:src|href)="(\/static\/[^"]+)"/g)].map(([, path]) => path ?? "")
    expect(assets.length).toBeGreaterThan(2)
    for (const path of assets) {
      const { headers, status } = await ask("GET", path)
      expect(status).toBe(200)
      // A script may mention its sources' lines and versions.
      expectSecure({ headers, status, body: "" }, isProduction)
    }
  })

  it("on refusals of oversized requests", async () => {
    let answer = await ask("POST", "/api/lists")
    for (let i = 0; i < 60 && answer.status === 201; i++) answer = await ask("POST", "/api/lists")
    expect(answer.status).toBe(429)
    expect(JSON.parse(answer.body)).toMatchObject({ code: "RATE_LIMITED" })
    expect(Number(answer.headers.get("retry-after"))).toBeGreaterThan(0)
    expectSecure(answer, isProduction)
  })

  it("Node's own error responses reveal nothing", async () => {
    const bare = [
      await exchange(server.url, ["not HTTP"]),
      await exchange(server.url, ["GET / HTTP/1.1", "Host: localhost", `X: ${"x".repeat(20_000)}`]),
      await exchange(server.url, [
        "GET / HTTP/1.1",
        "Host: localhost",
        "Content-Length: 1",
        "Transfer-Encoding: chunked"
      ])
    ]
    expect(bare.map(({ body, headers, status }) => [status, [...headers.keys()], body])).toEqual([
      [400, ["connection"], ""],
      [431, ["connection"], ""],
      [400, ["connection"], ""]
    ])
  })
})

describe("HSTS", () => {
  const promised = (env: Record<string, string>, headers: Record<string, string> = {}) =>
    Effect.map(securityHeaders, (of) =>
      new Map(of(Object.assign(new IncomingMessage(new Socket()), { headers }))).get("strict-transport-security")
    ).pipe(Effect.provide(settings(env)))
  const production = { NODE_ENV: "production" }
  const https = { ...production, PUBLIC_URL: "https://todo.example" }
  const proxied = { ...https, TRUST_PROXY: "true" }
  const proto = (value: string) => ({ "x-forwarded-proto": value })

  it.effect("is sent for requests over TLS only", () =>
    Effect.gen(function* () {
      expect(yield* promised(https)).toBe(hsts)
      expect(yield* promised(production)).toBeUndefined()
      expect(yield* promised({ ...production, PUBLIC_URL: "http://todo.example" })).toBeUndefined()
      expect(yield* promised({ PUBLIC_URL: "https://todo.example" })).toBeUndefined()
      expect(yield* promised(proxied)).toBe(hsts)
      expect(yield* promised(proxied, proto("https"))).toBe(hsts)
      expect(yield* promised(proxied, proto("http"))).toBeUndefined()
      // Entries before the last one are supplied by the client.
      expect(yield* promised(proxied, proto("https, http"))).toBeUndefined()
      expect(yield* promised(proxied, proto("http, HTTPS"))).toBe(hsts)
      expect(yield* promised({ ...production, TRUST_PROXY: "true" }, proto("https"))).toBe(hsts)
      // Headers of an untrusted proxy are ignored.
      expect(yield* promised(production, proto("https"))).toBeUndefined()
      expect(yield* promised(https, proto("http"))).toBe(hsts)
    })
  )

  it.effect("includes subdomains only when configured", () =>
    Effect.gen(function* () {
      expect(yield* promised({ ...https, HSTS_INCLUDE_SUBDOMAINS: "true" })).toBe(`${hsts}; includeSubDomains`)
    })
  )
})

describe("fast router", () => {
  const answerOf = Effect.fnUntraced(function* (port: number, path: string) {
    const client = yield* get(port, path)
    yield* until(() => client.text().includes("\r\n\r\n"))
    return parse(client.text())
  })

  it.scoped("keeps headers that a handler set before it answers or streams", () =>
    Effect.gen(function* () {
      const router = yield* FastRouter
      const streams = yield* SseConnections
      router.route("GET", "/cookie", ({ response }) => {
        response.setHeader("set-cookie", ["a=1; HttpOnly", "b=2"])
        return Effect.succeed({ status: 201, headers: { "content-type": "text/plain" }, body: "made" })
      })
      router.route("GET", "/stream", (incoming) => {
        incoming.response.setHeader("set-cookie", "a=1; HttpOnly")
        const writer = { ready: () => {}, closed: () => {} }
        return Effect.as(streams.open(incoming, { writer, session: null }), undefined)
      })
      const port = yield* listening
      const answer = yield* answerOf(port, "/cookie")
      expect(answer).toMatchObject({ status: 201, body: "made" })
      expect(answer.headers.get("set-cookie")).toEqual(["a=1; HttpOnly", "b=2"])
      expect(answer.headers.get("content-type")).toEqual(["text/plain"])
      expectSecure(answer, false)
      const stream = yield* answerOf(port, "/stream")
      expect(stream.headers.get("set-cookie")).toEqual(["a=1; HttpOnly"])
      expectSecure(stream, false)
    }).pipe(Effect.provide(routeDependencies()))
  )

  it.scoped("reveals only an error id for an unexpected error", () =>
    Effect.gen(function* () {
      const router = yield* FastRouter
      const secret = new Error("secret: /srv/evenstar/src/main.ts:1:1")
      router.route("GET", "/api/dies", () => Effect.die(secret))
      // @ts-expect-error An error that the route does not declare is a type error.
      // @effect-diagnostics-next-line missingEffectError:off
      router.route("GET", "/api/fails", () => Effect.fail(secret))
      router.route("GET", "/throws", () => {
        throw secret
      })
      const port = yield* listening
      for (const path of ["/api/dies", "/api/fails", "/throws"]) {
        const answer = yield* answerOf(port, path)
        expect(answer.status).toBe(500)
        expect(answer.body).toContain("Something went wrong on our side")
        expect(answer.body).not.toContain("secret")
        expectSecure(answer, true)
      }
    }).pipe(
      Effect.provide([
        routeDependencies({ NODE_ENV: "production", PUBLIC_URL: "https://todo.example" }),
        Logger.remove(Logger.defaultLogger)
      ])
    )
  )
})
