// Decisions and authorization of a sample thing, and the laws of aggregates.
import * as fc from "effect/FastCheck"
import { given, laws } from "evenstar/testing"
import { describe, expect, it } from "vitest"
import { type Command, type SampleThingEvent, sampleThing } from "../../../src/features/sampleThings/SampleThing.ts"
import { changed, details, guest, owner, values } from "./values.ts"

const create: Command = { _tag: "CreateSampleThing", owner: owner.visitorId, values }
const created: SampleThingEvent = { _tag: "SampleThingCreated", ...values, visitorId: owner.visitorId }
const closed: SampleThingEvent = { _tag: "SampleThingClosed" }
const addSampleLines: Command = { _tag: "AddSampleLines", sampleLines: ["Third of sample lines"] }
const removeSampleLines: Command = { _tag: "RemoveSampleLines", sampleLines: ["First of sample lines", "Unknown"] }

describe("a sample thing", () => {
  it("is created once", () => {
    given(sampleThing, []).when(create).then([created])
    given(sampleThing, [created]).when(create).then([])
  })
  it("is changed, and an equal change yields no event", () => {
    const event: SampleThingEvent = { _tag: "SampleThingChanged", ...changed }
    given(sampleThing, [created]).when({ _tag: "ChangeSampleThing", details: changed }).then([event])
    given(sampleThing, [created, event]).when({ _tag: "ChangeSampleThing", details: changed }).then([])
    expect([created, event].reduce(sampleThing.evolve, sampleThing.initial)).toMatchObject(changed)
  })
  it("adds sample lines, and removes existing ones", () => {
    const added: SampleThingEvent = { _tag: "SampleLinesAdded", sampleLines: ["Third of sample lines"] }
    const removed: SampleThingEvent = { _tag: "SampleLinesRemoved", sampleLines: ["First of sample lines"] }
    given(sampleThing, [created]).when(addSampleLines).then([added])
    given(sampleThing, [created]).when(removeSampleLines).then([removed])
    given(sampleThing, [created, removed]).when(removeSampleLines).then([])
    const { sampleLines } = [created, added, removed].reduce(sampleThing.evolve, sampleThing.initial)
    expect(sampleLines).toEqual(["Second of sample lines", "Third of sample lines"])
  })
  it("is closed once, and then refuses changes", () => {
    given(sampleThing, [created]).when({ _tag: "CloseSampleThing" }).then([closed])
    given(sampleThing, [created, closed]).when({ _tag: "CloseSampleThing" }).then([])
    given(sampleThing, [created, closed])
      .when({ _tag: "ChangeSampleThing", details: changed })
      .then("SampleThingIsClosed")
  })
  it("must exist", () => {
    given(sampleThing, []).when({ _tag: "CloseSampleThing" }).then("SampleThingNotFound")
  })
})

describe("access to a sample thing", () => {
  const state = sampleThing.evolve(sampleThing.initial, created)
  it("is refused if it doesn't exist", () => {
    expect(sampleThing.authorize(sampleThing.initial, owner, "read")).toMatchObject({
      left: { _tag: "SampleThingNotFound" }
    })
  })
  it("lets all read, and the owner change and close", () => {
    const owners: ReadonlyArray<Command> = [
      { _tag: "ChangeSampleThing", details },
      // Closing is the owner's too.
      { _tag: "CloseSampleThing" }
    ]
    expect(sampleThing.authorize(state, guest, "read")).toMatchObject({ _tag: "Right" })
    for (const command of owners) {
      expect(sampleThing.authorize(state, owner, command)).toMatchObject({ _tag: "Right" })
      expect(sampleThing.authorize(state, guest, command)).toMatchObject({ left: { _tag: "NotTheOwner" } })
      expect(sampleThing.authorize(state, null, command)).toMatchObject({ left: { _tag: "NotTheOwner" } })
    }
  })
  it("lets all add sample lines, and the owner remove them", () => {
    expect(sampleThing.authorize(state, guest, addSampleLines)).toMatchObject({ _tag: "Right" })
    expect(sampleThing.authorize(state, owner, removeSampleLines)).toMatchObject({ _tag: "Right" })
    expect(sampleThing.authorize(state, guest, removeSampleLines)).toMatchObject({ left: { _tag: "NotTheOwner" } })
  })
})

describe("the laws of sample things", () => {
  const commands = fc.constantFrom<Command>(
    create,
    { _tag: "ChangeSampleThing", details },
    { _tag: "ChangeSampleThing", details: changed },
    addSampleLines,
    removeSampleLines,
    { _tag: "CloseSampleThing" }
  )
  it.each(Object.entries(laws(sampleThing, commands)))("%s", (_, law) => law())
})
