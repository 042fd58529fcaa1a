// SSE connections: limits, heartbeats, clients that stop reading, and shutdown.
import type { Socket } from "node:net"
import { gunzipSync } from "node:zlib"
import { describe, expect, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as TestClock from "effect/TestClock"
import { createParser } from "eventsource-parser"
import { SessionHandle } from "../../../src/domain/Session.ts"
import { Sequence } from "../../../src/domain/StoredEvent.ts"
import { FastRouter } from "../../../src/http/server/FastRouter.ts"
import { bytesGone } from "../../../src/http/server/progress.ts"
import type { SseConnection } from "../../../src/http/sse/SseConnection.ts"
import { SseConnections } from "../../../src/http/sse/SseConnections.ts"
import { encodeFrame } from "../../../src/http/sse/SseFrame.ts"
import { Frame } from "../../../src/http/sse/StreamFrame.ts"
import { bodyOf, chunksOf, get, listening, type RawClient, routeDependencies, until } from "../fastRouter.ts"

/** A route that opens a stream for the query's session and lets the test write to it. */
const testServer = Effect.gen(function* () {
  const router = yield* FastRouter
  const streams = yield* SseConnections
  const opened: Array<SseConnection> = []
  const ready: Array<SseConnection> = []
  const closed: Array<SseConnection> = []
  /** The server's sides of the connections. */
  const sockets: Array<Socket> = []
  const writer = {
    ready: (stream: SseConnection) => void ready.push(stream),
    closed: (stream: SseConnection) => void closed.push(stream)
  }
  router.route("GET", "/stream", ({ query, ...incoming }) =>
    Effect.map(
      streams.open(
        { query, ...incoming },
        {
          writer,
          session: typeof query["session"] === "string" ? SessionHandle.make(query["session"]) : null,
          ...("position" in query ? { position: Sequence.make(Number(query["position"])) } : {}),
          ping: "ping" in query
        }
      ),
      (stream) => {
        opened.push(stream)
        sockets.push(incoming.message.socket)
        return undefined
      }
    )
  )
  return { port: yield* listening, streams, opened, ready, closed, sockets }
})

describe("SseConnections", () => {
  it.scoped("sends its first bytes immediately and `retry` with the first event", () =>
    Effect.gen(function* () {
      const { opened, port } = yield* testServer
      const client = yield* get(port, "/stream")
      yield* until(() => bodyOf(client).toString() === ":\n")
      expect(client.text()).toMatch(/^HTTP\/1.1 200 OK\r\n/)
      expect(client.text()).toContain("content-security-policy: default-src 'none'")
      opened[0]?.send(new Frame(encodeFrame({ id: 1, data: "a" })))
      opened[0]?.send(new Frame(encodeFrame({ id: 2, data: "b" })))
      yield* until(() => client.text().includes("data: b"))
      const found: Array<unknown> = []
      createParser({ onEvent: ({ data, id }) => found.push([id, data]), onRetry: (retry) => found.push(retry) }).feed(
        bodyOf(client).toString()
      )
      expect(found).toEqual([1000, ["1", "a"], ["2", "b"]])
    }).pipe(Effect.provide(routeDependencies()))
  )

  it.scoped("sends its position first, one chunk per write and a last chunk at its end (HTTP/1.1)", () =>
    Effect.gen(function* () {
      const { opened, port, streams } = yield* testServer
      const client = yield* get(port, "/stream?position=7")
      yield* until(() => opened.length === 1)
      const compressed = yield* get(port, "/stream?position=7", { "accept-encoding": "gzip" })
      yield* until(() => opened.length === 2)
      const old = yield* get(port, "/stream?position=7", {}, "GET", "HTTP/1.0")
      yield* until(() => opened.length === 3)
      const frame = new Frame(encodeFrame({ id: 8, data: "ü".repeat(300) }))
      for (const stream of opened) stream.send(frame)
      yield* until(() => bodyOf(client).toString().endsWith("ü\n\n"))
      yield* TestClock.adjust("15 seconds")
      yield* until(() => bodyOf(client).toString().endsWith("ü\n\n:\n"))
      expect(chunksOf(client).isWhole).toBe(false)
      yield* streams.close
      yield* until(() => client.isClosed() && compressed.isClosed() && old.isClosed())
      const sent = ["id: 7\n\n", "retry: 1000\n", frame.plain.content.toString(), ":\n"]
      expect(chunksOf(client).contents.map(String)).toEqual(sent)
      expect([chunksOf(client).isWhole, chunksOf(compressed).isWhole]).toEqual([true, true])
      expect(gunzipSync(bodyOf(compressed)).toString()).toBe(sent.join(""))
      // Header, payload and checksum.
      expect(chunksOf(compressed).contents).toHaveLength(1 + sent.length + 1)
      expect(old.text()).not.toContain("transfer-encoding")
      expect(bodyOf(old).toString()).toBe(sent.join(""))
      expect(
        client
          .text()
          .match(/^connection: .*$/gim)
          ?.map((it) => it.trim().toLowerCase())
      ).toEqual(["connection: close"])
    }).pipe(Effect.provide(routeDependencies()))
  )

  it.scoped("sends no last chunk on an aborted or reset connection", () =>
    Effect.gen(function* () {
      const { opened, port } = yield* testServer
      const client = yield* get(port, "/stream")
      yield* until(() => opened.length === 1)
      opened[0]?.destroy()
      yield* until(() => client.isClosed())
      expect([bodyOf(client).toString(), chunksOf(client).isWhole]).toEqual([":\n", false])
    }).pipe(Effect.provide(routeDependencies()))
  )

  it.scoped("sends a heartbeat every 15 s, as an event to clients that ask for one", () =>
    Effect.gen(function* () {
      const { opened, port } = yield* testServer
      const quiet = yield* get(port, "/stream")
      const pinged = yield* get(port, "/stream?ping")
      yield* until(() => opened.length === 2)
      yield* TestClock.adjust("45 seconds")
      yield* until(() => bodyOf(quiet).toString() === ":\n".repeat(4))
      const pings = ":\nevent: ping\ndata: {}\n\n".repeat(3)
      yield* until(() => bodyOf(pinged).toString() === `:\nretry: 1000\n${pings}`)
    }).pipe(Effect.provide(routeDependencies()))
  )

  it.scoped("closes a connection that drains nothing for 45 s and keeps one that reads", () =>
    Effect.gen(function* () {
      const { closed, opened, port, ready, streams } = yield* testServer
      const stalled = yield* get(port, "/stream")
      yield* until(() => opened.length === 1)
      const reading = yield* get(port, "/stream")
      yield* until(() => opened.length === 2)
      stalled.socket.pause()
      // More than the kernel's socket buffers hold.
      const frame = new Frame(encodeFrame({ data: "x".repeat(1024 * 1024) }))
      let sent = 0
      while (opened[0]?.isReady === true) {
        for (const stream of opened) if (stream.isReady) stream.send(frame)
        sent++
        yield* until(() => opened[1]?.isReady === true)
        // Two event loop turns: the kernel has accepted what it can by then.
        yield* until(() => true)
        yield* until(() => true)
      }
      expect(ready).toContain(opened[1])
      yield* TestClock.adjust("40 seconds")
      expect(closed).toEqual([])
      yield* TestClock.adjust("25 seconds")
      yield* until(() => closed.length > 0)
      expect(closed).toEqual([opened[0]])
      expect(reading.isClosed()).toBe(false)
      yield* until(() => reading.bytes().length > sent * frame.plain.size)
      expect((yield* streams.count).open).toBe(1)
    }).pipe(Effect.provide(routeDependencies()))
  )

  it.scoped("keeps a slow reader in the middle of a large frame and closes one that reads nothing", () =>
    Effect.gen(function* () {
      const { closed, opened, port, sockets } = yield* testServer
      const slow = yield* get(port, "/stream")
      yield* until(() => opened.length === 1)
      const stalled = yield* get(port, "/stream")
      yield* until(() => opened.length === 2)
      slow.socket.pause()
      stalled.socket.pause()
      const frame = new Frame(encodeFrame({ data: "x".repeat(48 * 1024 * 1024) }))
      for (const stream of opened) stream.send(frame)
      const [socket] = sockets
      if (socket === undefined) return
      // The kernel accepts more once much of its buffer is free: usually 1.4 MB, 45 s at 32 KB/s.
      for (let window = 0; window < 5; window++) {
        const before = bytesGone(socket)
        yield* until(() => {
          slow.socket.read(Math.min(35_000, slow.socket.readableLength))
          return bytesGone(socket) > before
        })
        yield* TestClock.adjust("45 seconds")
      }
      yield* until(() => closed.length > 0)
      expect(closed).toEqual([opened[1]])
      expect([slow.isClosed(), slow.bytes().length < frame.plain.size]).toEqual([false, true])
      slow.socket.resume()
      yield* until(() => opened[0]?.isReady === true)
    }).pipe(Effect.provide(routeDependencies()))
  )

  it.scoped("drops writes after the end and ignores a second end", () =>
    Effect.gen(function* () {
      const { opened, port } = yield* testServer
      const client = yield* get(port, "/stream", { "accept-encoding": "gzip" })
      yield* until(() => opened.length === 1)
      const [stream] = opened
      stream?.end()
      stream?.end()
      stream?.send(new Frame("data: late\n\n"))
      expect(stream?.isReady).toBe(false)
      yield* TestClock.adjust("15 seconds")
      yield* until(() => client.isClosed())
      expect(gunzipSync(bodyOf(client)).toString()).toBe(":\n")
    }).pipe(Effect.provide(routeDependencies()))
  )

  it.scoped("refuses a stream pipelined behind another one and releases it", () =>
    Effect.gen(function* () {
      const { closed, opened, port, streams } = yield* testServer
      const client = yield* get(port, "/stream")
      client.socket.write("GET /stream HTTP/1.1\r\nhost: x\r\n\r\n".repeat(5))
      yield* until(() => opened.length === 1)
      for (let refused = 0; refused < 1; refused = (yield* streams.count).open) yield* until(() => true)
      client.socket.destroy()
      yield* until(() => closed.length === 1)
      expect((yield* streams.count).open).toBe(0)
      expect(opened).toHaveLength(1)
    }).pipe(Effect.provide(routeDependencies()))
  )

  it.scoped("answers HEAD with headers only", () =>
    Effect.gen(function* () {
      const { port, streams } = yield* testServer
      const client = yield* get(port, "/stream", {}, "HEAD")
      yield* until(() => client.isClosed())
      expect(client.text()).toMatch(/^HTTP\/1.1 200/)
      expect(bodyOf(client)).toHaveLength(0)
      expect((yield* streams.count).open).toBe(0)
    }).pipe(Effect.provide(routeDependencies()))
  )

  it.scoped("limits by address and session (429) and by server (503), with Retry-After; slots are reused", () =>
    Effect.gen(function* () {
      const { closed, opened, port, streams } = yield* testServer
      const first = yield* get(port, "/stream?session=a")
      yield* until(() => opened.length === 1)
      const refused = Effect.fnUntraced(function* (path: string) {
        const client = yield* get(port, path)
        yield* until(() => client.text().includes("\r\n\r\n"))
        return /HTTP\/1.1 (\d+)[\s\S]*retry-after: (\d+)/i.exec(client.text())?.slice(1)
      })
      expect(yield* refused("/stream?session=a")).toEqual(["429", "5"])
      yield* get(port, "/stream")
      yield* until(() => opened.length === 2)
      expect(yield* refused("/stream")).toEqual(["429", "5"])
      expect(yield* streams.count).toEqual({
        open: 2,
        limits: { server: 3, session: 1, address: 2 },
        refused: { server: 0, session: 1, address: 1 }
      })
      first.socket.destroy()
      yield* until(() => closed.length === 1)
      yield* get(port, "/stream?session=a")
      yield* until(() => opened.length === 3)
      expect((yield* streams.count).open).toBe(2)
    }).pipe(
      Effect.provide(
        routeDependencies({ STREAM_LIMIT: "3", STREAM_LIMIT_PER_SESSION: "1", STREAM_LIMIT_PER_ADDRESS: "2" })
      )
    )
  )

  it.scoped("limits by server with 503; 0 disables the limit", () =>
    Effect.gen(function* () {
      const { opened, port, streams } = yield* testServer
      yield* get(port, "/stream")
      yield* until(() => opened.length === 1)
      const client = yield* get(port, "/stream")
      yield* until(() => client.text().includes("\r\n\r\n"))
      expect(client.text()).toMatch(/^HTTP\/1.1 503/)
      expect((yield* streams.count).refused.server).toBe(1)
    }).pipe(Effect.provide(routeDependencies({ STREAM_LIMIT: "1", STREAM_LIMIT_PER_ADDRESS: "0" })))
  )

  it.scoped("limits by the network that a trusted proxy reports, an IPv6 /64 as one", () =>
    Effect.gen(function* () {
      const { opened, port, streams } = yield* testServer
      const from = (address: string) => get(port, "/stream", { "x-forwarded-for": `127.0.0.1, ${address}` })
      yield* from("2001:db8:1:2::1")
      yield* until(() => opened.length === 1)
      const same = yield* from("2001:db8:1:2:ffff::1")
      yield* until(() => same.text().includes("\r\n\r\n"))
      expect(same.text()).toMatch(/^HTTP\/1.1 429/)
      for (const [index, address] of ["2001:db8:1:3::1", "192.0.2.1", "192.0.2.2"].entries()) {
        yield* from(address)
        yield* until(() => opened.length === index + 2)
      }
      expect((yield* streams.count).refused).toEqual({ server: 0, session: 0, address: 1 })
    }).pipe(Effect.provide(routeDependencies({ STREAM_LIMIT_PER_ADDRESS: "1", TRUST_PROXY: "true" })))
  )

  it.scoped("closes a session's streams at its end, even unread ones, and no others", () =>
    Effect.gen(function* () {
      const { closed, opened, port, streams } = yield* testServer
      const clients: Array<RawClient> = []
      for (const path of ["/stream?session=a", "/stream?session=a", "/stream?session=b", "/stream"]) {
        clients.push(yield* get(port, path))
        yield* until(() => opened.length === clients.length)
      }
      clients[1]?.socket.pause()
      const large = new Frame(encodeFrame({ data: "x".repeat(4 * 1024 * 1024) }))
      for (; opened[1]?.isReady === true; yield* until(() => true)) opened[1].send(large)
      streams.endSession(SessionHandle.make("unknown"))
      streams.endSession(SessionHandle.make("a"))
      yield* until(() => closed.length === 2)
      expect(new Set(closed)).toEqual(new Set(opened.slice(0, 2)))
      yield* until(() => clients[0]?.isClosed() === true)
      opened[2]?.send(new Frame(encodeFrame({ data: "still here" })))
      yield* until(() => clients[2]?.text().includes("still here") === true)
      expect((yield* streams.count).open).toBe(2)
      // Their slots are free again.
      yield* get(port, "/stream?session=a")
      yield* until(() => opened.length === 5)
    }).pipe(Effect.provide(routeDependencies({ STREAM_LIMIT_PER_SESSION: "2" })))
  )

  it.scoped("ends every stream cleanly at shutdown, and later ones immediately", () =>
    Effect.gen(function* () {
      const { opened, port, streams } = yield* testServer
      const client = yield* get(port, "/stream")
      yield* until(() => opened.length === 1)
      yield* streams.close
      yield* until(() => client.isClosed())
      const late = yield* get(port, "/stream")
      yield* until(() => late.isClosed())
      expect([chunksOf(client).isWhole, chunksOf(late).isWhole]).toEqual([true, true])
      expect(yield* streams.count).toMatchObject({ open: 0 })
    }).pipe(Effect.provide(routeDependencies()))
  )
})
