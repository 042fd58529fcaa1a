// Rows that deviate from the log, one fault at a time, and no report without a fault.
import { describe, expect, it } from "@effect/vitest"
import * as Arr from "effect/Array"
import * as Effect from "effect/Effect"
import { LogId, noEvents } from "../../../src/domain/StoredEvent.ts"
import { open } from "../../../src/layers/analytics/Duck.ts"
import * as EventsTable from "../../../src/layers/analytics/EventsTable.ts"
import { differences } from "../../../src/layers/analytics/rowDifferences.ts"
import { EventStore } from "../../../src/layers/eventStore/EventStore.ts"
import { append, event, unvalidatedSqlite } from "../../support.ts"

/** More than one page of the log. */
const head = 2500
const payloads = [{ text: "naïve 👍 \u0000 ' \\ \ud800" }, {}, [1, 2.5], null, "text"]

/** A log of this many events and a table with the same rows. */
const filled = Effect.gen(function* () {
  const store = yield* EventStore
  yield* store.append(
    append("thing", 0, { events: Arr.makeBy(head, (n) => event("Happened", payloads[n % payloads.length])) })
  )
  const { connect } = yield* open(":memory:")
  const connection = yield* connect
  yield* EventsTable.createTables(connection, store.logId)
  const writer = yield* EventsTable.makeWriter(connection)
  for (let position = noEvents; position < head; ) {
    const page = yield* store.readPage({ after: position, upTo: yield* store.head })
    yield* writer.append(page.events)
    position = page.position
  }
  yield* writer.commit
  return { connection, store }
})

const faults = [
  ["of none", "SELECT 1", []],
  ["a missing row", "DELETE FROM events WHERE sequence = 7", ["Event 7 is missing"]],
  ["a missing first row", "DELETE FROM events WHERE sequence = 1", ["Event 1 is missing"]],
  ["a missing last row", "DELETE FROM events WHERE sequence = 2500", ["Event 2500 is missing"]],
  [
    "many missing rows, over more than one page",
    "DELETE FROM events WHERE sequence BETWEEN 900 AND 2100",
    ["Each of the events 900 to 2100 is missing"]
  ],
  ["of all", "DELETE FROM events", ["Each of the events 1 to 2500 is missing"]],
  [
    "a repeated row",
    "INSERT INTO events SELECT events.* FROM events, range(2) WHERE sequence = 1000",
    ["Event 1000 is there 3 times"]
  ],
  [
    "each changed column",
    "UPDATE events SET payload = '{}', occurred_at = occurred_at + INTERVAL 1 MILLISECOND WHERE sequence = 1001",
    ["Event 1001 differs in payload, occurred_at"]
  ],
  [
    "a changed type, version and id",
    "UPDATE events SET aggregate_type = 'x', aggregate_id = 'x', version = 0, event_type = 'x', schema_version = 0 WHERE sequence = 3",
    ["Event 3 differs in aggregate_type, aggregate_id, version, event_type, schema_version"]
  ],
  [
    "adjacent faults",
    "DELETE FROM events WHERE sequence IN (5, 6, 8); UPDATE events SET version = 0 WHERE sequence = 7",
    ["Each of the events 5 to 6 is missing", "Event 7 differs in version", "Event 8 is missing"]
  ],
  [
    "a row that the log does not have",
    "INSERT INTO events SELECT * REPLACE (0 AS sequence) FROM events WHERE sequence = 1",
    ["Event 0 is not in the log"]
  ],
  [
    "a bounded number of differences",
    "DELETE FROM events WHERE sequence % 2 = 0 AND sequence <= 60",
    [...Arr.makeBy(20, (n) => `Event ${2 * (n + 1)} is missing`), "and 10 more"]
  ],
  [
    "a cursor that was set back",
    "UPDATE cursor SET position = 2400",
    ["100 rows lie beyond the cursor, which is at 2400"]
  ],
  [
    "a cursor beyond the head",
    "UPDATE cursor SET position = 3000",
    ["The cursor is at 3000, and the log ends at 2500"]
  ],
  ["rows of another log", "UPDATE cursor SET log_id = 'another'", ["The rows are of another log"]],
  ["rows of another format", "UPDATE cursor SET format = 0", ["There are no rows of this format"]],
  ["a missing cursor", "DELETE FROM cursor", ["There are no rows of this format"]]
] as const

describe("row differences", () => {
  for (const [what, sql, told] of faults) {
    it.scoped(`report ${what}`, () =>
      Effect.gen(function* () {
        const { connection, store } = yield* filled
        yield* connection.run(sql)
        expect(yield* differences(connection, store)).toEqual(told)
      }).pipe(Effect.provide(unvalidatedSqlite()))
    )
  }

  it.scoped("leave the rows unchanged and are reported again", () =>
    Effect.gen(function* () {
      const { connection, store } = yield* filled
      yield* connection.run("DELETE FROM events WHERE sequence = 7")
      const first = yield* differences(connection, store)
      expect([first, yield* differences(connection, store)]).toEqual([first, first])
      const restored = { ...store, logId: LogId.make("another") }
      expect(yield* differences(connection, restored)).toEqual(["The rows are of another log"])
    }).pipe(Effect.provide(unvalidatedSqlite()))
  )
})
