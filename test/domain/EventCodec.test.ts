// Old payloads stay readable for ever: each event type has a golden file for each schema version that was ever written.
// A version that is raised needs a new file here; a file that is there is never edited.
import { readdirSync, readFileSync } from "node:fs"
import { basename, join } from "node:path"
import * as Arbitrary from "effect/Arbitrary"
import * as DateTime from "effect/DateTime"
import * as Either from "effect/Either"
import * as FastCheck from "effect/FastCheck"
import * as Schema from "effect/Schema"
import { describe, expect, it } from "vitest"
import * as EventCodec from "../../src/domain/EventCodec.ts"
import { type NewEvent, Sequence, VisitorId } from "../../src/domain/StoredEvent.ts"
import * as TodoList from "../../src/features/todo/TodoList.ts"

const golden = join(import.meta.dirname, "golden")
const sequence = Sequence.make(7)

/** What the log gives back for what an aggregate handed to it. */
const stored = (event: NewEvent): EventCodec.Undecoded => ({
  sequence,
  ...event,
  payload: JSON.parse(JSON.stringify(event.payload))
})

/** An aggregate with a past: one item, then several, then lines with a count. */
const Ordered = Schema.TaggedStruct("Ordered", {
  lines: Schema.Array(Schema.Struct({ item: Schema.String, count: Schema.Int })),
  paidAt: Schema.NullOr(Schema.DateTimeUtc)
})
const OrderEvent = Schema.Union(Ordered, Schema.TaggedStruct("Cancelled", {}))
const Items = Schema.Struct({ items: Schema.Array(Schema.String) })
const order = EventCodec.make(OrderEvent, {
  Ordered: [
    ({ item }) => ({ items: [item] }),
    (payload) => ({
      lines: Schema.decodeUnknownSync(Items)(payload).items.map((item) => ({ item, count: 1 })),
      paidAt: null
    })
  ]
})

const todoId = TodoList.TodoId.make("019ab0f4-7c00-7000-8000-0000000000a1")
const another = TodoList.TodoId.make("019ab0f4-7c00-7000-8000-0000000000a2")
const todoListEvents: Record<string, TodoList.TodoListEvent> = {
  "ListCreated.v1": { _tag: "ListCreated", visitorId: VisitorId.make("6f9619ff-8b86-4d01-b42d-00cf4fc964ff") },
  "ListAccessChanged.v1": { _tag: "ListAccessChanged", access: "read-only" },
  "TodoAdded.v1": { _tag: "TodoAdded", todoId, text: "Buy milk – and “bread” 🍞" },
  "TodoRenamed.v1": { _tag: "TodoRenamed", todoId, text: "Buy oat milk" },
  "TodoCompleted.v1": { _tag: "TodoCompleted", todoIds: [todoId] },
  "TodoCompleted.v2": { _tag: "TodoCompleted", todoIds: [todoId, another] },
  "TodoReopened.v1": { _tag: "TodoReopened", todoIds: [todoId] },
  "TodoReopened.v2": { _tag: "TodoReopened", todoIds: [todoId, another] },
  "TodoDeleted.v1": { _tag: "TodoDeleted", todoIds: [todoId] },
  "TodoDeleted.v2": { _tag: "TodoDeleted", todoIds: [todoId, another] }
}
const orderEvents: Record<string, typeof OrderEvent.Type> = {
  "Ordered.v1": { _tag: "Ordered", lines: [{ item: "tea", count: 1 }], paidAt: null },
  "Ordered.v2": {
    _tag: "Ordered",
    lines: [
      { item: "tea", count: 1 },
      { item: "cake", count: 1 }
    ],
    paidAt: null
  },
  "Ordered.v3": {
    _tag: "Ordered",
    lines: [{ item: "tea", count: 2 }],
    paidAt: DateTime.unsafeMake("2026-01-02T03:04:05Z")
  },
  "Cancelled.v1": { _tag: "Cancelled" }
}

