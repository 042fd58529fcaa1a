// Old payloads stay readable through upcasters.
import { join } from "node:path"
import * as DateTime from "effect/DateTime"
import * as Either from "effect/Either"
import * as FastCheck from "effect/FastCheck"
import * as Schema from "effect/Schema"
import { describe, expect, it } from "vitest"
import * as EventCodec from "../../src/domain/EventCodec.ts"
import { Sequence } from "../../src/domain/StoredEvent.ts"
import { goldenFiles, roundTrip } from "../../src/testing/goldenFiles.ts"

const sequence = Sequence.make(7)
const golden = join(import.meta.dirname, "golden")
/** An aggregate with three schema versions: one item, several items, lines with a quantity. */
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

describe("golden files of an aggregate with upcasters", () => {
  const checks = goldenFiles(join(golden, "order"), order, orderEvents)
  it.each(Object.entries(checks))("%s", (_, check) => check())
})

describe("EventCodec", () => {
  it("law: decoding an encoded event through JSON gives the same event", () => roundTrip(OrderEvent, order))

  it("law: an old payload and its upcast to any later version decode to the same event", () => {
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
    ["the name of an Object.prototype method", { eventType: "toString" }, "no such event type"],
    ["a version from the future", { schemaVersion: 4 }, "newest known schema version is 3"],
    ["a version before the first", { schemaVersion: 0 }, "newest known schema version is 3"],
    ["a version that is not an integer", { schemaVersion: 1.5 }, "newest known schema version is 3"],
    ["a payload that does not fit", { payload: { lines: "tea", paidAt: null } }, 'actual "tea"'],
    ["a payload with another event's tag", { payload: { _tag: "Cancelled", lines: [], paidAt: null } }, "_tag"],
    ["a payload that is not an object", { payload: [] }, "not a JSON object"],
    ["an old payload that is not an object", { payload: null, schemaVersion: 1 }, "not a JSON object"],
    ["an upcaster that throws", { payload: { items: 7 }, schemaVersion: 2 }, "step 2 failed"],
    ["a payload of megabytes", { payload: { lines: "x".repeat(1e6), paidAt: null } }, "xxx"]
  ])("reports %s as undecodable with the reason", (_, damage, reason) => {
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

  it("refuses a schema that is not a union of tagged structs", () => {
    const untagged: Schema.Schema<{ readonly _tag: string }> = Schema.Struct({ _tag: Schema.String })
    expect(() => EventCodec.make(untagged)).toThrow("literal _tag")
  })
})
