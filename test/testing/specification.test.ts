// The given-when-then helper: correct expectations pass, all others throw.
import { describe, expect, it } from "vitest"
import { given } from "../../src/testing/specification.ts"
import { type Counted, counter } from "./counters.ts"

const thing = counter("Thing")
const counted = (by: number): Counted => ({ _tag: "Counted", by })

describe("given, when, then", () => {
  const ofTwo = () => given(thing, [counted(4)]).when({ by: 2 })
  const ofNone = () => given(thing, []).when({ by: 0 })
  const refused = () => given(thing, []).when({ by: 3 })

  it("accepts the actual events, no events or the actual refusal", () => {
    ofTwo().then([counted(2)])
    ofNone().then([])
    refused().then("NotEven")
  })
  it("throws for different, additional or missing events", () => {
    expect(() => ofTwo().then([counted(4)])).toThrow()
    expect(() => ofTwo().then([counted(2), counted(2)])).toThrow()
    expect(() => ofTwo().then([])).toThrow()
    expect(() => ofNone().then([counted(0)])).toThrow()
  })
  it("throws for a refusal of an accepted command and names its events", () => {
    expect(() => ofTwo().then("NotEven")).toThrow('Expected NotEven, and it was done: [{"_tag":"Counted","by":2}]')
    expect(() => ofNone().then("NotEven")).toThrow("Expected NotEven")
  })
  it("throws for events of a refused command and for another refusal", () => {
    expect(() => refused().then([counted(3)])).toThrow()
    expect(() => refused().then([])).toThrow()
    expect(() => refused().then("NotCounted")).toThrow()
  })
})
