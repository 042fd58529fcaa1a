// The limit of stored responses: 503 for new keys before the command is decided, and a gauge.
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import Database from "better-sqlite3"
import { afterAll, expect, it } from "vitest"
import { maxCommandResults } from "../../src/layers/rateLimits/RateLimits.ts"
import { startProcess } from "./server.ts"

const directory = mkdtempSync(join(tmpdir(), "evenstar-"))
afterAll(() => rmSync(directory, { recursive: true }))

const create = async (url: string, key?: string) => {
  const headers: Record<string, string> = key === undefined ? {} : { "idempotency-key": key }
  const response = await fetch(`${url}/api/lists`, { method: "POST", headers })
  return { status: response.status, retryAfter: response.headers.get("retry-after"), body: await response.text() }
}
const gauge = async (url: string, name: string) =>
  Number(new RegExp(`^${name} (\\d+)$`, "m").exec(await (await fetch(`${url}/metrics`)).text())?.[1])
const keyOf = (n: number) => `6f9619ff-8b86-4d01-b42d-${String(n).padStart(12, "0")}`

it("refuses new keys at the limit of stored responses and serves everything else", {
  timeout: 120_000
}, async () => {
  const before = await startProcess(directory)
  const first = await create(before.url, keyOf(1))
  await before.stop("SIGTERM")
  const database = new Database(join(directory, "evenstar.db"))
  database
    .prepare(
      `WITH RECURSIVE n (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM n WHERE n < ?)
        INSERT INTO answers SELECT 'filled', n, '', 1, 1, '{}', (SELECT MAX(answered_at) FROM answers) FROM n`
    )
    .run(maxCommandResults)
  database.close()

  const { stop, url } = await startProcess(directory)
  await expect
    .poll(() => gauge(url, "evenstar_idempotency_answers"), { timeout: 60_000 })
    .toBeGreaterThan(maxCommandResults)
  expect(await gauge(url, "evenstar_idempotency_answers_limit")).toBe(maxCommandResults)
  const head = await gauge(url, "evenstar_log_head_sequence")
  const refused = await create(url, keyOf(2))
  expect([refused.status, Number(refused.retryAfter) > 0]).toEqual([503, true])
  expect(await gauge(url, "evenstar_log_head_sequence")).toBe(head)
  expect(await create(url, keyOf(1))).toEqual(first)
  expect((await create(url)).status).toBe(201)
  expect(await gauge(url, "evenstar_idempotency_answers")).toBe(maxCommandResults + 1)
  await stop("SIGTERM")
})
