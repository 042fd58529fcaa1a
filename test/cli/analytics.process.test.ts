// `evenstar sql` and `evenstar analytics` as processes, with a stopped and with a running server.
import { spawnSync } from "node:child_process"
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { DuckDBInstance } from "@duckdb/node-api"
import { afterEach, beforeEach, describe, expect, it } from "vitest"
import { type Process, program, startProcess } from "../http/server.ts"
import { runToEnd } from "./process.ts"

/** Each test starts several processes: this timeout only catches a hang. */
const pollOptions = { timeout: 120_000 }

let temporary: string
let server: Process | undefined
beforeEach(() => {
  temporary = mkdtempSync(join(tmpdir(), "evenstar-"))
})
afterEach(async () => {
  await server?.stop("SIGKILL")
  server = undefined
  rmSync(temporary, { recursive: true, force: true })
})

const evenstar = (args: ReadonlyArray<string>, env: Record<string, string> = {}) =>
  runToEnd(temporary, args, { DATA_DIR: temporary, ...env })

/** A stopped server's directory with three lists, all of them in analytics. */
const serving = async () => {
  server = await startProcess(temporary)
  const { url } = server
  for (let list = 0; list < 3; list++) {
    const headers = { "content-type": "application/json" }
    expect((await fetch(`${url}/api/lists`, { method: "POST", headers, body: "{}" })).status).toBe(201)
  }
  const rows = async () =>
    /^evenstar_analytics_sequence (\d+)$/m.exec(await (await fetch(`${url}/metrics`)).text())?.[1]
  await expect.poll(rows, { timeout: 30_000 }).toBe("3")
  return server
}
const served = async () => {
  await (await serving()).stop("SIGTERM")
  server = undefined
}

const runStatement = async (statement: string) => {
  const instance = await DuckDBInstance.create(join(temporary, "analytics.duckdb"))
  const connection = await instance.connect()
  await connection.run(statement)
  connection.closeSync()
  instance.closeSync()
}

describe("evenstar sql", pollOptions, () => {
  it("queries the log while the server runs, with no access outside it", async () => {
    await serving()
    const one = await evenstar(["sql", "SELECT event_type, count(*) AS n FROM events GROUP BY ALL"])
    expect(one).toMatchObject({ code: 0, stderr: "" })
    expect(one.stdout).toContain("event_type   n\n-----------  -\nListCreated  3\n1 row\n")

    const { status, stdout } = spawnSync(process.execPath, [...program, "sql"], {
      input: "SELECT 1 AS a,\n2 AS b;\nselekt;\nSELECT * FROM read_csv('/etc/passwd');\nSELECT 3 AS c\n",
      env: { PATH: process.env["PATH"], DATA_DIR: temporary },
      encoding: "utf8"
    })
    expect(status).toBe(0)
    expect(stdout).toContain("a  b\n-  -\n1  2\n1 row\nParser Error")
    expect(stdout).toContain("Permission Error")
    expect(stdout).toMatch(/c\n-\n3\n1 row\n$/)
  })
})

describe("evenstar analytics", pollOptions, () => {
  it("verifies the file without a server, reports differences and rebuilds it", async () => {
    const none = await evenstar(["analytics", "verify"])
    expect(none).toMatchObject({ code: 0, stdout: expect.stringContaining("There is no analytics database yet") })
    await served()
    expect(await evenstar(["analytics", "verify"])).toMatchObject({
      code: 0,
      stdout: "Analytics matches the log\n"
    })

    await runStatement("DELETE FROM events WHERE sequence = 2")
    const differing = await evenstar(["analytics", "verify"])
    expect(differing).toMatchObject({ code: 1, stdout: "Event 2 is missing\n" })
    expect(differing.stderr).toMatch(/^evenstar: .*1 differences.*analytics:rebuild.*\n$/)

    expect(await evenstar(["analytics", "rebuild"])).toMatchObject({ code: 0, stderr: "" })
    expect(readdirSync(temporary)).not.toContain("analytics.duckdb")
  })

  it("asks the running server with its token and reports one that does not answer", async () => {
    await served()
    await runStatement("UPDATE events SET event_type = 'Other' WHERE sequence >= 2")
    server = await startProcess(temporary, { NODE_ENV: "production", ADMIN_TOKEN: "secret" })
    const env = { NODE_ENV: "production", PORT: new URL(server.url).port }
    expect((await evenstar(["analytics", "verify"], env)).stderr).toMatch(/^evenstar: .*doesn't answer.*401/)
    const differing = await evenstar(["analytics", "verify"], { ...env, ADMIN_TOKEN: "secret" })
    expect(differing).toMatchObject({ code: 1, stdout: "Each of the events 2 to 3 differs in event_type\n" })
    expect(await evenstar(["analytics", "rebuild"], { ...env, ADMIN_TOKEN: "secret" })).toMatchObject({ code: 0 })
    const verify = async () => (await evenstar(["analytics", "verify"], { ...env, ADMIN_TOKEN: "secret" })).code
    await expect.poll(verify, { timeout: 60_000 }).toBe(0)
  })

  it("discards a corrupt file on rebuild", async () => {
    writeFileSync(join(temporary, "analytics.duckdb"), "no database")
    expect(await evenstar(["analytics", "verify"])).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/^evenstar: IO Error/)
    })
    expect(await evenstar(["analytics", "rebuild"])).toMatchObject({ code: 0 })
    expect(readdirSync(temporary)).not.toContain("analytics.duckdb")
  })
})
