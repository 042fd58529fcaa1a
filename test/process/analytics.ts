// Shared by tests of analytics in real processes: routes, invariants in any state, its file.
import { cpSync, existsSync, mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import * as Schema from "effect/Schema"
import { expect, vi } from "vitest"
import { runStatements } from "../layers/analytics/support.ts"
import { decodeNewTodo, decodeProblem, keepAlive, metric, newList } from "./client.ts"
import { openStream } from "./streams.ts"
import { pollOptions } from "./support.ts"

const decode = <A, I>(schema: Schema.Schema<A, I>) => Schema.decodeUnknownSync(Schema.parseJson(schema))
const Component = Schema.Struct({ status: Schema.String, reason: Schema.optional(Schema.String) })
const decodeHealth = decode(
  Schema.Struct({ status: Schema.String, components: Schema.Struct({ analytics: Component, eventStore: Component }) })
)
const decodeVerified = decode(Schema.Struct({ differences: Schema.Array(Schema.String) }))
const decodeCounts = decode(
  Schema.Struct({ sequence: Schema.Int, rows: Schema.Array(Schema.Struct({ count: Schema.Int })) })
)

export const fileIn = (directory: string) => join(directory, "analytics.duckdb")

/** A server's analytics as its operator and its visitors see it. */
export const analyticsOf = (url: string) => {
  const request = async (method: string, path: string) => {
    const response = await fetch(`${url}${path}`, { method })
    return { status: response.status, headers: response.headers, text: await response.text() }
  }
  const counts = async () => decodeCounts((await request("GET", "/api/analytics/daily_counts")).text)
  /** Cached for a second at most. */
  const ask = () => request("GET", "/api/analytics/event_rate")
  const health = async () => {
    const { status, text } = await request("GET", "/health/ready")
    return { ...decodeHealth(text), code: status }
  }
  const verify = async () => {
    const { status, text } = await request("POST", "/admin/analytics/verify")
    expect([status, text]).toEqual([200, expect.any(String)])
    return decodeVerified(text).differences
  }
  /** Has ingested the whole log and reports it. */
  const waitForCatchUp = async () => {
    const isLevel = async () =>
      (await health()).components.analytics.status === "ok" &&
      (await metric(url, "evenstar_analytics_sequence")) === (await metric(url, "evenstar_log_head_sequence"))
    await vi.waitUntil(isLevel, pollOptions)
  }
  /** Caught up, with all rows equal to the log. */
  const expectExact = async () => {
    await waitForCatchUp()
    expect(await verify()).toEqual([])
    const head = await metric(url, "evenstar_log_head_sequence")
    // A cached result may be a second old.
    await vi.waitUntil(async () => (await counts()).sequence === head, pollOptions)
    const { rows, sequence } = await counts()
    expect([sequence, rows.reduce((sum, { count }) => sum + count, 0)]).toEqual([head, head])
    return head
  }
  /** Returns 503 with a reason, as does its health check; the process is ready all the same. */
  const expectUnavailable = async (reason: string) => {
    // While it is being opened the reason is another one.
    await expect.poll(async () => (await ask()).text, pollOptions).toContain(reason)
    await expect
      .poll(health, pollOptions)
      .toMatchObject({ code: 200, status: "degraded", components: { analytics: { status: "degraded" } } })
    const { headers, status, text } = await ask()
    expect([status, headers.get("content-type"), headers.get("retry-after")]).toEqual([
      503,
      "application/problem+json",
      expect.stringMatching(/^\d+$/)
    ])
    expect([decodeProblem(text).code, text]).toEqual(["UNAVAILABLE", expect.stringContaining(reason)])
    expect((await health()).components.analytics.reason).toContain(reason)
  }
  return {
    ask,
    expectExact,
    expectUnavailable,
    health,
    waitForCatchUp: waitForCatchUp,
    verify,
    rebuild: async () => expect((await request("POST", "/admin/analytics/rebuild")).status).toBe(202)
  }
}

/** Commands, reads, pages, feeds and the log work in any state of analytics. */
export const expectRestWorks = async (url: string) => {
  const client = keepAlive(url, 4)
  const listId = await newList(client)
  let fragment = ""
  const feed = await openStream(url, `/lists/${listId}/feed`, ({ data }) => {
    fragment = data
  })
  feed.flow()
  const added = await client.post(`/api/lists/${listId}/todos`, { text: "all else goes on" })
  expect([added.status, decodeNewTodo(added.text).version]).toEqual([201, 2])
  await expect.poll(() => fragment, pollOptions).toContain("all else goes on")
  for (const path of [`/lists/${listId}`, `/api/lists/${listId}`]) {
    const { status, text } = await client.send("GET", path)
    expect([status, text]).toEqual([200, expect.stringContaining("all else goes on")])
  }
  for (const path of ["/", "/health/live", "/health", "/metrics", "/api/openapi.json"]) {
    expect([path, (await client.send("GET", path)).status]).toEqual([path, 200])
  }
  await feed.close()
  client.close()
}

/** Rows and checkpoint of a killed server's file, from a copy; both must be of one transaction. */
export const readKilledFile = async (directory: string) => {
  const copy = mkdtempSync(join(tmpdir(), "evenstar-"))
  for (const suffix of ["", ".wal"]) {
    const file = fileIn(directory) + suffix
    if (existsSync(file)) cpSync(file, fileIn(copy) + suffix)
  }
  const [tables] = await runStatements(fileIn(copy), "SELECT count(*) FROM duckdb_tables()")
  const isNew = Number(tables?.[0]) === 0
  const [left = []] = isNew
    ? []
    : await runStatements(
        fileIn(copy),
        "SELECT count(*), coalesce(max(sequence), 0), (SELECT position FROM cursor) FROM events"
      )
  rmSync(copy, { recursive: true })
  const [rows = 0, last = 0, cursor = 0] = left.map(Number)
  return { rows, last, cursor }
}
