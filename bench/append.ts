// Durable appends (`synchronous=FULL`) through EventStore.append, in process, by 1, 8, 64 and 512
// concurrent callers. Baseline: better-sqlite3 with the same rows and tables, and as many rows per
// transaction as callers. Targets: 0.6x of it with 64 callers, 0.7x with 1.
import * as Arr from "effect/Array"
import * as Effect from "effect/Effect"
import { CommandId, Version } from "../src/domain/StoredEvent.ts"
import { todoList } from "../src/features/todo/TodoList.ts"
import { type Append, EventStore } from "../src/layers/eventStore/EventStore.ts"
import { eventLog } from "./support/layers.ts"
import { commandId, createLog, openLog, todoAdded, todoId } from "./support/log.ts"
import { fileSystem, temporary } from "./support/processes.ts"
import { benchmark, note, quick, show, table, target } from "./support/report.ts"
import { interleaved } from "./support/rounds.ts"
import { ratios, spread } from "./support/stats.ts"

const aggregateType = todoList.type

const event = todoAdded(todoId, "Buy oat milk and bread")
const rounds = quick ? 2 : 5

interface Figures {
  readonly perSecond: number
  /** CPU in microseconds per event. */
  readonly cpu: number
}

const timed = async (events: number, work: () => Promise<void> | void): Promise<Figures> => {
  globalThis.gc?.()
  const [started, before] = [performance.now(), process.cpuUsage()]
  await work()
  const { system, user } = process.cpuUsage(before)
  return { perSecond: events / ((performance.now() - started) / 1000), cpu: (system + user) / events }
}

let lists = 0
const newList = () => `append-${String(++lists).padStart(15, "0")}`

await benchmark("append", "durable appends, concurrent callers", async () => {
  const ours = temporary()
  const theirs = temporary()
  const log = eventLog(ours)
  const store = await log.runPromise(EventStore)
  await createLog(theirs)
  const { database, head, insert, values } = openLog(theirs)
  let sequence = head

  let commands = 0

  /** Each caller appends to its own list, sequentially. */
  const evenstar = (callers: number, each: number) => {
    const first = commands + 1
    commands += callers * each
    const work = Arr.makeBy(callers, (caller) => {
      const id = newList()
      return Arr.makeBy(
        each,
        (index): Append => ({
          aggregate: { type: aggregateType, id },
          expectedVersion: Version.make(index),
          events: Arr.of(event),
          commandId: CommandId.make(commandId(first + index * callers + caller))
        })
      )
    })
    const caller = (appends: ReadonlyArray<Append>) => Effect.forEach(appends, store.append, { discard: true })
    const all = Effect.forEach(work, caller, { concurrency: "unbounded", discard: true })
    return timed(callers * each, () => log.runPromise(all))
  }

  const write = database.transaction((rows: ReadonlyArray<ReadonlyArray<unknown>>) => {
    for (const row of rows) insert(row)
  })
  const direct = (callers: number, each: number) => {
    const ids = Arr.makeBy(callers, newList)
    const transactions = Arr.makeBy(each, (index) =>
      ids.map((aggregateId) => values({ sequence: ++sequence, aggregateId, version: index + 1, event }))
    )
    return timed(callers * each, () => {
      for (const rows of transactions) write.immediate(rows)
    })
  }

  const size = String(database.prepare("SELECT length(payload) + length(metadata) FROM events").pluck().get())
  note(`On ${fileSystem(ours)}; payload and metadata are ${size} bytes an event; ${rounds} rounds\n`)

  const rows: Array<ReadonlyArray<string>> = []
  for (const [callers, events] of [
    [1, 6000],
    [8, 16_000],
    [64, 48_000],
    [512, 61_440]
  ] as const) {
    const each = Math.ceil(events / callers / (quick ? 10 : 1))
    // Warm-up: JIT compilation of both.
    await evenstar(callers, Math.ceil(each / 2))
    await direct(callers, Math.ceil(each / 2))
    const results = await interleaved<"evenstar" | "direct", Figures>(rounds, [
      ["evenstar", () => evenstar(callers, each)],
      ["direct", () => direct(callers, each)]
    ])
    const rate = (name: "evenstar" | "direct") => results(name).map(({ perSecond }) => perSecond)
    const cpu = (name: "evenstar" | "direct") => spread(results(name).map((figures) => figures.cpu))
    const ratio = ratios(rate("evenstar"), rate("direct"))
    rows.push([
      String(callers),
      show(spread(rate("evenstar"))),
      show(spread(rate("direct"))),
      show(ratio),
      show(cpu("evenstar")),
      show(cpu("direct"))
    ])
    if (callers === 1) target("1 caller / better-sqlite3", ratio.median, "at least", 0.7)
    if (callers === 64) target("64 callers / better-sqlite3", ratio.median, "at least", 0.6)
  }
  table(["callers", "events/s", "better-sqlite3/s", "ratio", "CPU us/event", "better-sqlite3"], rows)
  await log.dispose()
  database.close()
})
