// The bus switch over HTTP and by `evenstar bus`, on one node. Under load: test/cluster.
import { describe, expect, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { runToEnd } from "../../cli/process.ts"
import { temporaryDirectory } from "../../support.ts"
import { server } from "../server.ts"

const unavailableBus = { EVENT_BUS: "dual:memory,nats", NATS_URL: "nats://127.0.0.1:1", NODE_ID: "only" }

const ask = (url: string, method: "GET" | "POST", body?: unknown, headers: Record<string, string> = {}) =>
  Effect.promise(async () => {
    const response = await fetch(`${url}/admin/event-bus`, {
      method,
      headers: { "content-type": "application/json", ...headers },
      ...(body === undefined ? {} : { body: JSON.stringify(body) })
    })
    return { status: response.status, body: await response.json() }
  })

const bus = (url: string, what: string, env: Record<string, string> = {}) =>
  Effect.flatMap(temporaryDirectory, (directory) =>
    Effect.promise(() => runToEnd(directory, ["bus", what], { PORT: new URL(url).port, ...env }))
  )

/** Waits until the node is registered, within half a second. */
const waitForPhase = (url: string, phase: string): Effect.Effect<void> =>
  Effect.flatMap(ask(url, "GET"), ({ body }) =>
    body.nodes[0]?.phase === phase
      ? Effect.void
      : Effect.delay(
          Effect.suspend(() => waitForPhase(url, phase)),
          "20 millis"
        )
  )

describe("/admin/event-bus", () => {
  it.scopedLive("reports the nodes and switches between two buses, one phase at a time", () =>
    Effect.gen(function* () {
      const { url } = yield* server(unavailableBus)
      yield* waitForPhase(url, "first")
      const { body, status } = yield* ask(url, "GET")
      expect([status, body.phase]).toEqual([200, "first"])
      expect(body.nodes).toMatchObject([{ nodeId: "only", bus: "dual:memory,nats", phase: "first", silent: null }])

      expect((yield* ask(url, "POST", { phase: "second" })).body).toMatchObject({ status: 409, code: "CONFLICT" })
      expect((yield* ask(url, "POST", { phase: "both, read first" })).body.phase).toBe("both, read first")
      yield* waitForPhase(url, "both, read first")
      // Now the second bus is read, which is not available.
      const health = yield* Effect.promise(() => fetch(`${url}/health`).then((it) => it.json()))
      expect(health).toMatchObject({ status: "degraded", components: { eventBus: { status: "degraded" } } })
      expect(health.components.eventBus.reason).toMatch(/^nats: /)
      expect(health.components.nodes).toEqual({ status: "ok", reason: "only" })

      expect((yield* ask(url, "POST", { phase: "first" })).status).toBe(200)
      for (const bad of [{ phase: "third" }, {}, { phase: "first", more: 1 }]) {
        expect((yield* ask(url, "POST", bad)).body).toMatchObject({ status: 400, code: "VALIDATION_FAILED" })
      }
    })
  )

  it.scopedLive("has nothing to switch with a single bus", () =>
    Effect.gen(function* () {
      const { url } = yield* server()
      expect((yield* ask(url, "GET")).body).toMatchObject({ phase: null, nodes: [{ bus: "memory", phase: null }] })
      const refused = yield* ask(url, "POST", { phase: "both, read first" })
      expect([refused.status, refused.body.detail]).toEqual([
        409,
        "Only one bus is configured: set EVENT_BUS=dual:FIRST,SECOND to run two"
      ])
    })
  )

  it.scopedLive("is for the operator only", () =>
    Effect.gen(function* () {
      const { url } = yield* server({ NODE_ENV: "production", ADMIN_TOKEN: "secret", ALLOWED_HOSTS: "" })
      expect((yield* ask(url, "GET")).status).toBe(401)
      expect((yield* ask(url, "POST", { phase: "first" })).status).toBe(401)
      expect((yield* ask(url, "GET", undefined, { authorization: "Bearer secret" })).status).toBe(200)
    })
  )
})

describe("evenstar bus", () => {
  it.scopedLive("switches forward and back and shows the nodes' phases", () =>
    Effect.gen(function* () {
      const { url } = yield* server(unavailableBus)
      yield* waitForPhase(url, "first")
      const before = yield* bus(url, "status")
      expect(before.stdout).toContain("Target phase of all nodes: first")
      expect(before.stdout).toMatch(/^only +dual:memory,nats +first/m)
      expect((yield* bus(url, "forward")).stdout).toContain("Target phase of all nodes: both, read first")
      yield* waitForPhase(url, "both, read first")
      expect((yield* bus(url, "back")).stdout).toContain("Target phase of all nodes: first")
      const end = yield* bus(url, "back")
      expect([end.code, end.stderr]).toEqual([1, "evenstar: The first bus is the only one already\n"])
    })
  )

  it.scopedLive("reports a failure in one line", () =>
    Effect.gen(function* () {
      const { url } = yield* server()
      const refused = yield* bus(url, "forward")
      expect([refused.code, refused.stderr]).toEqual([
        1,
        "evenstar: Only one bus is configured: set EVENT_BUS=dual:FIRST,SECOND to run two\n"
      ])
      const nobody = yield* bus("http://127.0.0.1:1", "status")
      expect([nobody.code, nobody.stderr]).toEqual([1, "evenstar: The server at http://127.0.0.1:1 doesn't answer\n"])
    })
  )
})
