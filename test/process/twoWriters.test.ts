// Two processes on one log, such as an accidental second start or a tool beside the server: nothing
// is corrupted, reordered or hidden.
import { join } from "node:path"
import Database from "better-sqlite3"
import * as Schema from "effect/Schema"
import { describe, expect, it } from "vitest"
import { decodeList, decodeNewTodo, keepAlive, newList } from "./client.ts"
import { checkConsecutive, expectGapFree, openStream, readLog } from "./streams.ts"
import { makeWorkspace, pollOptions } from "./support.ts"

const decodeContended = Schema.decodeUnknownSync(
  Schema.parseJson(
    Schema.Struct({
      won: Schema.Array(Schema.Struct({ aggregateId: Schema.String, version: Schema.Int, sequence: Schema.Int })),
      conflicts: Schema.Int,
      others: Schema.Array(Schema.String)
    })
  )
)

describe("two writers", () => {
  it("on the same aggregates: each success is stored once, each failure is a ConcurrencyConflict", async ({
    onTestFinished
  }) => {
    const { serve, writer } = makeWorkspace(onTestFinished)
    const wins = 1000
    const writers = await Promise.all([writer(["contend", 3, wins, "left"]), writer(["contend", 3, wins, "right"])])
    const results = (await Promise.all(writers.map(({ go }) => go()))).map((line) => decodeContended(line))
    expect(results.flatMap(({ others }) => others)).toEqual([])
    expect(results.reduce((sum, { conflicts }) => sum + conflicts, 0)).toBeGreaterThan(0)

    const { url } = await serve()
    const log = await readLog(url)
    expectGapFree(log)
    const won = results.flatMap((result) => result.won).sort((a, b) => a.sequence - b.sequence)
    expect(won.length).toBeGreaterThanOrEqual(2 * wins)
    expect(log.map(({ aggregateId, sequence, version }) => ({ aggregateId, version, sequence }))).toEqual(won)
  }, 120_000)

  it("eight concurrent starts on an empty directory all succeed, with one log", async ({ onTestFinished }) => {
    const { writer } = makeWorkspace(onTestFinished)
    const names = ["a", "b", "c", "d", "e", "f", "g", "h"]
    const writers = await Promise.all(names.map((name) => writer(["contend", 1, 5, name])))
    const results = (await Promise.all(writers.map(({ go }) => go()))).map((line) => decodeContended(line))
    expect(results.flatMap(({ others }) => others)).toEqual([])
    const sequences = results.flatMap(({ won }) => won.map(({ sequence }) => sequence)).sort((a, b) => a - b)
    expect(sequences).toEqual(sequences.map((_, index) => index + 1))
  })

  it("two servers: open streams of one receive what the other appends", async ({ onTestFinished }) => {
    const { serve } = makeWorkspace(onTestFinished)
    const servers = [await serve(), await serve()] as const
    const [one, other] = servers.map(({ url }) => keepAlive(url, 8))
    if (one === undefined || other === undefined) throw new Error("Two servers have two clients")
    const listId = await newList(one)
    const watched = await Promise.all(
      servers.map(async ({ url }) => {
        const order = checkConsecutive()
        const texts: Array<string> = []
        const now = { fragment: "", texts, order }
        const events = await openStream(url, "/events?after=0", (event) => {
          order.see(event)
          texts.push(event.data)
        })
        events.flow()
        const feed = await openStream(url, `/lists/${listId}/feed`, ({ data }) => {
          now.fragment = data
        })
        feed.flow()
        return now
      })
    )
    const shows = (text: string) =>
      expect
        .poll(
          () => watched.map((it) => it.fragment.includes(text) && it.texts.some((data) => data.includes(text))),
          // The design's bound is a second; this only catches a hang.
          { timeout: 5000, interval: 10 }
        )
        .toEqual([true, true])

    for (let i = 0; i < 10; i++) {
      const client = i % 2 === 0 ? one : other
      const added = await client.post(`/api/lists/${listId}/todos`, { text: `todo ${i}.` })
      expect(added.status).toBe(201)
      await shows(`todo ${i}.`)
    }

    const answers = await Promise.all(
      Array.from({ length: 100 }, (_, i) =>
        (i % 2 === 0 ? one : other).post(`/api/lists/${listId}/todos`, { text: `at once ${i}.` })
      )
    )
    const added = answers.filter(({ status }) => status === 201).map(({ text }) => decodeNewTodo(text))
    expect(answers.filter(({ status }) => status !== 201)).toEqual([])
    const log = await readLog(servers[1].url)
    expectGapFree(log)
    expect(log).toHaveLength(1 + 10 + added.length)
    await expect.poll(() => watched.map(({ texts }) => texts.length), pollOptions).toEqual([log.length, log.length])
    expect(watched.flatMap(({ order }) => order.faults)).toEqual([])
    one.close()
    other.close()
  }, 60_000)

  it("two servers: 20 concurrent adds to one list all return 201, since adding cannot conflict", async ({
    onTestFinished
  }) => {
    const { serve } = makeWorkspace(onTestFinished)
    const clients = [keepAlive((await serve()).url, 10), keepAlive((await serve()).url, 10)] as const
    const listId = await newList(clients[0])
    const writers = 20
    const each = 15
    const statuses = await Promise.all(
      Array.from({ length: writers }, async (_, writer) => {
        const found: Array<number> = []
        for (let i = 0; i < each; i++) {
          const client = clients[writer % 2 === 0 ? 0 : 1]
          found.push((await client.post(`/api/lists/${listId}/todos`, { text: `${writer} ${i}` })).status)
        }
        return found
      })
    )
    expect(statuses.flat().filter((status) => status !== 201)).toEqual([])
    const texts = async () => {
      const { todos } = decodeList((await clients[1].send("GET", `/api/lists/${listId}`)).text)
      return new Set(todos.map(({ text }) => text)).size
    }
    await expect.poll(texts, pollOptions).toBe(writers * each)
    for (const client of clients) client.close()
  }, 120_000)

  it("with a lock held elsewhere, all commands on one list are refused within one deadline", async ({
    onTestFinished
  }) => {
    const { directory, serve } = makeWorkspace(onTestFinished)
    const { url } = await serve()
    const client = keepAlive(url, 16)
    const listId = await newList(client)
    const other = new Database(join(directory, "evenstar.db"))
    other.exec("BEGIN IMMEDIATE")
    const form = { method: "POST", body: new URLSearchParams({ text: "x" }), redirect: "manual" } as const
    const api = Array.from({ length: 12 }, () => client.post(`/api/lists/${listId}/todos`, { text: "x" }))
    const forms = [`/lists/${listId}/todos`, "/lists"].map((path) => fetch(`${url}${path}`, form))
    const refused = await Promise.all(api)
    expect(refused.map(({ headers, status }) => [status, headers["retry-after"]])).toEqual(
      refused.map(() => [503, "1"])
    )
    for (const { headers, status } of await Promise.all(forms)) {
      expect([status, headers.get("retry-after")]).toEqual([503, "1"])
    }
    other.exec("ROLLBACK")
    other.close()
    expect((await client.post(`/api/lists/${listId}/todos`, { text: "x" })).status).toBe(201)
    expect(decodeList((await client.send("GET", `/api/lists/${listId}`)).text).todos).toHaveLength(1)
    client.close()
    // Sequentially, they would take a minute.
  }, 40_000)
})
