// Synchronous and Effect handlers of the fast router give the same bytes, also for defects.
import { describe, expect, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Logger from "effect/Logger"
import type { Reply } from "../../../src/http/server/Errors.ts"
import { FastRouter, type Handler } from "../../../src/http/server/FastRouter.ts"
import { get, listening, routeDependencies, until } from "../fastRouter.ts"
import { parse } from "../raw.ts"

/** A server with one route per name. */
const serving = (handlers: Readonly<Record<`/${string}`, Handler>>) =>
  Effect.gen(function* () {
    const router = yield* FastRouter
    for (const path of Object.keys(handlers)) {
      if (path.startsWith("/"))
        router.route("GET", `/${path.slice(1)}`, handlers[`/${path.slice(1)}`] ?? (() => noContent))
    }
    return yield* listening
  })
const noContent: Reply = { status: 204, headers: {}, body: "" }

/** The whole response without its Date. */
const ask = (port: number, path: string, method = "GET") =>
  Effect.scoped(
    Effect.gen(function* () {
      const client = yield* get(port, path, { connection: "close" }, method)
      yield* until(client.isClosed)
      const text = client.text().replace(/\r\ndate: [^\r]*/i, "")
      return { text, ...parse(text) }
    })
  )
const quiet = Logger.remove(Logger.defaultLogger)

describe("handler", () => {
  it.scoped.each<Reply<string | Buffer>>([
    { status: 200, headers: { "content-type": "text/plain; charset=utf-8", etag: '"1"' }, body: "grüße" },
    { status: 200, headers: { "content-type": "application/json" }, body: Buffer.from('{"a":"ü"}') },
    { status: 201, headers: {}, body: "" },
    { status: 304, headers: { etag: '"1"' }, body: "" }
  ])("answers %j alike synchronously and as an Effect", (reply) =>
    Effect.gen(function* () {
      const port = yield* serving({
        "/now": () => reply,
        "/soon": () => Effect.succeed(reply),
        "/later": () => Effect.as(Effect.yieldNow(), reply)
      })
      const now = yield* ask(port, "/now")
      expect([now.status, now.body]).toEqual([reply.status, String(reply.body)])
      expect(now.headers.get("content-length")).toEqual(
        reply.status === 304 ? undefined : [String(Buffer.byteLength(reply.body))]
      )
      expect(now.headers.get("transfer-encoding")).toBeUndefined()
      for (const [name, value] of Object.entries(reply.headers)) expect(now.headers.get(name)).toEqual([value])
      for (const path of ["/soon", "/later"]) expect((yield* ask(port, path)).text).toBe(now.text)
      const head = yield* ask(port, "/now", "HEAD")
      expect(head.text).toBe(now.text.slice(0, now.text.indexOf("\r\n\r\n") + 4))
    }).pipe(Effect.provide(routeDependencies()))
  )

  it.scoped("that throws, dies or fails unexpectedly is 500 with an error id, and the server goes on", () =>
    Effect.gen(function* () {
      const fault = new Error("secret")
      const thrown: Handler = () => {
        throw fault
      }
      const port = yield* serving({
        "/thrown": thrown,
        "/api/thrown": thrown,
        "/api/dead": () => Effect.die(fault),
        // @ts-expect-error An error that the route does not declare is a type error.
        // @effect-diagnostics-next-line missingEffectError:off
        "/api/failed": () => Effect.fail(fault),
        "/fine": () => ({ status: 200, headers: {}, body: "fine" })
      })
      for (const path of ["/api/thrown", "/api/dead", "/api/failed"]) {
        const { body, headers, status } = yield* ask(port, path)
        expect([status, headers.get("content-type")]).toEqual([500, ["application/problem+json"]])
        expect(JSON.parse(body)).toMatchObject({ code: "INTERNAL", errorId: expect.stringMatching(/^[\da-f-]{36}$/) })
        expect(body).not.toContain("secret")
      }
      const page = yield* ask(port, "/thrown")
      expect([page.status, page.headers.get("content-type")]).toEqual([500, ["text/html; charset=utf-8"]])
      expect(page.body).not.toContain("secret")
      expect((yield* ask(port, "/fine")).body).toBe("fine")
    }).pipe(Effect.provide(routeDependencies()), Effect.provide(quiet))
  )

  it.scoped("that owns the response ends it itself, and nothing else is written", () =>
    Effect.gen(function* () {
      const taken: Handler = ({ response }) =>
        Effect.sync(() => {
          response.writeHead(200, { "content-type": "text/plain" }).end("mine")
          return undefined
        })
      const { body, headers } = yield* ask(yield* serving({ "/taken": taken }), "/taken")
      expect(body).toContain("mine")
      expect(headers.get("content-security-policy")).toBeUndefined()
    }).pipe(Effect.provide(routeDependencies()))
  )

  it.scoped("runs to its end after the client has left, without writing", () =>
    Effect.gen(function* () {
      let [began, isOver] = [false, false]
      const slow: Handler = ({ response }) =>
        Effect.gen(function* () {
          began = true
          yield* until(() => response.destroyed)
          isOver = true
          return { status: 200, headers: {}, body: "too late" }
        })
      const port = yield* serving({ "/slow": slow, "/fine": () => ({ status: 200, headers: {}, body: "fine" }) })
      const client = yield* get(port, "/slow")
      yield* until(() => began)
      client.socket.destroy()
      yield* until(() => isOver)
      expect(client.text()).toBe("")
      expect((yield* ask(port, "/fine")).body).toBe("fine")
    }).pipe(Effect.provide(routeDependencies()))
  )
})
