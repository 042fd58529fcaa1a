// The servers that other tests start: each responds, is killed, restarts on its port, and stops.
import { execFile, execFileSync, spawn } from "node:child_process"
import { once } from "node:events"
import { existsSync, mkdtempSync, rmSync } from "node:fs"
import { createServer } from "node:http"
import type { AddressInfo } from "node:net"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { createInterface } from "node:readline"
import { promisify } from "node:util"
import { connect, type NatsConnection, type NodeConnectionOptions } from "@nats-io/transport-node"
import { describe, expect, it, onTestFinished } from "vitest"
import { checkConfig, isSkipped as hasNoHaproxy, startHaproxy } from "./haproxy.ts"
import { isSkipped as hasNoNats, startNats } from "./nats.ts"
import { isSkipped as hasNoNetwork, startNetwork } from "./network.ts"
import { accepts } from "./ports.ts"
import { isSkipped as hasNoPostgres, startPostgres } from "./postgres.ts"
import { postgresForFile } from "./postgresForFile.ts"
import type { Server } from "./server.ts"
import { clientDirectory, isClientSkipped, startZenohBridge } from "./zenoh.ts"

const pollOptions = { timeout: 10_000, interval: 20 }

const stopAfterTest = async <S extends Server>(starting: Promise<S>): Promise<S> => {
  const server = await starting
  onTestFinished(() => server.stop())
  return server
}

describe.skipIf(hasNoPostgres)("PostgreSQL", () => {
  const { database, server } = postgresForFile()

  it("gives each test a separate database", async () => {
    const [one, other] = [await database(), await database()]
    await server().query("CREATE TABLE things ()", [], one)
    await expect(server().query("TABLE things", [], one)).resolves.toEqual([])
    await expect(server().query("TABLE things", [], other)).rejects.toThrow('relation "things" does not exist')
  })

  it("is durable, accepts many clients and is closed to others", async () => {
    const rows = await server().query("SELECT name, setting FROM pg_settings WHERE name = ANY($1) ORDER BY name", [
      ["fsync", "listen_addresses", "max_connections", "synchronous_commit"]
    ])
    expect(rows.map((row) => Object.values(Object(row)))).toEqual([
      ["fsync", "on"],
      ["listen_addresses", "127.0.0.1"],
      ["max_connections", "200"],
      ["synchronous_commit", "on"]
    ])
  })

  it("restarts with its data, also after a crash", async () => {
    const postgres = await stopAfterTest(startPostgres())
    await postgres.query("CREATE TABLE things AS SELECT 1 AS thing")
    const first = postgres.pid()
    await postgres.restart("fast")
    await postgres.restart("immediate")
    expect(postgres.log()).toContain("database system was not properly shut down")
    expect(postgres.pid()).not.toBe(first)
    await expect(postgres.query("TABLE things")).resolves.toEqual([{ thing: 1 }])
  })
})

describe.skipIf(hasNoNats)("nats-server", () => {
  const withClient = async (options: NodeConnectionOptions): Promise<NatsConnection> => {
    const client = await connect(options)
    onTestFinished(() => client.close())
    return client
  }

  it("delivers a message, also after a kill and a restart", async () => {
    const nats = await stopAfterTest(startNats())
    const client = await withClient({ servers: nats.url, reconnectTimeWait: 20, maxReconnectAttempts: -1 })
    const messages = client.subscribe("test")[Symbol.asyncIterator]()
    const carried = async (text: string) => {
      client.publish("test", text)
      return (await messages.next()).value?.string()
    }
    expect(await carried("one")).toBe("one")
    await nats.kill()
    expect(nats.pid()).toBeUndefined()
    await nats.start()
    // The client reconnects once it has noticed.
    await expect.poll(() => client.flush().then(() => true), pollOptions).toBe(true)
    expect(await carried("two")).toBe("two")
  })

  it("accepts only the right token or password", async () => {
    const token = await stopAfterTest(startNats({ token: "s3cret" }))
    await expect(connect({ servers: token.url })).rejects.toThrow(/authorization/i)
    await withClient({ servers: token.url, token: "s3cret" })
    const user = await stopAfterTest(startNats({ user: { name: "evenstar", password: "s3cret" } }))
    await expect(connect({ servers: user.url, user: "evenstar", pass: "other" })).rejects.toThrow(/authorization/i)
    await withClient({ servers: user.url, user: "evenstar", pass: "s3cret" })
  })

  it("uses TLS with its own certificate", async () => {
    const { caFile = "", url } = await stopAfterTest(startNats({ tls: true }))
    await expect(connect({ servers: url, tls: {} })).rejects.toThrow(/self-signed/)
    await withClient({ servers: url, tls: { caFile } })
  })
})

