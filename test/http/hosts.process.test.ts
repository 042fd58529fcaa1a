// Allowed host names and operator access: no access by DNS rebinding.

import { mkdtempSync, rmSync } from "node:fs"
import { IncomingMessage } from "node:http"
import { Socket } from "node:net"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { describe, expect, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import { afterAll, beforeAll } from "vitest"
import { operatorCheck } from "../../src/http/operator/admin.ts"
import { crossSiteCheck, hostCheck } from "../../src/http/server/headers.ts"
import { settings } from "../support.ts"
import { exchange } from "./raw.ts"
import { type Process, startProcess } from "./server.ts"

const from = (remoteAddress: string, headers: Record<string, string>) =>
  Object.assign(new IncomingMessage(Object.defineProperty(new Socket(), "remoteAddress", { value: remoteAddress })), {
    headers
  })

describe("ALLOWED_HOSTS", () => {
  let server: Process
  const directory = mkdtempSync(join(tmpdir(), "evenstar-"))
  beforeAll(async () => {
    server = await startProcess(directory, { ALLOWED_HOSTS: "Example.com, app.example.com:8443,[::1]" })
  })
  afterAll(async () => {
    await server.stop("SIGTERM")
    rmSync(directory, { recursive: true })
  })
  const get = (target: string, ...lines: ReadonlyArray<string>) =>
    exchange(server.url, [`GET ${target} HTTP/1.1`, "Connection: close", ...lines])

  it.each([
    ["example.com", 200],
    ["EXAMPLE.com", 200],
    ["example.com:3000", 200],
    ["example.com:", 200],
    ["app.example.com:8443", 200],
    ["App.Example.Com:8443", 200],
    ["[::1]", 200],
    ["[::1]:3000", 200],
    ["app.example.com", 403],
    ["app.example.com:8444", 403],
    ["www.example.com", 403],
    ["example.com.evil.example", 403],
    ["evil.example", 403],
    ["example.com@evil.example", 403],
    ["example.com:80:90", 403],
    ["127.0.0.1", 403],
    ["localhost", 403],
    ["", 403]
  ])("Host %s is %i, on pages and below /api", async (host, status) => {
    const [page, api] = [await get("/health/live", `Host: ${host}`), await get("/api/openapi.json", `Host: ${host}`)]
    expect([page.status, api.status]).toEqual([status, status])
    if (status === 200) return
    expect(page.headers.get("content-type")).toEqual(["text/html; charset=utf-8"])
    expect(page.body).toContain("does not accept that host name")
    expect(api.headers.get("content-type")).toEqual(["application/problem+json"])
    expect(JSON.parse(api.body)).toMatchObject({ status: 403, code: "FORBIDDEN" })
    expect(page.body + api.body).not.toContain("evil")
  })

  it("refuses HTTP/1.0 without a Host, and HTTP/1.1 without one is malformed", async () => {
    expect((await exchange(server.url, ["GET / HTTP/1.0"])).status).toBe(403)
    expect((await get("/")).status).toBe(400)
  })

  it("uses the first of two Host headers everywhere", async () => {
    expect((await get("/health/live", "Host: evil.example", "Host: example.com")).status).toBe(403)
  })

  it.each([
    ["http://example.com/health/live", "evil.example", 200],
    ["HTTP://example.com:80/health/live", "example.com", 200],
    ["http://evil.example/health/live", "example.com", 403],
    ["https://evil.example/health/live", "example.com", 403],
    ["ftp://evil.example/health/live", "example.com", 403],
    ["http:///health/live", "example.com", 403],
    ["http://example.com@evil.example/health/live", "example.com", 403],
    ["http://evil.example", "example.com", 403],
    ["http://example.com", "example.com", 200],
    ["http://example.com?filter=all", "example.com", 200],
    // An origin-form target: a path that starts with an empty segment names no host.
    ["//evil.example/health/live", "example.com", 404]
  ])("the target %s with Host %s is %i: the target's host takes precedence", async (target, host, status) => {
    expect((await get(target, `Host: ${host}`)).status).toBe(status)
  })

  it("routes an absolute-form target by its path in both routers", async () => {
    const host = ["Host: example.com", "Connection: close"]
    const made = await exchange(server.url, ["POST http://example.com/api/lists HTTP/1.1", ...host])
    expect(made.status).toBe(201)
    const path = made.headers.get("location")?.[0] ?? ""
    expect((await exchange(server.url, [`GET http://example.com${path}?a=b HTTP/1.1`, ...host])).status).toBe(200)
    const unknown = await exchange(server.url, ["GET http://example.com/api/nothing HTTP/1.1", ...host])
    expect([unknown.status, unknown.headers.get("content-type")]).toEqual([404, ["application/problem+json"]])
    expect((await exchange(server.url, ["OPTIONS * HTTP/1.1", ...host])).status).toBe(404)
  })

  it.effect("allows any host without the setting", () =>
    Effect.gen(function* () {
      const isForUs = yield* hostCheck
      expect(isForUs(from("127.0.0.1", { host: "whatever.example" }))).toBe(true)
      expect(isForUs(from("127.0.0.1", {}))).toBe(true)
    }).pipe(Effect.provide(settings()))
  )
})

describe("request without a Host", () => {
  it.effect("does not match an opaque origin", () =>
    Effect.gen(function* () {
      const isCrossSite = yield* crossSiteCheck
      const post = (headers: Record<string, string>) => Object.assign(from("127.0.0.1", headers), { method: "POST" })
      expect(isCrossSite(post({ origin: "null" }))).toBe(true)
      expect(isCrossSite(post({ origin: "http://" }))).toBe(true)
      expect(isCrossSite(post({}))).toBe(false)
    }).pipe(Effect.provide(settings()))
  )
})

describe("operator access", () => {
  const ask = (env: Record<string, string>, address: string, headers: Record<string, string>) =>
    Effect.flatMap(operatorCheck, (check) => Effect.either(check(from(address, headers)))).pipe(
      Effect.map(Either.match({ onLeft: ({ _tag }) => _tag, onRight: () => "let in" })),
      Effect.provide(settings(env))
    )

  it.effect.each([
    { address: "127.0.0.1", host: "localhost:3000", answer: "let in" },
    { address: "127.0.0.1", host: "LOCALHOST", answer: "let in" },
    { address: "::1", host: "[::1]:3000", answer: "let in" },
    { address: "::ffff:127.0.0.1", host: "127.0.0.1", answer: "let in" },
    { address: "127.8.9.1", host: "evenstar.localhost:3000", answer: "let in" },
    // A developer's browser on a page whose name was rebound to this server.
    { address: "127.0.0.1", host: "rebound.example:3000", answer: "Forbidden" },
    { address: "127.0.0.1", host: "localhost.rebound.example", answer: "Forbidden" },
    { address: "127.0.0.1", host: "127.0.0.1.rebound.example", answer: "Forbidden" },
    { address: "127.0.0.1", host: "rebound.example@localhost.evil", answer: "Forbidden" },
    { address: "127.0.0.1", host: "notlocalhost", answer: "Forbidden" },
    { address: "127.0.0.1", host: "", answer: "Forbidden" },
    { address: "192.0.2.1", host: "localhost", answer: "Forbidden" },
    { address: "12.7.0.1", host: "localhost", answer: "Forbidden" }
  ])("in development, $host from $address: $answer", ({ address, answer, host }) =>
    Effect.map(ask({}, address, { host }), (found) => expect(found).toBe(answer))
  )

  it.effect("in development, neither a token nor PUBLIC_URL's host gives access, since tunnels reach it", () =>
    Effect.gen(function* () {
      const env = { PUBLIC_URL: "http://dev.example:3000", ADMIN_TOKEN: "secret" }
      expect(yield* ask(env, "127.0.0.1", { host: "dev.example:3000" })).toBe("Forbidden")
      expect(yield* ask(env, "127.0.0.1", { host: "rebound.example", authorization: "Bearer secret" })).toBe(
        "Forbidden"
      )
    })
  )

  it.effect("in development behind a trusted proxy, the forwarded address counts", () =>
    Effect.gen(function* () {
      const host = "localhost"
      const forwarded = { host, "x-forwarded-for": "127.0.0.1, 192.0.2.1" }
      expect(yield* ask({ TRUST_PROXY: "true" }, "127.0.0.1", forwarded)).toBe("Forbidden")
      expect(yield* ask({ TRUST_PROXY: "true" }, "127.0.0.1", { host })).toBe("let in")
      expect(yield* ask({}, "192.0.2.1", { host, "x-forwarded-for": "127.0.0.1" })).toBe("Forbidden")
    })
  )

  it.effect.each([
    { token: "secret", authorization: "Bearer secret", answer: "let in" },
    { token: "secret", authorization: "bearer secret", answer: "let in" },
    { token: "secret", authorization: "Bearer secre", answer: "Unauthenticated" },
    { token: "secret", authorization: "Bearer ", answer: "Unauthenticated" },
    { token: "secret", authorization: "Basic secret", answer: "Unauthenticated" },
    { token: "secret", authorization: undefined, answer: "Unauthenticated" },
    { token: "", authorization: undefined, answer: "Unauthenticated" },
    { token: "", authorization: "", answer: "Unauthenticated" },
    { token: "", authorization: "Bearer ", answer: "Unauthenticated" },
    { token: "", authorization: "Bearer", answer: "Unauthenticated" },
    { token: undefined, authorization: "Bearer undefined", answer: "Unauthenticated" }
  ])("in production with ADMIN_TOKEN=$token, also on loopback: $authorization is $answer", (given) =>
    Effect.gen(function* () {
      const { answer, authorization, token } = given
      const env = { NODE_ENV: "production", ...(token === undefined ? {} : { ADMIN_TOKEN: token }) }
      const headers = { host: "localhost", ...(authorization === undefined ? {} : { authorization }) }
      expect(yield* ask(env, "127.0.0.1", headers)).toBe(answer)
    })
  )
})
