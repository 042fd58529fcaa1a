// 100,000 events at once: from another process into the log of a server in use, and as 100,000
// concurrent appends of one process.
import * as Schema from "effect/Schema"
import { describe, expect, it, onTestFinished } from "vitest"
import { decodeNewTodo, keepAlive, metric, newList } from "./client.ts"
import { checkConsecutive, expectGapFree, openStream, readLog } from "./streams.ts"
import { lowMemory, makeWorkspace, memory, pollOptions, resetPeak } from "./support.ts"

const events = 100_000
const perAppend = 100

const decodeStorm = Schema.decodeUnknownSync(
  Schema.parseJson(Schema.Struct({ sequences: Schema.Array(Schema.Int), peak: Schema.Number }))
)

describe("event storm", () => {
  it("from another process keeps the server responsive and reaches every client once, in order", async () => {
    const { serve, writer } = makeWorkspace(onTestFinished)
    const server = await serve()
    const { url } = server
    const client = keepAlive(url, 4)
    const listId = await newList(client)
    const first = await client.post(`/api/lists/${listId}/todos`, { text: "before the storm" })
    const todo = `/api/lists/${listId}/todos/${decodeNewTodo(first.text).todoId}`
    const orders = await Promise.all(
      Array.from({ length: 4 }, async () => {
        const order = checkConsecutive()
        const stream = await openStream(url, "/events?after=0", order.see)
        stream.flow()
        return { ...order, isOpen: stream.isOpen }
      })
    )
    let fragment = ""
    const feed = await openStream(url, `/lists/${listId}/feed`, ({ data }) => {
      fragment = data
    })
    feed.flow()
    const { go } = await writer(["storm", events, perAppend, 64])
    resetPeak(server)
    const before = memory(server).peak

    let isOver = false
    const over = go().finally(() => {
      isOver = true
    })
    let commands = 0
    for (let completed = true; !isOver; completed = !completed) {
      const answer = await client.send("PATCH", todo, JSON.stringify({ completed }))
      // The other writer may hold the lock for longer than a command waits: the client retries.
      if (answer.status === 200) commands++
      else expect([answer.status, answer.headers["retry-after"]]).toEqual([503, expect.any(String)])
      expect((await client.send("GET", `/api/lists/${listId}`)).status).toBe(200)
    }
    expect(decodeStorm(await over).sequences).toHaveLength(events / perAppend)
    expect(commands).toBeGreaterThan(0)
    const last = await client.post(`/api/lists/${listId}/todos`, { text: "after the storm" })
    const head = decodeNewTodo(last.text).sequence
    await expect.poll(() => fragment, pollOptions).toContain("after the storm")
    await expect.poll(() => orders.map((order) => order.last()), pollOptions).toEqual(orders.map(() => head))
    expect(head).toBe(1 + 1 + events + commands + 1)
    expect(orders.flatMap(({ faults }) => faults)).toEqual([])
    expect([...orders, feed].every(({ isOpen }) => isOpen())).toBe(true)
    expect(await metric(url, "evenstar_log_head_sequence")).toBe(head)
    expect(memory(server).peak - before).toBeLessThan(150)
    client.close()
    expect(await server.stop("SIGTERM")).toBe(0)
  }, 180_000)

  it.each([
    [5000, 300, lowMemory],
    // A waiting fiber takes about 14 KiB.
    [events, 1800, {}]
  ])(
    "100,000 concurrent appends in one process, %i at a time, all succeed within %i MiB",
    async (atATime, limit, env) => {
      const { serve, writer } = makeWorkspace(onTestFinished)
      const { go } = await writer(["storm", events, 1, atATime], env)
      const { peak, sequences } = decodeStorm(await go())
      expect([...sequences].sort((a, b) => a - b)).toEqual(Array.from({ length: events }, (_, index) => index + 1))
      expect(peak).toBeLessThan(limit)
      const { url } = await serve()
      const log = await readLog(url)
      expectGapFree(log)
      expect(log).toHaveLength(events)
    },
    180_000
  )
})
