// A cluster on PostgreSQL and NATS, with CPU measurements of each process under load.
import type { Nats } from "../../test/servers/nats.ts"
import type { Postgres } from "../../test/servers/postgres.ts"
import { Settle } from "./calls.ts"
import { Drive, type Driven, OpenAudience, Prepare } from "./capacityCalls.ts"
import { quiet, type Server, startLoad, startServer, temporary } from "./processes.ts"
import { cpuOf, cpuOfAll } from "./serverCpu.ts"

/** A load, also simulated. */
export interface Run {
  readonly rate: number
  readonly seconds: number
  readonly lists: number
  readonly streams: number
  readonly zipf: number
  readonly haveSessions: boolean
  /** All commands go to the first node. */
  readonly onFirst: boolean
}

export interface Measured {
  readonly nodes: number
  readonly run: Run
  readonly driven: Driven
  /** Duration and CPU times, in seconds. */
  readonly seconds: number
  readonly cpu: ReadonlyArray<number>
  readonly postgres: number
  readonly nats: number
  /** Opening the streams, on the first node: CPU seconds and bytes of memory. */
  readonly opening: { readonly cpu: number; readonly memory: number; readonly before: number }
}

export const lists = 60
const sessions = 100

export const startCluster = async (postgres: Postgres, nats: Nats, nodes: number) => {
  const url = await postgres.createDatabase(`capacity_${nodes}_${Date.now()}`)
  const servers: Array<Server> = []
  for (let node = 1; node <= nodes; node++) {
    const env = { DATABASE_URL: url, EVENT_BUS: "nats", NATS_URL: nats.url, NODE_ID: `node-${node}` }
    servers.push(await startServer("bench/server.ts", temporary(), { env }))
  }
  for (const server of servers) await quiet(server, "a node")
  const ports = servers.map(({ port }) => port)
  const load = startLoad("capacity")
  await load.ask(Prepare, { ports, lists, sessions })
  const first = servers[0]

  const cpus = () => ({
    nodes: servers.map((server) => server.cpu()),
    postgres: cpuOfAll(postgres.pid() ?? 0),
    nats: cpuOf(nats.pid() ?? 0),
    at: performance.now()
  })
  const settle = () => Promise.all(servers.map((server) => server.ask(Settle, {})))
  const firstNode = () => ({ cpu: first?.cpu() ?? 0, memory: first?.rss() ?? 0 })

  let opened = ""
  const measure = async (run: Run): Promise<Measured> => {
    const { haveSessions, onFirst, rate, seconds, streams, zipf } = run
    const audience = { ports, lists: run.lists, streams, zipf, haveSessions }
    let opening = { cpu: 0, memory: 0, before: 0 }
    if (opened !== JSON.stringify(audience)) {
      await load.ask(OpenAudience, { ...audience, streams: 0 })
      await settle()
      const before = firstNode()
      await load.ask(OpenAudience, audience)
      const after = firstNode()
      await settle()
      opening = { cpu: after.cpu - before.cpu, memory: firstNode().memory - before.memory, before: before.memory }
      opened = JSON.stringify(audience)
    }
    const before = cpus()
    const driven = await load.ask(Drive, { ports: onFirst ? ports.slice(0, 1) : ports, rate, seconds })
    const after = cpus()
    return {
      nodes,
      run,
      driven,
      seconds: (after.at - before.at) / 1000,
      cpu: after.nodes.map((now, index) => now - (before.nodes[index] ?? 0)),
      postgres: after.postgres - before.postgres,
      nats: after.nats - before.nats,
      opening
    }
  }
  const stop = async () => {
    await Promise.all([load.stop(), ...servers.map((server) => server.stop())])
  }
  return { measure, stop }
}
