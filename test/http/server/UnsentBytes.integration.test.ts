// Memory bounds for responses that clients do not read, per network and in total.
import { describe, expect, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { noEvents } from "../../../src/domain/StoredEvent.ts"
import { FastRouter } from "../../../src/http/server/FastRouter.ts"
import { Ledger, UnsentBytes, unsentLimits } from "../../../src/http/server/UnsentBytes.ts"
import type { Writer } from "../../../src/http/sse/SseConnection.ts"
import { SseConnections } from "../../../src/http/sse/SseConnections.ts"
import { Frame } from "../../../src/http/sse/StreamFrame.ts"
import { get, listening, routeDependencies, until } from "../fastRouter.ts"
import { parse } from "../raw.ts"

const size = 8 * 1024 * 1024
const part = Buffer.alloc(size, "x")

const serving = Effect.gen(function* () {
  const router = yield* FastRouter
  router.route("GET", "/large", () => ({ status: 200, headers: {}, body: ["<", part, ">"] }))
  router.route("GET", "/small", () => ({ status: 200, headers: {}, body: "small" }))
  return { port: yield* listening, ledger: (yield* UnsentBytes).ledger }
})

/** A client of a network that sends requests and reads nothing. */
const openStalled = (port: number, from: string, path = "/large") =>
  Effect.tap(get(port, path, { "x-forwarded-for": from }), ({ isClosed, socket }) =>
    Effect.zipRight(
      until(() => socket.bytesRead > 0 || isClosed()),
      Effect.sync(() => socket.pause())
    )
  )

describe("unsent bytes", () => {
  it.scoped("are limited per network: more is refused, other networks and small responses are not", () =>
    Effect.gen(function* () {
      const { ledger, port } = yield* serving
      const { ofNetwork } = ledger.limits
      const external = process.memoryUsage().external
      const clients = []
      for (let n = 0; n < 250; n++) {
        clients.push(yield* openStalled(port, "192.0.2.1"))
        expect(ledger.total).toBeLessThanOrEqual(ofNetwork)
      }
      expect(ledger.total).toBeGreaterThan(ofNetwork - 2 * size)
      expect(ledger.refused).toBeGreaterThan(200)
      // All responses share one buffer.
      expect(process.memoryUsage().external - external).toBeLessThan(ofNetwork)
      const refused = parse(clients.at(-1)?.text() ?? "")
      expect([refused.status, refused.headers.get("retry-after")]).toEqual([503, ["5"]])

      const answer = Effect.fnUntraced(function* (path: string, from: string) {
        const client = yield* get(port, path, { "x-forwarded-for": from, connection: "close" })
        yield* until(client.isClosed)
        return client.text().slice(9, 12)
      })
      expect(yield* answer("/small", "192.0.2.1")).toBe("200")
      expect(yield* answer("/large", "192.0.2.2")).toBe("200")
      for (const { socket } of clients) socket.destroy()
      yield* until(() => ledger.total === 0)
      expect(yield* answer("/large", "192.0.2.1")).toBe("200")
    }).pipe(Effect.provide(routeDependencies({ TRUST_PROXY: "true" })))
  )

  it.scoped("of a stream count until it drains or is closed", () =>
    Effect.gen(function* () {
      const { ledger, port } = yield* serving
      const streams = yield* SseConnections
      const frame = new Frame("x".repeat(size))
      const writer: Writer = { ready: () => {}, closed: () => {} }
      ;(yield* FastRouter).route("GET", "/stream", (incoming) =>
        Effect.map(streams.open(incoming, { writer, session: null, position: noEvents }), (stream) => {
          stream.send(frame)
          return undefined
        })
      )
      const clients = []
      for (let n = 0; n < 40; n++) {
        clients.push(yield* openStalled(port, "192.0.2.1", "/stream"))
        expect(ledger.total).toBeLessThanOrEqual(ledger.limits.ofNetwork + size)
      }
      expect(ledger.refused).toBeGreaterThan(0)
      const [first] = clients
      const before = ledger.total
      first?.socket.resume()
      yield* until(() => ledger.total < before)
      for (const { socket } of clients) socket.destroy()
      yield* until(() => ledger.total === 0)
    }).pipe(Effect.provide(routeDependencies({ TRUST_PROXY: "true" })))
  )
})

describe("limits", () => {
  it("scale with the memory, within bounds", () => {
    const MiB = 1024 * 1024
    expect(unsentLimits(512 * MiB)).toEqual({ inAll: 64 * MiB, ofNetwork: 16 * MiB })
    expect(unsentLimits(64 * 1024 * MiB)).toEqual({ inAll: 256 * MiB, ofNetwork: 64 * MiB })
  })

  it("apply to all networks together; an idle network gets one response that fits the total", () => {
    const ledger = new Ledger({ inAll: 100, ofNetwork: 25 })
    expect(ledger.admits("a", 90)).toBe(true)
    ledger.add("a", 90)
    expect([ledger.admits("a", 1), ledger.admits("b", 10), ledger.admits("b", 11)]).toEqual([false, true, false])
    ledger.add("a", -90)
    expect([ledger.total, ledger.admits("a", 25)]).toEqual([0, true])
  })
})
