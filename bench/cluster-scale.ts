// Three nodes compared with one, on PostgreSQL and NATS: appends/s of the event stores alone,
// commands/s over HTTP, and CPU of all nodes per delivery to a stream. Targets: appends at least
// 0.9x of one node, CPU per delivery at most 1.15x.
import { startNats } from "../test/servers/nats.ts"
import { startPostgres } from "../test/servers/postgres.ts"
import { AddTodos, Append, Delivered, OpenClients, Publish } from "./support/calls.ts"
import { quiet, type Server, startLoad, startServer, temporary } from "./support/processes.ts"
import { benchmark, note, quick, show, table, target } from "./support/report.ts"
import { interleaved, sleep } from "./support/rounds.ts"
import { ratios, spread } from "./support/stats.ts"

const rounds = quick ? 1 : 5
const seconds = quick ? 1 : 5
const callers = 66
const clientsPerNode = quick ? 100 : 500
const rate = 200
const timeoutSeconds = 20
type NodeCount = 1 | 3

await benchmark("cluster-scale", "three nodes against one", async () => {
  const postgres = await startPostgres()
  const nats = await startNats()
  let databases = 0
  const newDatabase = () => postgres.createDatabase(`scale_${++databases}`)

  const appends = async (nodes: NodeCount) => {
    const url = await newDatabase()
    const loads = Array.from({ length: nodes }, () => startLoad("append"))
    // The first append also starts the node's event store.
    await Promise.all(loads.map((load) => load.ask(Append, { url, callers: 1, seconds: 0.2 })))
    const found = await Promise.all(loads.map((load) => load.ask(Append, { url, callers: callers / nodes, seconds })))
    await Promise.all(loads.map((load) => load.stop()))
    return found.reduce((sum, { events, seconds: took }) => sum + events / took, 0)
  }

  const cluster = async (nodes: NodeCount) => {
    const url = await newDatabase()
    const servers: Array<Server> = []
    for (let node = 1; node <= nodes; node++) {
      const env = { DATABASE_URL: url, EVENT_BUS: "nats", NATS_URL: nats.url, NODE_ID: `node-${node}` }
      servers.push(await startServer("bench/server.ts", temporary(), { env }))
    }
    for (const server of servers) await quiet(server, "a node")
    const cpu = () => servers.reduce((sum, server) => sum + server.cpu(), 0)
    return { servers, cpu, stop: () => Promise.all(servers.map((server) => server.stop())) }
  }

  const commands = async (nodes: NodeCount) => {
    const { servers, stop } = await cluster(nodes)
    const load = startLoad("command")
    const run = (duration: number) =>
      Promise.all(
        servers.map(({ port }) => load.ask(AddTodos, { port, connections: callers / nodes, seconds: duration }))
      )
    await run(seconds / 2)
    const found = await run(seconds)
    await Promise.all([load.stop(), stop()])
    return found.reduce((sum, { requests, seconds: took }) => sum + requests / took, 0)
  }

  const fanOut = async (nodes: NodeCount) => {
    const { cpu, servers, stop } = await cluster(nodes)
    const [publisher] = servers
    if (publisher === undefined) throw new Error("There is no node")
    const load = startLoad("fan-out")
    for (const { port } of servers) await load.ask(OpenClients, { port, clients: clientsPerNode })
    const run = async (duration: number) => {
      const published = await publisher.ask(Publish, { rate, seconds: duration })
      return { published, ...(await load.ask(Delivered, { ...published, timeoutSeconds })) }
    }
    await run(1)
    await sleep(300)
    const before = cpu()
    const { delivered, faults, p99, published } = await run(seconds)
    const expected = (published.last - published.first + 1) * clientsPerNode * nodes
    const found = { micros: ((cpu() - before) / delivered) * 1e6, share: faults > 0 ? 0 : delivered / expected, p99 }
    await Promise.all([load.stop(), stop()])
    return found
  }

  const compare = <A>(run: (nodes: NodeCount) => Promise<A>) =>
    interleaved<NodeCount, A>(rounds, [
      [1, () => run(1)],
      [3, () => run(3)]
    ])
  const appended = await compare(appends)
  const commanded = await compare(commands)
  const delivered = await compare(fanOut)
  const micros = (nodes: NodeCount) => delivered(nodes).map((found) => found.micros)
  const p99 = (nodes: NodeCount) => spread(delivered(nodes).map((found) => found.p99))

  table(
    ["", "1 node", "3 nodes", "3 / 1"],
    [
      [
        `appends/s, ${callers} callers`,
        show(spread(appended(1))),
        show(spread(appended(3))),
        show(ratios(appended(3), appended(1)))
      ],
      [
        `commands/s over HTTP, ${callers} connections`,
        show(spread(commanded(1))),
        show(spread(commanded(3))),
        show(ratios(commanded(3), commanded(1)))
      ],
      [
        `CPU us/delivery, ${clientsPerNode} streams a node, ${rate} events/s`,
        show(spread(micros(1))),
        show(spread(micros(3))),
        show(ratios(micros(3), micros(1)))
      ],
      ["p99 ms of a delivery", show(p99(1)), show(p99(3)), ""]
    ]
  )
  note("CPU: the sum of all nodes, including appends.\n")
  target("appends/s, 3 nodes / 1", ratios(appended(3), appended(1)).median, "at least", 0.9)
  target("CPU per delivery, 3 nodes / 1", ratios(micros(3), micros(1)).median, "at most", 1.15)
  const worst = Math.min(...[...delivered(1), ...delivered(3)].map(({ share }) => share))
  target("delivered to every stream, once, in order", worst, "at least", 1)
  await Promise.all([postgres.stop(), nats.stop()])
})
