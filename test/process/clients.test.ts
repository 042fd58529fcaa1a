// Badly behaved clients: one that stops reading, a slow one, thousands that come and go.
import { once } from "node:events"
import { connect } from "node:net"
import { setInterval } from "node:timers/promises"
import { describe, expect, it } from "vitest"
import type { Process } from "../http/server.ts"
import { keepAlive, longList, metric, newList, toggleAll } from "./client.ts"
import { checkConsecutive, openStream } from "./streams.ts"
import { descriptors, lowMemory, makeWorkspace, memory, pollOptions, resetPeak } from "./support.ts"

/** Opens a stream and reads nothing until `drain`. */
const openStalled = async (url: string, path: string) => {
  const { hostname, port } = new URL(url)
  const socket = connect(Number(port), hostname).pause()
  await once(socket, "connect")
  socket.on("error", () => {})
  socket.write(`GET ${path} HTTP/1.1\r\nHost: ${hostname}\r\n\r\n`)
  return {
    /** Reads pending data: a socket reports its peer's close only afterwards. */
    drain: async () => {
      socket.resume()
      if (!socket.closed) await once(socket, "close")
    }
  }
}

/** The latest sequence that a feed has shown, and its number of messages. */
const countFragments = () => {
  const shown = { sequence: 0, fragments: 0 }
  return {
    shown,
    see: ({ data, id }: { readonly data: string; readonly id?: string | undefined }) => {
      if (data === "") return
      shown.sequence = Number(id)
      shown.fragments++
    }
  }
}

const hangTimeout = { timeout: 120_000, interval: 250 }

describe.concurrent("a client that stops reading", () => {
  it("does not affect others and is closed after 45 s", async ({ expect, onTestFinished }) => {
    const { serve } = makeWorkspace(onTestFinished)
    const server = await serve(lowMemory)
    const { url } = server
    const client = keepAlive(url, 8)
    const listId = await longList(client, 800, '"'.repeat(400))
    const order = checkConsecutive()
    const events = await openStream(url, "/events?after=0", order.see)
    events.flow()
    const { see, shown } = countFragments()
    const feed = await openStream(url, `/lists/${listId}/feed`, see)
    feed.flow()

    // About 20 MB of events of 31 KB: more than the kernel buffers for a client that does not read.
    const [loud, toggles] = [await longList(client, 800, "x"), 650]
    const makeNoise = async () => {
      for (let i = 0; i < toggles; i++) await toggleAll(client, loud, i % 2 === 0)
    }
    // A warm-up: the bounded caches (rows, fragments) are full afterwards and grow no further.
    await makeNoise()

    const since = performance.now()
    const clients = await Promise.all([openStalled(url, "/events?after=0"), openStalled(url, `/lists/${listId}/feed`)])
    await expect.poll(() => metric(url, "evenstar_streams_open"), pollOptions).toBe(4)
    resetPeak(server)
    const before = memory(server).peak
    await makeNoise()
    for (let i = 0; i < 120; i++) {
      const { sequence } = await toggleAll(client, listId, i % 2 === 0)
      await expect.poll(() => [order.last(), shown.sequence], pollOptions).toEqual([sequence, sequence])
    }
    expect(memory(server).peak - before).toBeLessThan(100)

    await expect.poll(() => metric(url, "evenstar_streams_open"), hangTimeout).toBe(2)
    expect(performance.now() - since).toBeGreaterThan(44_000)
    await Promise.all(clients.map(({ drain }) => drain()))
    const { sequence } = await toggleAll(client, listId, true)
    await expect.poll(() => [order.last(), shown.sequence], pollOptions).toEqual([sequence, sequence])
    expect(order.faults).toEqual([])
    client.close()
  }, 240_000)
})

describe.concurrent("a client that reads slowly", () => {
  it("stays connected, receives the log completely and the latest state of a list", async ({
    expect,
    onTestFinished
  }) => {
    const { serve } = makeWorkspace(onTestFinished)
    const server = await serve(lowMemory)
    const { url } = server
    const client = keepAlive(url, 8)
    const listId = await longList(client, 800, '"'.repeat(400))
    const order = checkConsecutive()
    const events = await openStream(url, "/events?after=0", order.see)
    const { see, shown } = countFragments()
    const feed = await openStream(url, `/lists/${listId}/feed`, see)
    let changes = 0
    let last = 0
    resetPeak(server)
    const before = memory(server).peak
    // 256 KiB/s of the list and 64 KiB/s of the log, under more load, beyond the drain timeout.
    for await (const _ of setInterval(250)) {
      last = (await toggleAll(client, listId, changes++ % 2 === 0)).sequence
      await Promise.all([events.take(16_384), feed.take(65_536)])
      if (changes === 240) break
    }
    expect(memory(server).peak - before).toBeLessThan(100)
    expect([events.isOpen(), feed.isOpen()]).toEqual([true, true])
    events.flow()
    feed.flow()
    await expect.poll(() => order.last(), hangTimeout).toBe(last)
    await expect.poll(() => shown.sequence, pollOptions).toBe(last)
    expect(order.faults).toEqual([])
    expect(shown.fragments).toBeLessThan(changes)
    client.close()
  }, 240_000)
})

describe("5,000 opened and closed streams", () => {
  const openAndClose = async ({ url }: Process, listId: string) => {
    let left = 5000
    await Promise.all(
      Array.from({ length: 50 }, async () => {
        while (left > 0) {
          const stream = await openStream(url, left-- % 2 === 0 ? `/lists/${listId}/feed` : "/events?after=0", () => {})
          await stream.close()
        }
      })
    )
  }

  it("leak nothing", async ({ onTestFinished }) => {
    const { serve } = makeWorkspace(onTestFinished)
    const server = await serve(lowMemory)
    const { url } = server
    const client = keepAlive(url, 1)
    const listId = await newList(client)
    client.close()
    for (const path of [`/lists/${listId}/feed`, "/events?after=0"])
      await (await openStream(url, path, () => {})).close()
    await expect.poll(() => metric(url, "evenstar_streams_open"), pollOptions).toBe(0)
    // It follows the log as well, from a moment after the start.
    await expect.poll(() => metric(url, "evenstar_analytics_sequence"), pollOptions).toBe(1)
    const subscribers = await metric(url, "evenstar_feed_subscribers")
    expect(subscribers).not.toBeNaN()
    const open = descriptors(server)
    await openAndClose(server, listId)
    const settled = () =>
      expect
        .poll(
          async () => [
            await metric(url, "evenstar_streams_open"),
            await metric(url, "evenstar_feed_subscribers"),
            Math.max(descriptors(server), open)
          ],
          pollOptions
        )
        .toEqual([0, subscribers, open])
    await settled()
    const first = memory(server).resident
    await openAndClose(server, listId)
    await settled()
    await expect.poll(() => memory(server).resident, pollOptions).toBeLessThan(first + 5)
  }, 120_000)
})
