// Values of a sample thing for the tests.
import { anonymousActor } from "evenstar/domain/Account"
import { VisitorId } from "evenstar/domain/StoredEvent"

export const owner = anonymousActor(VisitorId.make("6f9619ff-8b86-4d01-b42d-00cf4fc964ff"))
export const guest = anonymousActor(VisitorId.make("7f9619ff-8b86-4d01-b42d-00cf4fc964ff"))

export const details = {
  sampleName: "First name",
  sampleText: "First sample text",
  sampleInteger: 7,
  sampleNumber: 1.5,
  sampleFlag: true,
  sampleDay: "2026-11-25"
}
export const changed = { ...details, sampleName: "Second name" }
export const values = {
  sampleLines: ["First of sample lines", "Second of sample lines"],
  ...details
}

/** The same values in a browser's form submission. */
export const form = {
  sampleName: "First name",
  sampleText: "First sample text",
  sampleLines: "First of sample lines\r\n\r\nSecond of sample lines\r\n",
  sampleInteger: "7",
  sampleNumber: "1.5",
  sampleFlag: "on",
  sampleDay: "2026-11-25"
}
