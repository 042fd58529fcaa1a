// Stored events, in every schema version.
import { join } from "node:path"
import { goldenFiles, roundTrip } from "evenstar/testing"
import { describe, it } from "vitest"
import { SampleThingEvent, sampleThing } from "../../../src/features/sampleThings/SampleThing.ts"
import { changed, owner, values } from "./values.ts"

const expected: Record<string, SampleThingEvent> = {
  "SampleThingCreated.v1": { _tag: "SampleThingCreated", ...values, visitorId: owner.visitorId },
  "SampleThingChanged.v1": { _tag: "SampleThingChanged", ...changed },
  "SampleLinesAdded.v1": { _tag: "SampleLinesAdded", sampleLines: ["Third of sample lines"] },
  "SampleLinesRemoved.v1": { _tag: "SampleLinesRemoved", sampleLines: ["First of sample lines"] },
  "SampleThingClosed.v1": { _tag: "SampleThingClosed" }
}

describe("golden files of sample things", () => {
  const checks = goldenFiles(join(import.meta.dirname, "golden"), sampleThing.codec, expected)
  it.each(Object.entries(checks))("%s", (_, check) => check())
})

it("law: an event that is encoded and stored is decoded to the same event", () =>
  roundTrip(SampleThingEvent, sampleThing.codec))
