// Catch-up over a log of 1,000,000 events: through Subscriptions.follow in process, and through
// `/events?after=0` by a raw client in a second process. Baseline: better-sqlite3 reading the same
// rows in pages. Targets: 200,000 and 100,000 events/s.
import Database from "better-sqlite3"
import * as Chunk from "effect/Chunk"
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import { noEvents } from "../src/domain/StoredEvent.ts"
import { Subscriptions } from "../src/layers/subscriptions/Subscriptions.ts"
import { CatchUp, Settle } from "./support/calls.ts"
import { eventLog } from "./support/layers.ts"
import { prefill } from "./support/log.ts"
import { quiet, startLoad, startServer, temporary } from "./support/processes.ts"
import { benchmark, note, quick, show, table, target } from "./support/report.ts"
import { interleaved } from "./support/rounds.ts"
import { ratios, spread } from "./support/stats.ts"

const events = quick ? 50_000 : 1_000_000
const rounds = quick ? 2 : 3
const page = 1000
/** Megabytes of growth that count as flat memory use; the log has hundreds. */
const flat = 64

interface Figures {
  readonly perSecond: number
  /** Resident memory in megabytes above that at the start. */
  readonly grown: number
  readonly faults: number
}

/** Reads the whole log; samples `rss` in between. */
const measure = async (read: (look: () => void) => Promise<number>, rss: () => number): Promise<Figures> => {
  globalThis.gc?.()
  const before = rss()
  let highest = before
  const started = performance.now()
  const faults = await read(() => {
    highest = Math.max(highest, rss())
  })
  const seconds = (performance.now() - started) / 1000
  return { perSecond: events / seconds, grown: (highest - before) / 1e6, faults }
}

const own = () => process.memoryUsage.rss()

await benchmark("catch-up", `${show(events)} events from the start of the log`, async () => {
  const directory = temporary()
  const began = Date.now()
  await prefill(directory, events)
  note(`The log was ready after ${Math.round((Date.now() - began) / 1000)} s; ${rounds} rounds`)

  const database = new Database(`${directory}/evenstar.db`, { readonly: true })
  const select = database.prepare("SELECT * FROM events WHERE sequence > ? ORDER BY sequence LIMIT ?").raw()
  const direct = () =>
    measure(async (look) => {
      let last = 0
      let faults = 0
      while (last < events) {
        const rows = select.all(last, page)
        for (const row of rows) {
          const sequence = Array.isArray(row) ? Number(row[0]) : 0
          if (sequence !== ++last) faults++
        }
        look()
      }
      return faults
    }, own)

  const log = eventLog(directory)
  const feed = await log.runPromise(Subscriptions)
  /** `deep`: decodes each payload too. */
  const follow = (deep: boolean) => () =>
    measure(async (look) => {
      let last = 0
      let faults = 0
      let seen = 0
      const onChunk = (chunk: Chunk.Chunk<{ readonly sequence: number; readonly payload: unknown }>) =>
        Effect.sync(() => {
          for (const event of Chunk.toReadonlyArray(chunk)) {
            if (event.sequence !== ++last) faults++
            if (deep && event.payload === undefined) faults++
            if (++seen % (20 * page) === 0) look()
          }
        })
      await log.runPromise(
        feed.subscribe({ after: noEvents }).pipe(Stream.take(events), Stream.runForEachChunk(onChunk))
      )
      return faults
    }, own)

  await follow(false)()
  type Name = "follow" | "follow, each payload read" | "better-sqlite3, pages" | "/events"
  const inProcess = await interleaved<Name, Figures>(rounds, [
    ["follow", follow(false)],
    ["better-sqlite3, pages", direct],
    ["follow, each payload read", follow(true)]
  ])
  await log.dispose()

  const server = await startServer("src/main.ts", directory)
  await quiet(server, "The server")
  const load = startLoad("catch-up")
  let bytes = 0
  const overHttp = async () => {
    await server.ask(Settle, {})
    return measure(async (look) => {
      const sampler = setInterval(look, 50)
      const read = await load.ask(CatchUp, { port: server.port, after: 0, last: events })
      clearInterval(sampler)
      bytes = read.bytes
      return read.faults
    }, server.rss)
  }
  await load.ask(CatchUp, { port: server.port, after: events - events / 10, last: events })
  const http = await interleaved<Name, Figures>(rounds, [
    ["/events", overHttp],
    ["better-sqlite3, pages", direct]
  ])
  note(`${show(bytes / events)} bytes an event over HTTP\n`)
  database.close()

  const of = (results: typeof http, name: Name, field: keyof Figures) => results(name).map((round) => round[field])
  const line = (results: typeof http, name: Name) => [
    name,
    show(spread(of(results, name, "perSecond"))),
    show(ratios(of(results, name, "perSecond"), of(results, "better-sqlite3, pages", "perSecond"))),
    show(spread(of(results, name, "grown"))),
    String(of(results, name, "faults").reduce((sum, faults) => sum + faults, 0))
  ]
  table(
    ["", "events/s", "/ better-sqlite3", "RSS MB over the start", "faults"],
    [
      line(inProcess, "better-sqlite3, pages"),
      line(inProcess, "follow"),
      line(inProcess, "follow, each payload read"),
      line(http, "/events")
    ]
  )
  const median = (results: typeof http, name: Name, field: keyof Figures) => spread(of(results, name, field)).median
  const worst = (results: typeof http, name: Name) => Math.max(...of(results, name, "grown"))
  target("Subscriptions.follow, events/s", median(inProcess, "follow", "perSecond"), "at least", 200_000)
  target("/events?after=0, events/s", median(http, "/events", "perSecond"), "at least", 100_000)
  target("Subscriptions.follow, memory over the start", worst(inProcess, "follow"), "at most", flat, " MB")
  target("/events?after=0, memory over the start", worst(http, "/events"), "at most", flat, " MB")
})
