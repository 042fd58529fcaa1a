// Cost and savings of compressed streams: a list's fragment to 200 clients, sent 20 times with one
// change each, as shared gzip frames. Baselines: one encoder per connection (gzip or brotli),
// flushed per message. No target.
import { setImmediate } from "node:timers/promises"
import { type BrotliCompress, constants, createBrotliCompress, createGzip, type Gzip } from "node:zlib"
import { noEvents, Version } from "../src/domain/StoredEvent.ts"
import { listFragment } from "../src/features/todo/listPage.tsx"
import { ListId, TodoId, todoList } from "../src/features/todo/TodoList.ts"
import { htmlOf } from "../src/http/live/changes.ts"
import { encodeFrame } from "../src/http/sse/SseFrame.ts"
import { Frame, GzipStream } from "../src/http/sse/StreamFrame.ts"
import { benchmark, note, quick, show, table } from "./support/report.ts"
import { interleaved } from "./support/rounds.ts"
import { spread } from "./support/stats.ts"

const empty = todoList.initial

const clients = quick ? 20 : 200
const messages = 20
const rounds = quick ? 1 : 3

const id = ListId.make("A".repeat(22))
const fragments = (todos: number) =>
  Array.from({ length: messages }, (_, change) => {
    const state = {
      ...empty,
      exists: true,
      todos: Array.from({ length: todos }, (_, index) => ({
        todoId: TodoId.make(`01900000-0000-7000-8000-${String(index).padStart(12, "0")}`),
        text: `Buy item number ${index * 7919} at the market`,
        completed: index === change,
        dueAt: null,
        notes: "",
        order: ""
      }))
    }
    return encodeFrame({
      id: change,
      data: htmlOf(
        listFragment(
          { id, state, sequence: noEvents, version: Version.make(1) },
          { filter: "all", page: 1 },
          (part, render) => render(part)
        )
      )
    })
  })

type Name = "plain" | "shared gzip" | "gzip each" | "brotli each"
interface Figures {
  /** Bytes of a message to one client. */
  readonly bytes: number
  /** Microseconds of CPU for a message to one client, on all threads. */
  readonly cpu: number
  /** KB of resident memory per client. */
  readonly memory: number
}

const perConnection = async (make: () => Gzip | BrotliCompress, texts: ReadonlyArray<string>) => {
  let bytes = 0
  const encoders = Array.from({ length: clients }, make)
  for (const encoder of encoders) encoder.on("data", (chunk: Buffer) => (bytes += chunk.length))
  for (const text of texts) {
    await Promise.all(
      encoders.map(
        (encoder) =>
          new Promise<void>((resolve) => {
            encoder.write(text)
            encoder.flush(() => resolve())
          })
      )
    )
  }
  const held = process.memoryUsage().rss
  for (const encoder of encoders) encoder.close()
  return { bytes, held }
}

const ways: Record<Name, (texts: ReadonlyArray<string>) => Promise<{ bytes: number; held: number }>> = {
  plain: async (texts) => {
    let bytes = 0
    for (const text of texts) bytes += new Frame(text).plain.framed.length * clients
    return { bytes, held: process.memoryUsage().rss }
  },
  "shared gzip": async (texts) => {
    let bytes = 0
    const streams = Array.from({ length: clients }, () => new GzipStream())
    for (const text of texts) {
      const frame = new Frame(text)
      for (const stream of streams) bytes += stream.take(frame).framed.length
    }
    return { bytes, held: process.memoryUsage().rss }
  },
  "gzip each": (texts) => perConnection(() => createGzip({ level: 4 }), texts),
  "brotli each": (texts) =>
    perConnection(() => createBrotliCompress({ params: { [constants.BROTLI_PARAM_QUALITY]: 4 } }), texts)
}

await benchmark("compression", `a list's fragment to ${clients} clients, ${messages} times`, async () => {
  for (const todos of [0, 3, 20, 200]) {
    const texts = fragments(todos)
    const measure = async (name: Name): Promise<Figures> => {
      globalThis.gc?.()
      await setImmediate()
      const [rss, before] = [process.memoryUsage().rss, process.cpuUsage()]
      const { bytes, held } = await ways[name](texts)
      const { system, user } = process.cpuUsage(before)
      const sent = clients * messages
      return { bytes: bytes / sent, cpu: (system + user) / sent, memory: Math.max(0, held - rss) / clients / 1024 }
    }
    const names: ReadonlyArray<Name> = ["plain", "shared gzip", "gzip each", "brotli each"]
    for (const name of names) await measure(name)
    const results = await interleaved<Name, Figures>(
      rounds,
      names.map((name) => [name, () => measure(name)] as const)
    )
    note(`${todos} todos`)
    table(
      ["", "bytes/message", "CPU us/message and client", "KB held/client"],
      names.map((name) => [
        name,
        ...(["bytes", "cpu", "memory"] as const).map((field) => show(spread(results(name).map((it) => it[field]))))
      ])
    )
  }
})
