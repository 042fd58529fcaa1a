// Three node processes on a real PostgreSQL and real event buses, on one host or one host each.
import { mkdirSync, mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import * as Schema from "effect/Schema"
import { afterAll, beforeAll, expect, vi } from "vitest"
import { type Process, startProcess } from "../http/server.ts"
import { type Client, decodeEvent, keepAlive, type LoggedEvent } from "../process/client.ts"
import { pollOptions, unlimited } from "../process/support.ts"
import { type Postgres, startPostgres } from "../servers/postgres.ts"
import { type Machine, thisMachine } from "../servers/server.ts"
import { type Bus, type BusName, nodeOptionsFor, startBus } from "./buses.ts"

export interface Machines {
  readonly postgres: Machine
  readonly bus: Machine
  readonly nodes: ReadonlyArray<Machine>
}

export interface Options {
  /** One bus, or two where the second one replaces the first; `memory` for none at first. */
  readonly bus: readonly [BusName] | readonly [BusName | "memory", BusName]
  readonly machines?: Machines
  /** Settings of all nodes, and of a single node by its number from 0. */
  readonly env?: Record<string, string>
  readonly envOf?: (node: number) => Record<string, string>
}

export interface Node {
  /** From 0. A replacement node keeps the number. */
  readonly number: number
  readonly nodeId: string
  readonly url: string
  readonly process: Process
  readonly client: Client
}

/** The kernel kills the node when this process dies. */
const killedWithParent = process.platform === "linux" ? ["setpriv", "--pdeathsig=KILL", "--"] : []

export const adminToken = "cluster"
/** The relying party id of passkeys, on every node. */
const publicUrl = "http://localhost:3000"
export const operatorHeaders = { authorization: `Bearer ${adminToken}` }

const decodeHealth = Schema.decodeUnknownSync(
  Schema.parseJson(
    Schema.Struct({
      status: Schema.String,
      components: Schema.Record({
        key: Schema.String,
        value: Schema.Struct({ status: Schema.String, reason: Schema.optional(Schema.String) })
      })
    })
  )
)
const decodeRows = Schema.decodeUnknownSync(Schema.Array(Schema.Struct({ event: Schema.String })))

export const startCluster = async ({ bus: names, env = {}, envOf = () => ({}), machines }: Options) => {
  const directory = mkdtempSync(join(tmpdir(), "evenstar-"))
  const remote = names.flatMap((name) => (name === "memory" ? [] : [name]))
  const starting: Array<Promise<Node>> = []
  const servers: Array<{ readonly stop: () => Promise<void> }> = []
  let places = 0
  let isOver = false

  const stop = async () => {
    isOver = true
    const ended = async (node: Promise<Node>) => {
      const { client, process } = await node
      client.close()
      if (process.child.exitCode === null && process.child.signalCode === null) await process.stop("SIGKILL")
    }
    await Promise.allSettled(starting.map(ended))
    await Promise.allSettled(servers.map((server) => server.stop()))
    rmSync(directory, { recursive: true, force: true })
  }

  const startNode = (number: number, postgres: Postgres, found: ReadonlyArray<Bus>) => {
    // A test that has timed out keeps running: it must not start further processes.
    if (isOver) throw new Error("The cluster is over")
    const machine = machines?.nodes[number] ?? thisMachine
    const place = join(directory, `${++places}`)
    mkdirSync(place)
    const settings = {
      NODE_ENV: "production",
      HOST: machine.address,
      NODE_ID: `node-${number + 1}`,
      PUBLIC_URL: publicUrl,
      ADMIN_TOKEN: adminToken,
      DATABASE_URL: postgres.url,
      EVENT_BUS: names.length === 2 ? `dual:${names.join()}` : names[0],
      ...Object.fromEntries(found.flatMap(({ env }) => Object.entries(env))),
      ...unlimited,
      ...env,
      ...envOf(number)
    }
    const node = startProcess(place, settings, {
      prefix: [...machine.prefix, ...killedWithParent],
      ...nodeOptionsFor(remote)
    }).then((process): Node => {
      const { url } = process
      return { number, nodeId: settings.NODE_ID, url, process, client: keepAlive(url, 64) }
    })
    starting.push(node)
    return node
  }

  try {
    const postgres = await startPostgres({ machine: machines?.postgres ?? thisMachine })
    servers.push(postgres)
    const found = await Promise.all(remote.map((name) => startBus(name, postgres, machines?.bus ?? thisMachine)))
    servers.push(...found)
    const nodes: Array<Node> = await Promise.all([0, 1, 2].map((number) => startNode(number, postgres, found)))
    const [first] = nodes
    const [bus] = found
    if (first === undefined || bus === undefined) throw new Error("A cluster has nodes, and a bus between them")

    const healthOf = async ({ client }: Node) => {
      const { status: code, text } = await client.send("GET", "/health", "", operatorHeaders)
      return { code, ...decodeHealth(text) }
    }
    const running: ReadonlyArray<Node> = nodes
    const cluster = {
      postgres,
      bus,
      publicUrl,
      /** Running nodes, by number. */
      nodes: running,
      node: (number: number) => nodes[number] ?? first,
      /** Kills a node and starts a replacement with an empty data directory. */
      replace: async (number: number) => {
        await nodes[number]?.process.stop("SIGKILL")
        nodes[number] = await startNode(number, postgres, found)
      },
      healthOf,
      /** Waits until these nodes report `ok`, or a degraded bus and its reason. */
      waitForHealth: async (state: "ok" | RegExp, some = running) => {
        const wanted =
          state === "ok"
            ? { code: 200, status: "ok" }
            : {
                code: 200,
                status: "degraded",
                components: { eventBus: { status: "degraded", reason: expect.stringMatching(state) } }
              }
        for (const node of some)
          await vi.waitFor(async () => expect(await healthOf(node)).toMatchObject(wanted), pollOptions)
      },
      /** Read from the database, independent of the nodes. */
      readLog: async (): Promise<ReadonlyArray<LoggedEvent>> => {
        const rows = await postgres.query(
          `SELECT json_build_object('sequence', sequence, 'eventId', event_id, 'aggregateId', aggregate_id, 'version', version,
            'eventType', event_type, 'payload', payload, 'occurredAt', occurred_at)::text AS event FROM events ORDER BY sequence`
        )
        return decodeRows(rows).map(({ event }) => decodeEvent(event))
      },
      stop
    }
    await cluster.waitForHealth("ok")
    return cluster
  } catch (error) {
    await stop()
    throw error
  }
}
export type Cluster = Awaited<ReturnType<typeof startCluster>>

/** One cluster for all tests of the calling block. Each test restores its initial state. */
export const clusterOf = (options: () => Options) => {
  let started: Cluster | undefined
  beforeAll(async () => {
    started = await startCluster(options())
  }, 60_000)
  afterAll(() => started?.stop())
  return () => {
    if (started === undefined) throw new Error("The cluster starts before the first test, and not sooner")
    return started
  }
}
