// Latency from a command on node A to its event on a feed of node B, idle, with PostgreSQL and each
// bus. Baseline: the bus's bare client between two processes, 500 bytes per message. Targets: p50
// 8 ms, p99 50 ms.
import { startNats } from "../test/servers/nats.ts"
import { startPostgres } from "../test/servers/postgres.ts"
import { startZenohBridge } from "../test/servers/zenoh.ts"
import { BusHeard, BusListen, BusPublish, Probe } from "./support/calls.ts"
import { quiet, startLoad, startServer, temporary } from "./support/processes.ts"
import { benchmark, note, quick, show, table, target } from "./support/report.ts"
import { interleaved } from "./support/rounds.ts"
import { quantile, ratios, spread } from "./support/stats.ts"
import { zenohEnvironment } from "./support/zenoh.ts"

const rounds = quick ? 1 : 5
const count = quick ? 50 : 300
/** Milliseconds between two commands, enough for the first to be delivered. */
const pause = 10

await benchmark("cluster-latency", "a command on one node to its event on another", async () => {
  const postgres = await startPostgres()
  const nats = await startNats()
  const near = await startZenohBridge()
  const far = await startZenohBridge({ connect: [near.peer] })
  /** Addresses for nodes A and B, and for the bare clients. */
  const buses = {
    postgres: [postgres.url, postgres.url],
    nats: [nats.url, nats.url],
    zenoh: [near.url, far.url]
  } as const
  type Bus = keyof typeof buses
  const names: ReadonlyArray<Bus> = ["postgres", "nats", "zenoh"]

  const contender = async (bus: Bus) => {
    const url = await postgres.createDatabase(`latency_${bus}`)
    const node = (at: 0 | 1) =>
      startServer("src/main.ts", temporary(), {
        env: {
          DATABASE_URL: url,
          EVENT_BUS: bus,
          NODE_ID: `node-${at}`,
          ...(bus === "nats" ? { NATS_URL: nats.url } : {}),
          ...(bus === "zenoh" ? { ZENOH_URL: buses.zenoh[at], NODE_PATH: zenohEnvironment.NODE_PATH } : {})
        }
      })
    const [a, b] = [await node(0), await node(1)]
    await quiet(a, `node A on ${bus}`)
    await quiet(b, `node B on ${bus}`)
    const client = startLoad("latency")
    const probe = async () =>
      (await client.ask(Probe, { port: a.port, streams: b.port, feed: false, count, pause })).event
    await probe()

    const options = bus === "zenoh" ? { env: zenohEnvironment } : {}
    const [sender, receiver] = [startLoad("bus", options), startLoad("bus", options)]
    await receiver.ask(BusListen, { bus, url: bus === "postgres" ? url : buses[bus][1] })
    const bare = async () => {
      await sender.ask(BusPublish, { bus, url: bus === "postgres" ? url : buses[bus][0], count, pause })
      return (await receiver.ask(BusHeard, {})).millis
    }
    await bare()
    const stop = () => Promise.all([client, sender, receiver, a, b].map((process) => process.stop()))
    return { probe, bare, stop }
  }

  const lines: Array<ReadonlyArray<string>> = []
  for (const bus of names) {
    const { bare, probe, stop } = await contender(bus)
    const results = await interleaved<"ours" | "bare", ReadonlyArray<number>>(rounds, [
      ["ours", probe],
      ["bare", bare]
    ])
    await stop()
    const of = (name: "ours" | "bare", share: number) => results(name).map((millis) => quantile(millis, share))
    const cells = [0.5, 0.99].flatMap((share) => [
      show(spread(of("ours", share))),
      show(spread(of("bare", share))),
      show(ratios(of("ours", share), of("bare", share)))
    ])
    lines.push([bus, ...cells])
    target(`${bus}: command to event on the other node, p50`, spread(of("ours", 0.5)).median, "at most", 8, " ms")
    target(`${bus}: command to event on the other node, p99`, spread(of("ours", 0.99)).median, "at most", 50, " ms")
  }
  note(
    "Ours includes HTTP, a durable commit in PostgreSQL and a server-sent event; the bare client sends one message.\n"
  )
  table(["", "p50 ms", "bare", "ratio", "p99 ms", "bare", "ratio"], lines)
  await Promise.all([postgres, nats, near, far].map((server) => server.stop()))
})