describe.skipIf(isClientSkipped)("zenoh-bridge-remote-api", () => {
  it("delivers a message to another bridge, also after a kill and a restart", async () => {
    const one = await stopAfterTest(startZenohBridge())
    const other = await stopAfterTest(startZenohBridge({ connect: [one.peer] }))
    const roundTrip = async () => {
      const script = join(import.meta.dirname, "zenohRoundTrip.ts")
      const flags = ["--experimental-wasm-modules", "--import", "tsx", script]
      const { stdout } = await promisify(execFile)(process.execPath, [...flags, clientDirectory, one.url, other.url])
      return stdout
    }
    expect(await roundTrip()).toMatch(/hello$/)
    await one.kill()
    await one.start()
    expect(await roundTrip()).toMatch(/hello$/)
  })
})

describe.skipIf(hasNoHaproxy)("HAProxy", () => {
  const node = async (name: string) => {
    const seen: Array<unknown> = []
    const server = createServer((request, response) => {
      if (request.url === "/health/ready") return response.writeHead(state.status).end()
      seen.push(request.headers["x-forwarded-for"])
      if (state.isBroken) return request.socket.destroy()
      if (request.url !== "/events") return response.end(name)
      response.writeHead(200, { "content-type": "text/event-stream" }).write(`data: ${name}\n\n`)
    })
    await once(server.listen(0, "127.0.0.1"), "listening")
    onTestFinished(() => {
      server.closeAllConnections()
      server.close()
    })
    const state = {
      status: 200,
      isBroken: false,
      seen,
      url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`
    }
    return state
  }
  const answers = async (url: string) => new Set(await Promise.all(Array.from({ length: 8 }, () => ask(url))))
  const ask = (url: string, headers = {}) => fetch(url, { headers }).then((response) => response.text())

  it("forwards to ready nodes with the client's address, and streams without buffering", async () => {
    const [one, other] = [await node("one"), await node("other")]
    const balancer = await stopAfterTest(startHaproxy({ nodes: [one.url, other.url] }))
    await expect.poll(() => answers(balancer.url), pollOptions).toEqual(new Set(["one", "other"]))

    const leaving = new AbortController()
    const stream = await fetch(`${balancer.url}/events`, { signal: leaving.signal })
    const { value } = (await stream.body?.getReader().read()) ?? {}
    expect(new TextDecoder().decode(value)).toMatch(/^data: (one|other)\n\n$/)
    leaving.abort()

    one.status = 503
    await expect.poll(() => answers(balancer.url), pollOptions).toEqual(new Set(["other"]))
    other.seen.length = 0
    await ask(balancer.url, { "x-forwarded-for": "192.0.2.1" })
    expect(other.seen).toEqual(["127.0.0.1"])

    other.status = 503
    await expect
      .poll(() => fetch(balancer.url).then(({ headers, status }) => [status, headers.get("retry-after")]), pollOptions)
      .toEqual([503, "1"])
    other.status = 200
    await balancer.kill()
    await balancer.start()
    expect(await ask(balancer.url)).toBe("other")
  })

  it("retries a lost request on another node, but never a command", async () => {
    const [one, other] = [await node("one"), await node("other")]
    const balancer = await stopAfterTest(startHaproxy({ nodes: [one.url, other.url] }))
    await expect.poll(() => answers(balancer.url), pollOptions).toEqual(new Set(["one", "other"]))
    one.isBroken = true
    expect(await answers(balancer.url)).toEqual(new Set(["other"]))

    one.seen.length = other.seen.length = 0
    const post = () =>
      fetch(balancer.url, { method: "POST" }).then(
        ({ status }) => status,
        // The node's connection was reused, so HAProxy closes the client's, which may retry or not.
        () => "closed"
      )
    const outcomes = await Promise.all(Array.from({ length: 8 }, post))
    expect(outcomes).toContain(200)
    expect(new Set(outcomes).size).toBeGreaterThan(1)
    expect(one.seen.length + other.seen.length).toBe(outcomes.length)
  })

  it("accepts its configuration", () => {
    const nodes = { NODE_1: "127.0.0.1:3001", NODE_2: "127.0.0.1:3002", NODE_3: "127.0.0.1:3003" }
    const said = checkConfig({ BALANCER_HOST: "127.0.0.1", BALANCER_PORT: "3000", ...nodes })
    expect(said).toBe("Configuration file is valid\n")
  })
})

describe.skipIf(hasNoNetwork || hasNoNats)("network", () => {
  const network = () => {
    const started = startNetwork()
    onTestFinished(started.stop)
    return started
  }

  it("drops exactly the traffic that is cut, silently", async () => {
    const { cut, here, join: joinAgain, machine } = network()
    const [a, b] = [machine(), machine()]
    const nats = await stopAfterTest(startNats({ machine: a }))
    const fromB = () => {
      const [command = "", ...prefix] = b.prefix
      const script = `
        const socket = require("node:net").connect(${nats.port}, "${a.address}")
        const say = (text) => { console.log(text); process.exit() }
        socket.on("connect", () => say("connected")).on("error", (error) => say(error.code)).setTimeout(500, () => say("silence"))`
      return execFileSync(command, [...prefix, process.execPath, "-e", script], { encoding: "utf8" }).trim()
    }
    const fromHere = () => accepts(nats.url.split(/[/:]+/)[1] ?? "", nats.port)
    expect([fromB(), await fromHere()]).toEqual(["connected", true])
    cut(b, a)
    expect([fromB(), await fromHere()]).toEqual(["silence", true])
    joinAgain(b)
    cut(a, here)
    expect([fromB(), await fromHere()]).toEqual(["connected", false])
    cut(a)
    expect([fromB(), await fromHere()]).toEqual(["silence", false])
    joinAgain(a)
    expect([fromB(), await fromHere()]).toEqual(["connected", true])
  })

  it("runs PostgreSQL on one of its hosts", async () => {
    const { machine } = network()
    const postgres = await stopAfterTest(startPostgres({ machine: machine() }))
    await expect(postgres.query("SELECT 1 AS one")).resolves.toEqual([{ one: 1 }])
  })

  it("is removed with all its processes, however its owner dies", async () => {
    const directory = mkdtempSync(join(tmpdir(), "evenstar-"))
    onTestFinished(() => rmSync(directory, { recursive: true, force: true }))
    const orphan = spawn(process.execPath, ["--import", "tsx", join(import.meta.dirname, "orphan.ts")], {
      // What it can no longer remove.
      env: { ...process.env, TMPDIR: directory },
      stdio: ["ignore", "pipe", "inherit"]
    })
    const exit = once(orphan, "exit")
    onTestFinished(() => void orphan.kill("SIGKILL"))
    const [line] = await once(createInterface({ input: orphan.stdout }), "line")
    const { namespace, pid } = JSON.parse(line)
    const isThere = () => [existsSync(`/proc/${pid}`), existsSync(`/run/netns/${namespace}`)]
    expect(isThere()).toEqual([true, true])
    orphan.kill("SIGKILL")
    await exit
    await expect.poll(() => existsSync(`/proc/${pid}`), pollOptions).toBe(false)
    // Namespaces outlive processes: the next network removes leftovers.
    network()
    expect(isThere()).toEqual([false, false])
  })
})
