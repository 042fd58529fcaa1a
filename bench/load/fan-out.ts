// The clients of a fan-out in one process; each checks that events arrive once and in order.
import { answer, Delivered, OpenClients } from "../support/calls.ts"
import { clock } from "../support/clock.ts"
import { Ids, wholeFrames } from "../support/frames.ts"
import { openStream } from "../support/raw.ts"
import { sleep } from "../support/rounds.ts"
import { age } from "../support/samples.ts"
import { Histogram } from "../support/stats.ts"

/** One of so many events is sampled for latency, offset by client. */
const sampled = 8
/** Connections opened concurrently; below the server's backlog. */
const opening = 100

const latencies = new Histogram()
const clients: Array<Ids> = []
/** When the current bytes arrived. */
let now = 0

const open = (port: number, offset: number) =>
  new Promise<void>((resolve) => {
    const ids = new Ids((id, bytes, at) => {
      if ((id + offset) % sampled === 0) latencies.add(age(bytes, at, now))
    })
    clients.push(ids)
    const frames = wholeFrames(ids.read)
    openStream(port, "/events", {
      onBytes: (bytes, from, to) => {
        resolve()
        now = clock()
        frames(bytes, from, to)
      }
    })
  })

answer(OpenClients, async ({ clients: count, port }) => {
  for (let opened = 0; opened < count; opened += opening) {
    const some = Array.from({ length: Math.min(opening, count - opened) }, (_, index) => open(port, opened + index))
    await Promise.all(some)
  }
  return {}
})

const sum = (of: (client: Ids) => number) => clients.reduce((total, client) => total + of(client), 0)

answer(Delivered, async ({ first, last, timeoutSeconds }) => {
  const deadline = clock() + timeoutSeconds * 1000
  while (clients.some((client) => client.last < last) && clock() < deadline) await sleep(10)
  const result = {
    delivered: sum(({ delivered }) => delivered),
    faults: sum((client) => client.faults + (client.first > first ? 1 : 0)),
    bytes: sum(({ bytes }) => bytes),
    p50: latencies.quantile(0.5),
    p99: latencies.quantile(0.99)
  }
  latencies.reset()
  for (const client of clients) {
    client.delivered = 0
    client.faults = 0
    client.bytes = 0
  }
  return result
})
