// Measures NATS: CPU per message at a rate where wake-ups don't matter, and latency.
import type { Nats } from "../../test/servers/nats.ts"
import { BusHeard, BusListen, BusPublish } from "./calls.ts"
import { solve } from "./leastSquares.ts"
import { startLoad } from "./processes.ts"
import { quick } from "./report.ts"
import { sleep } from "./rounds.ts"
import { cpuOf } from "./serverCpu.ts"
import { quantile } from "./stats.ts"

export interface BusCosts {
  readonly taken: number
  readonly given: number
  readonly latency: number
}

const listeners = [1, 4]
const count = quick ? 500 : 4000

/** In microseconds. */
export const measureBus = async (nats: Nats): Promise<BusCosts> => {
  const { url } = nats
  const speaker = startLoad("bus")
  const running = []
  const observed = []
  let latency = 0
  for (const wanted of listeners) {
    while (running.length < wanted) {
      const listener = startLoad("bus")
      await listener.ask(BusListen, { bus: "nats", url })
      running.push(listener)
    }
    if (latency === 0) {
      await speaker.ask(BusPublish, { bus: "nats", url, count: 100, pause: 5 })
      await sleep(200)
      for (const listener of running) latency = quantile((await listener.ask(BusHeard, {})).millis, 0.5) * 1000
    }
    const before = cpuOf(nats.pid() ?? 0)
    await speaker.ask(BusPublish, { bus: "nats", url, count, pause: 1 })
    await sleep(200)
    observed.push({ took: (cpuOf(nats.pid() ?? 0) - before) * 1e6, counts: [count, count * wanted] })
  }
  await Promise.all([speaker, ...running].map((one) => one.stop()))
  const [taken = 0, given = 0] = solve(observed, 2)
  return { taken, given, latency }
}
