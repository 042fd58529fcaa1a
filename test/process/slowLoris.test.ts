// Slow clients (dripped headers or bodies, silence, unread responses) are cut off, others served.
import { connect, type Socket } from "node:net"
import { setInterval } from "node:timers/promises"
import { describe, expect, it } from "vitest"
import { keepAlive, longList, metric, newList } from "./client.ts"
import { descriptors, lowMemory, makeWorkspace, memory, pollOptions, resetPeak } from "./support.ts"

/** Connections of each kind, and of those that request much and read nothing. */
const many = 20
const nonReaders = 5
const requestsEach = 60
const second = 1000

/** A connection, what was sent on it, and when the server closed it. */
const open = (url: string) => {
  const { hostname, port } = new URL(url)
  const socket = connect(Number(port), hostname)
  let received = ""
  socket.on("data", (part) => {
    received += part
  })
  socket.on("error", () => {})
  const since = performance.now()
  const closed = new Promise<{ readonly after: number; readonly received: string }>((resolve) =>
    socket.once("close", () => resolve({ after: performance.now() - since, received }))
  )
  return { socket, closed }
}

/** Sends a piece periodically while the connection is open. */
const drip = async (socket: Socket, piece: string) => {
  for await (const _ of setInterval(500)) {
    if (socket.destroyed || !socket.writable) return
    socket.write(piece)
  }
}

/** Clients that send a beginning and then drip: when each was cut off, with what response. */
const dripping = (url: string, begin: string, piece?: string) =>
  Promise.all(
    Array.from({ length: many }, () => {
      const { closed, socket } = open(url)
      if (begin !== "") socket.write(begin)
      if (piece !== undefined) void drip(socket, piece)
      return closed
    })
  )

/** The longest response time of another client while something goes on. */
const longestResponse = async (url: string, listId: string, meanwhile: Promise<unknown>) => {
  const client = keepAlive(url, 1)
  const waits: Array<number> = []
  let isRunning = true
  const over = meanwhile.finally(() => {
    isRunning = false
  })
  for await (const _ of setInterval(100)) {
    if (!isRunning) break
    const before = performance.now()
    const { status } = await client.post(`/api/lists/${listId}/todos`, { text: "served" })
    expect([201, 409]).toContain(status)
    waits.push(performance.now() - before)
  }
  client.close()
  await over
  return Math.max(...waits)
}

/** Lost if a drip was in flight: the connection is then reset. */
const timedOut = /^$|^HTTP\/1\.1 408 Request Timeout\r\nConnection: close\r\n\r\n$/

describe("slow clients", () => {
  it("are cut off, each at its timeout, while another is served", async ({ onTestFinished }) => {
    const { serve } = makeWorkspace(onTestFinished)
    const server = await serve(lowMemory)
    const { url } = server
    const client = keepAlive(url, 1)
    const busy = await newList(client)
    const large = await longList(client, 400, "x".repeat(450))
    client.close()
    await expect.poll(() => metric(url, "evenstar_streams_open"), pollOptions).toBe(0)
    const before = descriptors(server)
    resetPeak(server)
    const { peak } = memory(server)

    const silent = dripping(url, "")
    const headers = dripping(url, "GET / HTTP/1.1\r\nHost: localhost\r\n", "X-Drip: a\r\n")
    const post = `POST /api/lists/${busy}/todos HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n`
    const body = dripping(url, `${post}Content-Length: 1000\r\n\r\n`, "x")
    const form = "POST /lists HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/x-www-form-urlencoded\r\n"
    const chunks = dripping(url, `${form}Transfer-Encoding: chunked\r\n\r\n`, "1\r\nx\r\n")
    /** Unread responses of both routers. */
    const unread = (path: string) =>
      Array.from({ length: nonReaders }, () => {
        const { closed, socket } = open(url)
        socket.pause()
        socket.write(`GET ${path} HTTP/1.1\r\nHost: localhost\r\n\r\n`.repeat(requestsEach))
        return { closed, socket }
      })
    const readers = [...unread(`/api/lists/${large}`), ...unread(`/lists/${large}`)]

    await expect.poll(() => descriptors(server) - before, pollOptions).toBeGreaterThan(4 * many + nonReaders)

    const all = Promise.all([silent, headers, body, chunks])
    // A client that does not read cannot see that it was cut off: count the server's descriptors.
    const gone = expect
      .poll(() => descriptors(server), { timeout: 105 * second, interval: 250 })
      .toBeLessThanOrEqual(before + 1)
    const since = performance.now()
    const longest = await longestResponse(url, busy, Promise.all([all, gone]))
    const cut = performance.now() - since

    for (const clients of [await silent, await headers]) {
      for (const { after, received } of clients) {
        expect(received).toMatch(timedOut)
        expect(after).toBeGreaterThan(9.9 * second)
        expect(after).toBeLessThan(15 * second)
      }
    }
    for (const clients of [await body, await chunks]) {
      for (const { after, received } of clients) {
        expect(received).toMatch(timedOut)
        expect(after).toBeGreaterThan(29.9 * second)
        expect(after).toBeLessThan(36 * second)
      }
    }
    // Not before its timeout: 45 seconds without progress.
    expect(cut).toBeGreaterThan(44.9 * second)
    for (const { closed, socket } of readers) {
      socket.resume()
      const { received } = await closed
      expect(received).toMatch(/^HTTP\/1\.1 200 OK/)
      expect(received.match(/HTTP\/1\.1 200 OK/g)?.length).toBeLessThan(requestsEach)
    }
    expect(longest).toBeLessThan(5 * second)
    // Each client that does not read has one response in memory, however many it has requested.
    expect(memory(server).peak - peak).toBeLessThan(100)
  }, 150_000)
})
