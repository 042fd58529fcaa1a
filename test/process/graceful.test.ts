// Graceful shutdown step by step: unready, listener, streams, commands, files. Each step is held by
// a delay that never elapses or by an open request.
import { spawn } from "node:child_process"
import { once } from "node:events"
import { existsSync, statSync } from "node:fs"
import { connect } from "node:net"
import { join } from "node:path"
import { describe, expect, it, onTestFinished, vi } from "vitest"
import { parse } from "../http/raw.ts"
import type { Process } from "../http/server.ts"
import { fileIn, readKilledFile } from "./analytics.ts"
import { decodeEvent, decodeNewTodo, keepAlive, newList } from "./client.ts"
import { openStream } from "./streams.ts"
import { makeWorkspace, pollOptions } from "./support.ts"

/** A connection that the test writes to directly. */
const dial = async (url: string) => {
  const { hostname, port } = new URL(url)
  const socket = connect(Number(port), hostname).setEncoding("utf8")
  let text = ""
  socket.on("data", (part) => {
    text += part
  })
  const errors: Array<Error> = []
  socket.on("error", (error) => errors.push(error))
  const closed = once(socket, "close")
  await once(socket, "connect")
  return {
    send: (part: string) => socket.write(part.replaceAll("\n", "\r\n")),
    /** The responses so far. */
    text: () => text,
    /** The only response, once the server has closed the connection. */
    last: async () => {
      await closed
      expect(errors).toEqual([])
      return parse(text)
    }
  }
}

/** A command whose last byte the test holds back. */
const halfCommand = async (url: string, listId: string, text: string) => {
  const body = JSON.stringify({ text })
  const connection = await dial(url)
  connection.send(
    `POST /api/lists/${listId}/todos HTTP/1.1\nHost: x\nContent-Type: application/json\nContent-Length: ${body.length}\n\n${body.slice(0, -1)}`
  )
  return { finish: () => connection.send(body.slice(-1)), last: connection.last }
}

const ready = (url: string) =>
  fetch(`${url}/health/ready`).then(async (response) => ({ status: response.status, health: await response.json() }))
const isRefused = (url: string) =>
  fetch(`${url}/health/live`).then(
    () => false,
    () => true
  )
const refuses = ({ url }: Process) => vi.waitUntil(() => isRefused(url), { timeout: 30_000, interval: 1 })

const shuttingDown = {
  status: 503,
  health: { status: "down", components: { process: { status: "down", reason: "shutting down" } } }
}
const sizeOf = (file: string) => (existsSync(file) ? statSync(file).size : 0)
const expectNoWal = (directory: string) => {
  expect(sizeOf(join(directory, "evenstar.db-wal"))).toBe(0)
  expect(existsSync(`${fileIn(directory)}.wal`)).toBe(false)
}

