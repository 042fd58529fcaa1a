// Compares rows with the log, event by event.
import * as Effect from "effect/Effect"
import { noEvents, Sequence, type StoredEvent, type StoreUnavailable } from "../../domain/StoredEvent.ts"
import { BoundedMessages } from "../../lib/BoundedMessages.ts"
import { yieldToEventLoop } from "../../lib/eventLoop.ts"
import type { EventStoreService } from "../eventStore/EventStore.ts"
import type { Connection, DuckFailed } from "./Duck.ts"
import { columns, readCursor, refusedAfter, refusedPayload, selectRows, toColumns, transaction } from "./EventsTable.ts"

interface Fault {
  readonly what: string
  readonly first: number
  last: number
}

const inWords = ({ first, last, what }: Fault) =>
  first === last ? `Event ${first} ${what}` : `Each of the events ${first} to ${last} ${what}`

/** Differences in order of sequence; consecutive equal ones are merged. */
class Faults {
  private readonly differences = new BoundedMessages()
  private newest: Fault | undefined

  add(sequence: number, what: string) {
    if (this.newest?.what === what && this.newest.last === sequence - 1) {
      this.newest.last = sequence
      return
    }
    this.finish()
    this.newest = { what, first: sequence, last: sequence }
  }
  /** Ends the collection. */
  finish(): ReadonlyArray<string> {
    if (this.newest !== undefined) this.differences.add(inWords(this.newest))
    return this.differences.words
  }
}

type Rows = ReadonlyArray<ReadonlyArray<unknown>>

const payloadAt = columns.indexOf("payload")

/** Expected columns of an event. */
const expectedOf = (event: StoredEvent, refused: ReadonlySet<number>) =>
  refused.has(event.sequence) ? toColumns(event).with(payloadAt, refusedPayload) : toColumns(event)

/** Compares a page of the log with the rows of the same sequences; both ordered. */
const compare = (events: ReadonlyArray<StoredEvent>, rows: Rows, refused: ReadonlySet<number>, faults: Faults) => {
  let next = 0
  for (const event of events) {
    for (; Number(rows[next]?.[0]) < event.sequence; next++) faults.add(Number(rows[next]?.[0]), "is not in the log")
    const row = rows[next]
    if (row === undefined || Number(row[0]) !== event.sequence) {
      faults.add(event.sequence, "is missing")
      continue
    }
    const expected = expectedOf(event, refused)
    const others = columns.filter((_, index) => String(row[index]) !== String(expected[index]))
    if (others.length > 0) faults.add(event.sequence, `differs in ${others.join(", ")}`)
    const first = next++
    while (Number(rows[next]?.[0]) === event.sequence) next++
    if (next > first + 1) faults.add(event.sequence, `is there ${next - first} times`)
  }
  for (; next < rows.length; next++) faults.add(Number(rows[next]?.[0]), "is not in the log")
}

/** Messages; empty when all rows up to the checkpoint equal the log and there are no others. */
export const differences = (
  connection: Connection,
  store: EventStoreService
): Effect.Effect<ReadonlyArray<string>, DuckFailed | StoreUnavailable> =>
  transaction(
    connection,
    Effect.gen(function* () {
      const cursor = yield* readCursor(connection)
      if (cursor === undefined) return ["There are no rows of this format"]
      if (cursor.logId !== store.logId) return ["The rows are of another log"]
      const head = yield* store.head
      const faults = new Faults()
      const refused = new Set((yield* refusedAfter(connection, noEvents)).map(({ sequence }) => Number(sequence)))
      const upTo = Sequence.make(Math.min(cursor.position, head))
      let position = noEvents
      while (position < upTo) {
        const page = yield* store.readPage({ after: position, upTo })
        compare(page.events, yield* selectRows(connection, position, page.position), refused, faults)
        position = page.position
        yield* yieldToEventLoop
      }
      const beyond = yield* connection.query("SELECT count(*)::DOUBLE FROM events WHERE sequence > $upTo", { upTo })
      const rowsBeyond = Number(beyond.getRowsJS()[0]?.[0])
      return [
        ...(cursor.position > head ? [`The cursor is at ${cursor.position}, and the log ends at ${head}`] : []),
        ...faults.finish(),
        ...(rowsBeyond > 0 ? [`${rowsBeyond} rows lie beyond the cursor, which is at ${cursor.position}`] : [])
      ]
    })
  )
