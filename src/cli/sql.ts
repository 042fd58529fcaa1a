// `evenstar sql`: a prompt on an in-memory DuckDB filled from the log, because the server locks its
// own file. Without a terminal it runs statements from stdin.
import { createInterface } from "node:readline"
import * as Args from "@effect/cli/Args"
import * as Command from "@effect/cli/Command"
import { Terminal } from "@effect/platform/Terminal"
import * as Chunk from "effect/Chunk"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Stream from "effect/Stream"
import { noEvents } from "../domain/StoredEvent.ts"
import { type Connection, failed, open } from "../layers/analytics/Duck.ts"
import { createTables, makeWriter } from "../layers/analytics/EventsTable.ts"
import { options } from "../layers/analytics/superviseDuckDb.ts"
import { EventStore } from "../layers/eventStore/EventStore.ts"
import { eventStoreLayer } from "./eventStoreLayer.ts"
import * as Progress from "./progress.ts"
import { formatTable } from "./table.ts"

/** Rows of a result that are printed. */
const maxRows = 200

const statement = Args.text({ name: "statement" }).pipe(
  Args.optional,
  Args.withDescription("Runs this statement instead of a prompt")
)

const fill = Effect.fnUntraced(function* (connection: Connection) {
  const store = yield* EventStore
  const head = yield* store.head
  yield* createTables(connection, store.logId)
  if (head === 0) return
  const writer = yield* makeWriter(connection)
  const progress = yield* Progress.make(head, "events")
  let done = 0
  yield* store.readAll({ after: noEvents, upTo: head }).pipe(
    Stream.runForEachChunk((events) => {
      done += events.length
      return Effect.zipRight(writer.append(Chunk.toReadonlyArray(events)), progress(done))
    })
  )
  const [first, ...others] = yield* writer.commit
  if (first !== undefined) {
    yield* Effect.logWarning(
      `${others.length + 1} payloads are not valid JSON for DuckDB and are null here; the first: ${first.message}`
    )
  }
})

/** Prints a result as a table, or the error: a bad statement doesn't end the prompt. */
const runStatement = Effect.fnUntraced(function* (connection: Connection, sql: string) {
  const terminal = yield* Terminal
  const text = yield* Effect.match(connection.query(sql), {
    onSuccess: (result) => formatTable(result.columnNames(), result.getRowsJson(), maxRows),
    onFailure: ({ reason }) => `${reason}\n`
  })
  yield* terminal.display(text)
})

const isEnd = (line: string) => /^\s*(exit|quit|\\q)\s*;?\s*$/i.test(line)

/** Reads statements from stdin, each ending with a semicolon at the end of a line. */
const prompt = Effect.fnUntraced(function* (connection: Connection) {
  const isTyped = process.stdin.isTTY
  const input = yield* Effect.acquireRelease(
    Effect.sync(() => createInterface({ input: process.stdin, output: process.stdout, terminal: isTyped })),
    (input) => Effect.sync(() => input.close())
  )
  // In terminal mode readline receives Ctrl-C instead of the process.
  input.on("SIGINT", () => input.close())
  let pending = ""
  const ask = Effect.sync(() => {
    input.setPrompt(pending === "" ? "sql> " : "...> ")
    if (isTyped) input.prompt()
  })
  const run = Effect.suspend(() => {
    const sql = pending.trim().replace(/;$/, "")
    pending = ""
    return sql === "" ? Effect.void : runStatement(connection, sql)
  })
  yield* ask
  yield* Stream.fromAsyncIterable(input, failed).pipe(
    Stream.takeUntil(isEnd),
    Stream.filter((line) => !isEnd(line)),
    Stream.runForEach((line) => {
      pending += `${line}\n`
      return Effect.zipRight(line.trimEnd().endsWith(";") ? run : Effect.void, ask)
    })
  )
  yield* run
})

export const sql = Command.make("sql", { statement }, ({ statement }) =>
  Effect.gen(function* () {
    const duck = yield* open(":memory:", options)
    const connection = yield* duck.connect
    yield* fill(connection)
    if (Option.isSome(statement)) return yield* runStatement(connection, statement.value)
    const terminal = yield* Terminal
    if (process.stdin.isTTY) yield* terminal.display("The table is called events. A statement ends with a semicolon.\n")
    yield* prompt(connection)
  }).pipe(Effect.scoped, Effect.provide(eventStoreLayer))
).pipe(Command.withDescription("Opens a DuckDB prompt on the log"))
