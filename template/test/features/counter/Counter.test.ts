// Decisions of a counter, the laws of aggregates, and golden files.
import { join } from "node:path"
import * as fc from "effect/FastCheck"
import { VisitorId } from "evenstar/domain/StoredEvent"
import { given, goldenFiles, laws, roundTrip } from "evenstar/testing"
import { describe, it } from "vitest"
import { type Command, CounterEvent, counter } from "../../../src/features/counter/Counter.ts"

const owner = VisitorId.make("6f9619ff-8b86-4d01-b42d-00cf4fc964ff")
const created: CounterEvent = { _tag: "CounterCreated", visitorId: owner, name: "Cups of tea" }
const counted = (by: 1 | -1): CounterEvent => ({ _tag: "Counted", by })
const count = (by: 1 | -1): Command => ({ _tag: "Count", by })
const create: Command = { _tag: "CreateCounter", owner, name: "Cups of tea" }

describe("a counter", () => {
  it("is created once", () => {
    given(counter, []).when(create).then([created])
    given(counter, [created]).when(create).then([])
  })
  it("counts up, and down to 0", () => {
    given(counter, [created])
      .when(count(1))
      .then([counted(1)])
    given(counter, [created, counted(1)])
      .when(count(-1))
      .then([counted(-1)])
    given(counter, [created]).when(count(-1)).then("CounterAtZero")
  })
  it("must exist", () => {
    given(counter, []).when(count(1)).then("CounterNotFound")
  })
})

describe("the laws of aggregates", () => {
  const command = fc.constantFrom<Command>(create, count(1), count(-1))
  it.each(Object.entries(laws(counter, command)))("%s", (_, law) => law())
  it("an event is read as it was written", () => roundTrip(CounterEvent, counter.codec))
})

describe("golden files", () => {
  const files = goldenFiles(join(import.meta.dirname, "golden"), counter.codec, {
    "CounterCreated.v1": created,
    "Counted.v1": counted(1)
  })
  it.each(Object.entries(files))("%s", (_, check) => check())
})
