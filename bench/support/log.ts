// Writes the event log with better-sqlite3 directly: the baseline of an append, and a fast prefill.
// Uses the application's migrations; rows are copies of an appended one with other values.
import { join } from "node:path"
import Database from "better-sqlite3"
import * as Arr from "effect/Array"
import * as Effect from "effect/Effect"
import { CommandId, type NewEvent, noVersion } from "../../src/domain/StoredEvent.ts"
import { todoList } from "../../src/features/todo/TodoList.ts"
import { EventStore } from "../../src/layers/eventStore/EventStore.ts"
import { eventLog } from "./layers.ts"

const aggregateType = todoList.type

export interface Row {
  readonly sequence: number
  readonly aggregateId: string
  readonly version: number
  readonly event: NewEvent
}

export interface Log {
  readonly database: Database.Database
  /** A row's values in the order of `insert`. */
  readonly values: (row: Row) => ReadonlyArray<unknown>
  readonly insert: (values: ReadonlyArray<unknown>) => void
  readonly head: number
}

const digits = (prefix: string, number: number, length: number) => prefix + number.toString(16).padStart(length, "0")
/** Well-formed ids that sort by number, as UUIDv7 by time. */
const uuid = (kind: string, number: number) => digits(`01900000-0000-7000-8${kind}-`, number, 12)
/** The id of the command that wrote row `number`. */
export const commandId = (number: number) => uuid("001", number)
export const listId = (number: number) => digits("bench-", number, 16)
export const todoId = uuid("000", 0)

const event = (eventType: string, payload: object): NewEvent => ({ eventType, schemaVersion: 1, payload })
const listCreated = event("ListCreated", { visitorId: null })
const todoRenamed = (text: string) => event("TodoRenamed", { todoId, text })
export const todoAdded = (id: string, text: string) => event("TodoAdded", { todoId: id, text })
const firstTodo = todoAdded(todoId, "Buy oat milk and bread")

const seed = Effect.flatMap(EventStore, (store) =>
  store.append({
    aggregate: { type: aggregateType, id: listId(0) },
    expectedVersion: noVersion,
    events: Arr.make(listCreated, firstTodo),
    commandId: CommandId.make(commandId(0))
  })
)

/** Creates the file with the application's Layers, with one list. */
export const createLog = async (directory: string): Promise<void> => {
  const log = eventLog(directory)
  await log.runPromise(seed)
  await log.dispose()
}

const unknowns = (row: unknown): ReadonlyArray<unknown> => (Array.isArray(row) ? row : [])

/** Opens the file like the application: WAL, `synchronous=FULL`. */
export const openLog = (directory: string): Log => {
  const database = new Database(join(directory, "evenstar.db"))
  database.pragma("journal_mode = WAL")
  database.pragma("synchronous = FULL")
  const example = database.prepare("SELECT * FROM events ORDER BY sequence DESC LIMIT 1")
  const columns = example.columns().map(({ name }) => name)
  const template = unknowns(example.raw().get())
  const statement = database.prepare(`INSERT INTO events (${columns}) VALUES (${columns.map(() => "?")})`)
  const commandIdIn = columns.indexOf("command_id")
  const metadata = String(template[columns.indexOf("metadata")])
  const templateCommand = String(template[commandIdIn])

  const values = ({ aggregateId, event, sequence, version }: Row) => {
    const command = commandId(sequence)
    const changed: Record<string, unknown> = {
      sequence,
      event_id: uuid("002", sequence),
      aggregate_id: aggregateId,
      version,
      event_type: event.eventType,
      payload: JSON.stringify(event.payload),
      metadata: metadata.replaceAll(templateCommand, command),
      command_id: command
    }
    return columns.map((column, index) => changed[column] ?? template[index])
  }
  return { database, values, insert: (row) => statement.run(row), head: Number(template[columns.indexOf("sequence")]) }
}

const eventsPerList = 100
const rowsPerTransaction = 10_000

const history = (version: number) => {
  if (version === 1) return listCreated
  return version === 2 ? firstTodo : todoRenamed(`Buy ${version} oat milks and bread`)
}

/** Creates a log of `events` events: lists with a history of 100 events each. */
export const prefill = async (directory: string, events: number): Promise<void> => {
  await createLog(directory)
  const { database, head, insert, values } = openLog(directory)
  database.pragma("synchronous = OFF")
  const write = database.transaction((from: number, to: number) => {
    for (let sequence = from; sequence <= to; sequence++) {
      const index = sequence - head - 1
      const aggregateId = listId(Math.floor(index / eventsPerList) + 1)
      const version = (index % eventsPerList) + 1
      insert(values({ sequence, aggregateId, version, event: history(version) }))
    }
  })
  for (let from = head + 1; from <= events; from += rowsPerTransaction) {
    write(from, Math.min(events, from + rowsPerTransaction - 1))
  }
  database.pragma("wal_checkpoint(TRUNCATE)")
  database.close()
}