describe("graceful shutdown", () => {
  it("is unready but serves during SHUTDOWN_DELAY; a second signal exits immediately", async () => {
    const server = await makeWorkspace(onTestFinished).serve({ SHUTDOWN_DELAY: "1 hour" })
    const { child, stop, url } = server
    const client = keepAlive(url, 1)
    const listId = await newList(client)
    expect((await ready(url)).status).toBe(200)
    const texts: Array<string> = []
    const stream = await openStream(url, "/events", ({ data }) => texts.push(data))
    stream.flow()

    child.kill("SIGTERM")
    await expect.poll(() => ready(url), pollOptions).toMatchObject(shuttingDown)
    // The existing connection serves one more request, and so does a new one.
    for (const text of ["one", "two"]) {
      const { headers, status } = await client.post(`/api/lists/${listId}/todos`, { text })
      expect([status, headers.connection]).toEqual([201, "close"])
    }
    expect((await fetch(`${url}/health/live`)).status).toBe(200)
    await expect.poll(() => texts.map((text) => decodeEvent(text).payload.text), pollOptions).toEqual(["one", "two"])
    expect(await ready(url)).toMatchObject(shuttingDown)
    expect(stream.isOpen()).toBe(true)
    expect(await stop("SIGTERM")).toBe(130)
    client.close()
  })

  it("then closes the listener, ends streams, answers pending requests and closes files intact", async () => {
    const { directory, serve } = makeWorkspace(onTestFinished)
    const server = await serve({ SHUTDOWN_TIMEOUT: "1 minute" })
    const { child, stop, url } = server
    const client = keepAlive(url, 1)
    const listId = await newList(client)
    const stream = await openStream(url, `/lists/${listId}/feed`, () => {})
    stream.flow()
    const command = await halfCommand(url, listId, "slow")
    const used = await dial(url)
    used.send("GET /health/live HTTP/1.1\nHost: x\n\n")
    await expect.poll(used.text, pollOptions).toContain("keep-alive")
    used.send("GET /health/live HTTP/1.1\nHost:")
    const silent = await dial(url)
    expect((await ready(url)).status).toBe(200)

    child.kill("SIGTERM")
    await refuses(server)
    await stream.ended
    // Idle since it was opened: no request is pending.
    await silent.last()
    used.send(" x\n\n")
    expect((await used.last()).body).toMatch(/^\{"status":"ok"\}HTTP\/1\.1 200 OK\r\n[\s\S]*connection: close/i)
    command.finish()
    const { body, headers, status } = await command.last()
    expect([status, headers.get("connection")]).toEqual([201, ["close"]])
    expect(await stop("SIGCONT")).toBe(0)

    expectNoWal(directory)
    const { cursor, last, rows } = await readKilledFile(directory)
    expect([rows, last]).toEqual([cursor, cursor])
    const again = await serve()
    const { text } = await keepAlive(again.url, 1).send("GET", `/api/lists/${listId}`)
    expect(JSON.parse(text)).toMatchObject({
      version: 2,
      todos: [{ todoId: decodeNewTodo(body).todoId, text: "slow" }]
    })
    expect(await again.stop("SIGINT")).toBe(0)
    expectNoWal(directory)
    client.close()
  })
})

describe("SHUTDOWN_TIMEOUT", () => {
  it("cuts off pending requests one second before it, with intact files", async () => {
    const { directory, serve } = makeWorkspace(onTestFinished)
    const server = await serve({ SHUTDOWN_TIMEOUT: "3 seconds" })
    const client = keepAlive(server.url, 1)
    const command = await halfCommand(server.url, await newList(client), "never")
    expect((await ready(server.url)).status).toBe(200)
    expect(await server.stop("SIGTERM")).toBe(0)
    expect((await command.last()).status).toBeNaN()
    expectNoWal(directory)
    client.close()
  })

  it("abandons a service that does not stop, with exit code 1 and one line", async () => {
    const child = spawn(process.execPath, ["--import", "tsx", join(import.meta.dirname, "stuck.ts")], {
      env: { PATH: process.env["PATH"], SHUTDOWN_TIMEOUT: "1 second" },
      stdio: ["ignore", "pipe", "pipe"]
    })
    onTestFinished(() => void child.kill("SIGKILL"))
    let said = ""
    child.stderr.on("data", (part) => {
      said += part
    })
    await once(child.stdout, "data")
    child.kill("SIGTERM")
    expect(await once(child, "close")).toEqual([1, null])
    expect(said).toBe("evenstar: The end took longer than SHUTDOWN_TIMEOUT\n")
  })
})

describe("signal during startup", () => {
  it.each(["evenstar.db", "evenstar.db-wal", "analytics.duckdb"])(
    "just after %s is created: exits, and the next start finds intact files",
    async (file) => {
      const { directory, serve } = makeWorkspace(onTestFinished)
      const child = spawn(process.execPath, ["--import", "tsx", "src/main.ts"], {
        cwd: join(import.meta.dirname, "../.."),
        env: { PATH: process.env["PATH"], PORT: "0", DATA_DIR: directory },
        stdio: ["ignore", "ignore", "pipe"]
      })
      onTestFinished(() => void child.kill("SIGKILL"))
      let said = ""
      child.stderr.on("data", (part) => {
        said += part
      })
      await vi.waitUntil(() => existsSync(join(directory, file)), { timeout: 30_000, interval: 1 })
      child.kill("SIGTERM")
      const [code, signal] = await once(child, "close")
      // Before the signal handlers are installed, the default action ends it.
      expect([0, "SIGTERM"]).toContain(code ?? signal)
      expect(said).toBe("")
      if (code === 0) expectNoWal(directory)
      const { stop } = await serve()
      expect(await stop("SIGTERM")).toBe(0)
    }
  )
})
