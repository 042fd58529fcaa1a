// Restarts under load without a failed command: one process after the other on one port behind a
// client that retries, and two at a time on one log behind a client that uses ready ones only, as a
// balancer does.
import { setInterval, setTimeout } from "node:timers/promises"
import { describe, expect, it, onTestFinished } from "vitest"
import { freePort } from "../servers/ports.ts"
import { type Client, keepAlive, withIdempotencyKey } from "./client.ts"
import { makeWorkspace, pollOptions } from "./support.ts"
import { type Send, startTraffic } from "./traffic.ts"

const connections = 32

/** Retries a command until acknowledged, honouring Retry-After, unless the test is over. */
const retrying = (client: Client) => {
  const count = { retries: 0 }
  let isOver = false
  onTestFinished(() => {
    isOver = true
  })
  const send: Send = async (path, body, key) => {
    const answer = await client.post(path, body, withIdempotencyKey(key)).catch(() => undefined)
    if (answer !== undefined && answer.status !== 503) return answer
    if (isOver) throw new Error("The test is over")
    count.retries++
    await setTimeout(1000 * Number(answer?.headers["retry-after"] ?? 0.05))
    return send(path, body, key)
  }
  return { send, count }
}

/** Sends each command once, to a process that reports ready. */
const balancing = () => {
  const servers = new Map<string, { readonly client: Client; isReady: boolean }>()
  const watching = new AbortController()
  const look = async () => {
    await Promise.all(
      Array.from(servers.values(), async (server) => {
        const answer = await server.client.send("GET", "/health/ready").catch(() => undefined)
        server.isReady = answer?.status === 200
      })
    )
  }
  const watch = async () => {
    for await (const _ of setInterval(50)) {
      if (watching.signal.aborted) return
      await look()
    }
  }
  const watched = watch()
  let turn = 0
  const send: Send = async (path, body, key) => {
    const ready = [...servers.values()].filter(({ isReady }) => isReady)
    const chosen = ready[turn++ % ready.length]
    if (chosen === undefined) throw new Error("Nobody is ready")
    return chosen.client.post(path, body, withIdempotencyKey(key))
  }
  return {
    send,
    add: (url: string) => servers.set(url, { client: keepAlive(url, connections), isReady: false }),
    isReady: (url: string) => servers.get(url)?.isReady,
    close: async () => {
      watching.abort()
      await watched
      for (const { client } of servers.values()) client.close()
    }
  }
}

describe("restart under load", () => {
  it("of one process after the other on one port fails no command of a client that retries", async () => {
    const { serve } = makeWorkspace(onTestFinished)
    const PORT = `${await freePort()}`
    let server = await serve({ PORT })
    const client = keepAlive(server.url, connections)
    const { count, send } = retrying(client)
    const traffic = startTraffic(send)
    onTestFinished(traffic.stop)
    for (let round = 0; round < 3; round++) {
      const before = traffic.answered()
      await expect.poll(traffic.answered, pollOptions).toBeGreaterThan(before + 200)
      expect(await server.stop("SIGTERM")).toBe(0)
      server = await serve({ PORT })
    }
    const before = traffic.answered()
    await expect.poll(traffic.answered, pollOptions).toBeGreaterThan(before + 200)
    await traffic.finish(server.url)
    expect(count.retries).toBeGreaterThan(0)
    client.close()
  }, 180_000)

  it("of two overlapping processes on one log fails no command without retries", async () => {
    const { serve } = makeWorkspace(onTestFinished)
    const delayed = { SHUTDOWN_DELAY: "3 seconds" }
    const balancer = balancing()
    onTestFinished(balancer.close)
    const join = async () => {
      const server = await serve(delayed)
      balancer.add(server.url)
      await expect.poll(() => balancer.isReady(server.url), pollOptions).toBe(true)
      return server
    }
    let server = await join()
    const traffic = startTraffic(balancer.send)
    onTestFinished(traffic.stop)
    for (let round = 0; round < 3; round++) {
      const next = await join()
      // Both are serving.
      const before = traffic.answered()
      await expect.poll(traffic.answered, pollOptions).toBeGreaterThan(before + 200)
      expect(await server.stop("SIGTERM")).toBe(0)
      server = next
    }
    await traffic.finish(server.url)
    expect(await server.stop("SIGTERM")).toBe(0)
  }, 180_000)
})
