// `evenstar health` with a ready server, a stopping one, and none.
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterEach, beforeEach, expect, it } from "vitest"
import { startProcess } from "../http/server.ts"
import { freePort } from "../servers/ports.ts"
import { runToEnd } from "./process.ts"

let directory: string
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "evenstar-"))
})
afterEach(() => rmSync(directory, { recursive: true }))

it("exits with 0 while the server is ready on an allowed host name, and with 1 afterwards", async () => {
  const env = { ALLOWED_HOSTS: "lists.example", NODE_ENV: "production" }
  const { stop, url } = await startProcess(directory, env)
  const { port } = new URL(url)
  const health = () => runToEnd(directory, ["health"], { ...env, PORT: port })
  expect(await health()).toMatchObject({ code: 0, stdout: `http://127.0.0.1:${port} is ready\n` })
  await stop("SIGTERM")
  const { code, stderr } = await health()
  expect([code, stderr]).toEqual([1, expect.stringMatching(/^evenstar: http:\S+ doesn't answer: .+\n$/)])
})

it("exits with 1 when something else answers", async () => {
  const { stop, url } = await startProcess(directory, { ALLOWED_HOSTS: "lists.example" })
  const { code, stderr } = await runToEnd(directory, ["health"], { PORT: new URL(url).port })
  expect([code, stderr]).toEqual([1, expect.stringContaining("answers 403")])
  await stop("SIGTERM")
})

it("times out when nothing answers", async () => {
  const { code } = await runToEnd(directory, ["health"], { PORT: String(await freePort()) })
  expect(code).toBe(1)
})
