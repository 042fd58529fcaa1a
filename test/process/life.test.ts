// Failed starts and graceful exits of the process. Crashes are in crash.test.ts.
import { spawn } from "node:child_process"
import { once } from "node:events"
import { mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { connect, createServer } from "node:net"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { createInterface } from "node:readline"
import Database from "better-sqlite3"
import { afterEach, beforeEach, describe, expect, it } from "vitest"
import { program, runToEnd, startProcess } from "../http/server.ts"

let directory: string
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "evenstar-"))
})
afterEach(() => rmSync(directory, { recursive: true, force: true }))

const newList = async (url: string): Promise<string> =>
  (await (await fetch(`${url}/api/lists`, { method: "POST" })).json()).listId

describe("failed start", () => {
  const fails = async (env: Record<string, string>, expected: RegExp, cwd?: string) => {
    const { code, stderr } = await runToEnd({ DATA_DIR: directory, PORT: "0", ...env }, cwd)
    expect(stderr).toMatch(expected)
    expect(stderr.trim().split("\n")).toHaveLength(1)
    expect(stderr).not.toContain("    at ")
    expect(code).toBe(1)
  }

  it("reports a port in use", async () => {
    const taken = createServer()
    await new Promise<void>((resolve) => taken.listen(0, "127.0.0.1", resolve))
    const address = taken.address()
    const port = typeof address === "object" && address !== null ? address.port : 0
    await fails({ PORT: `${port}` }, new RegExp(`^evenstar: .*127.0.0.1:${port}.*EADDRINUSE.*set PORT to another`))
    taken.close()
  })
  it("reports a DATA_DIR that cannot be created", async () => {
    const file = join(directory, "file")
    writeFileSync(file, "")
    await fails({ DATA_DIR: join(file, "data") }, /^evenstar: .*ENOTDIR.*set DATA_DIR to a directory/)
  })
  it("reports a DATA_DIR that not even root can write", async () => {
    await fails({ DATA_DIR: "/proc/self" }, /^evenstar: .*can't be opened: unable to open database file: set DATA_DIR/)
  })
  it("reports a corrupt database file", async () => {
    writeFileSync(join(directory, "evenstar.db"), "this is no database, and longer than a header of one".repeat(100))
    await fails({}, /^evenstar: .*evenstar\.db can't be opened: .*not a database: put a backup in its place/)
  })
  it("an address of another machine", async () => {
    await fails(
      { HOST: "192.0.2.1" },
      /^evenstar: Can't listen on 192\.0\.2\.1:0: .*set HOST to an address of this machine/
    )
  })
  it("a database that a newer version has migrated", async () => {
    const server = await startProcess(directory)
    await server.stop("SIGTERM")
    const database = new Database(join(directory, "evenstar.db"))
    database.exec("INSERT INTO effect_sql_migrations (migration_id, name) VALUES (9999, 'later')")
    database.close()
    await fails(
      {},
      /^evenstar: .*evenstar\.db can't be opened: a newer version has migrated it \(to 9999; .*start that version/
    )
  })
  it("a Node that is too old", async () => {
    const code = 'Object.defineProperty(process,"versions",{value:{...process.versions,node:"18.20.4"}})'
    const older = `data:text/javascript,${encodeURIComponent(code)}`
    await fails(
      { NODE_OPTIONS: `--import ${older}` },
      /^evenstar: Node 18\.20\.4 is too old: install Node 20\.19 or newer/
    )
  })
  it("reports the missing client of a bus that is set", async () => {
    await fails(
      { EVENT_BUS: "zenoh", ZENOH_URL: "ws://127.0.0.1:1" },
      /^evenstar: EVENT_BUS=zenoh needs Zenoh's client, which is not installed: npm install @eclipse-zenoh\/zenoh-ts\n$/,
      directory
    )
  })
  it.each([
    ["EVENT_BUS", "kafka"],
    ["DATABASE_URL", "mysql://localhost/evenstar"],
    ["PORT", "http"],
    ["PORT", "70000"],
    ["SESSION_TTL", "soon"],
    ["NODE_ENV", "staging"],
    ["EVENT_BUS_CAPACITY", "1"],
    ["LOG_LEVEL", "loud"]
  ])("reports the setting %s=%s", async (name, value) => {
    await fails({ [name]: value }, new RegExp(`^evenstar: Bad setting: .*${name}`))
  })
})

describe("start in production", () => {
  /** The log lines up to the one with the server's URL. */
  const linesOfStart = async (env: Record<string, string>) => {
    const child = spawn(process.execPath, program, {
      env: { PATH: process.env["PATH"], NODE_ENV: "production", PORT: "0", DATA_DIR: directory, ...env },
      stdio: ["ignore", "pipe", "inherit"]
    })
    const lines: Array<string> = []
    for await (const line of createInterface({ input: child.stdout })) {
      lines.push(line)
      if (line.includes("Evenstar is at")) break
    }
    child.kill("SIGKILL")
    await once(child, "exit")
    return lines.join("\n")
  }

  it("logs the passkeys' relying party and the server's URL", async () => {
    expect(await linesOfStart({ NODE_ENV: "development" })).toMatch(/Evenstar is at http:\/\/localhost:\d+\s*$/)
    expect(await linesOfStart({ HOST: "0.0.0.0", PUBLIC_URL: "https://lists.example" })).toMatch(
      /Evenstar is at http:\/\/localhost:\d+ \(for browsers https:\/\/lists\.example\)/
    )
  })

  it("warns that browsers drop Secure cookies where no setting implies TLS", async () => {
    for (const env of [{}, { PUBLIC_URL: "http://lists.example" }]) {
      expect(await linesOfStart(env)).toMatch(/Browsers will drop the session cookie/)
    }
    for (const env of [{ PUBLIC_URL: "https://lists.example" }, { TRUST_PROXY: "true" }, { NODE_ENV: "development" }]) {
      expect(await linesOfStart(env)).not.toMatch(/Browsers will drop/)
    }
  })
})

describe("shutdown", () => {
  it.each(["SIGTERM", "SIGINT"] as const)(
    "%s with 50 open feeds: each ends, and the exit code is 0",
    async (signal) => {
      const server = await startProcess(directory)
      const listId = await newList(server.url)
      const feeds = await Promise.all(
        Array.from({ length: 50 }, async (_, i) => {
          const response = await fetch(`${server.url}${i % 2 === 0 ? `/lists/${listId}/feed` : "/events"}`)
          return response.text()
        }).map((ended) => ({ ended }))
      )
      await expect
        .poll(async () => (await fetch(`${server.url}/metrics`)).text(), { timeout: 10_000 })
        .toContain("evenstar_streams_open 50")
      expect(await server.stop(signal)).toBe(0)
      expect(await Promise.all(feeds.map((it) => it.ended))).toHaveLength(50)
    }
  )
})

describe("second signal", () => {
  it("exits immediately while a request is pending", async () => {
    const server = await startProcess(directory)
    const { hostname, port } = new URL(server.url)
    const client = connect(Number(port), hostname)
    client.on("error", () => {})
    // A body that never arrives: the server would wait for it until SHUTDOWN_TIMEOUT.
    client.write("POST /api/lists HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 10\r\n\r\n")
    await expect.poll(async () => (await fetch(`${server.url}/health/live`)).status).toBe(200)
    server.child.kill("SIGTERM")
    await expect
      .poll(() =>
        fetch(`${server.url}/health/live`).then(
          () => "up",
          () => "closed"
        )
      )
      .toBe("closed")
    expect(await server.stop("SIGTERM")).toBe(130)
    client.destroy()
  })
})

describe("closed stdout and stderr", () => {
  it("do not end the process", async () => {
    const server = await startProcess(directory)
    await newList(server.url)
    server.child.stdout?.destroy()
    // Each logs a line about the rebuild of analytics.
    for (let n = 0; n < 3; n++) {
      expect((await fetch(`${server.url}/admin/analytics/rebuild`, { method: "POST" })).status).toBe(202)
      await expect
        .poll(async () => (await fetch(`${server.url}/api/analytics/daily_counts`)).status, { timeout: 10_000 })
        .toBe(200)
    }
    expect((await fetch(`${server.url}/health/live`)).status).toBe(200)
    expect(await server.stop("SIGTERM")).toBe(0)
  })
})