const goldenFiles = <Event>(folder: string, codec: EventCodec.EventCodec<Event>, expected: Record<string, Event>) => {
  const files = readdirSync(folder).filter((name) => name.endsWith(".json"))

  it("there is one for every version of every event type, and for nothing else", () => {
    const written = [...codec.versions].flatMap(([type, current]) =>
      Array.from({ length: current }, (_, i) => `${type}.v${i + 1}.json`)
    )
    expect(files.toSorted()).toEqual(written.toSorted())
  })

  it.each(files)("%s", (file) => {
    const name = basename(file, ".json")
    const [eventType = "", version] = name.split(".v")
    const payload: unknown = JSON.parse(readFileSync(join(folder, file), "utf8"))
    const event = { sequence, eventType, schemaVersion: Number(version), payload }
    const decoded = Either.getOrThrow(codec.decode(event))
    expect(decoded).toEqual(expected[name])
    // The current version is also what is written today.
    if (event.schemaVersion !== codec.versions.get(eventType)) return
    expect(stored(codec.encode(decoded))).toEqual(event)
  })
}

describe("golden files of TodoList", () => goldenFiles(golden, TodoList.codec, todoListEvents))
describe("golden files of an aggregate with upcasters", () => goldenFiles(join(golden, "order"), order, orderEvents))

describe("EventCodec", () => {
  it("law: what was encoded is decoded to the same, by way of JSON", () => {
    const law = <Event, Encoded>(schema: Schema.Schema<Event, Encoded>, codec: EventCodec.EventCodec<Event>) =>
      FastCheck.assert(
        FastCheck.property(Arbitrary.make(schema), (event) => {
          expect(codec.decode(stored(codec.encode(event)))).toEqual(Either.right(event))
        })
      )
    law(TodoList.TodoListEvent, TodoList.codec)
    law(OrderEvent, order)
  })

  it("law: an old payload and the same one brought up to any later version are the same event", () => {
    FastCheck.assert(
      FastCheck.property(FastCheck.string(), (item) => {
        const versions = [{ item }, { items: [item] }, { lines: [{ item, count: 1 }], paidAt: null }]
        const events = versions.map((payload, index) =>
          order.decode({ sequence, eventType: "Ordered", schemaVersion: index + 1, payload })
        )
        const expected = Either.right({ _tag: "Ordered", lines: [{ item, count: 1 }], paidAt: null })
        expect(events).toEqual([expected, expected, expected])
      })
    )
  })

  it.each([
    ["an unknown type", { eventType: "Refunded" }, "no such event type"],
    ["the name of an object's own method", { eventType: "toString" }, "no such event type"],
    ["a version from the future", { schemaVersion: 4 }, "newest known schema version is 3"],
    ["a version before the first", { schemaVersion: 0 }, "newest known schema version is 3"],
    ["a version that is none", { schemaVersion: 1.5 }, "newest known schema version is 3"],
    ["a payload that does not fit", { payload: { lines: "tea", paidAt: null } }, 'actual "tea"'],
    [
      "a payload that says that it is another event",
      { payload: { _tag: "Cancelled", lines: [], paidAt: null } },
      "_tag"
    ],
    ["a payload that is no object", { payload: [] }, "not a JSON object"],
    ["an old payload that is no object", { payload: null, schemaVersion: 1 }, "not a JSON object"],
    ["an upcaster that throws", { payload: { items: 7 }, schemaVersion: 2 }, "step 2 failed"],
    ["a payload of megabytes", { payload: { lines: "x".repeat(1e6), paidAt: null } }, "xxx"]
  ])("%s is undecodable, and says why", (_, damage, reason) => {
    const whole = { sequence, eventType: "Ordered", schemaVersion: 3, payload: { lines: [], paidAt: null } }
    expect(Either.isRight(order.decode(whole))).toBe(true)
    const damaged = { ...whole, ...damage }
    const error = Either.getOrThrow(Either.flip(order.decode(damaged)))
    expect(error).toMatchObject({
      _tag: "EventUndecodable",
      sequence,
      eventType: damaged.eventType,
      schemaVersion: damaged.schemaVersion
    })
    expect(error.message).toContain(reason)
    expect(error.reason.length).toBeLessThanOrEqual(500)
  })

  it("refuses a schema that is no union of tagged structs", () => {
    const untagged: Schema.Schema<{ readonly _tag: string }> = Schema.Struct({ _tag: Schema.String })
    expect(() => EventCodec.make(untagged)).toThrow("literal _tag")
  })
})
