// The helper that specifications are written with: what is so passes, and what is otherwise throws.
import { describe, expect, it } from "vitest"
import { given } from "../../src/testing/specification.ts"
import { type Counted, counter } from "./counters.ts"

const thing = counter("Thing")
const counted = (by: number): Counted => ({ _tag: "Counted", by })

describe("given, when, then", () => {
  const ofTwo = () => given(thing, [counted(4)]).when({ by: 2 })
  const ofNone = () => given(thing, []).when({ by: 0 })
  const refused = () => given(thing, []).when({ by: 3 })

  it("takes the events, no event and the refusal that there are", () => {
    ofTwo().then([counted(2)])
    ofNone().then([])
    refused().then("NotEven")
  })
  it("throws at other events, at more and at fewer", () => {
    expect(() => ofTwo().then([counted(4)])).toThrow()
    expect(() => ofTwo().then([counted(2), counted(2)])).toThrow()
    expect(() => ofTwo().then([])).toThrow()
    expect(() => ofNone().then([counted(0)])).toThrow()
  })
  it("throws at a refusal of what is done, and says what was done", () => {
    expect(() => ofTwo().then("NotEven")).toThrow('Expected NotEven, and it was done: [{"_tag":"Counted","by":2}]')
    expect(() => ofNone().then("NotEven")).toThrow("Expected NotEven")
  })
  it("throws at events of what is refused, and at another refusal", () => {
    expect(() => refused().then([counted(3)])).toThrow()
    expect(() => refused().then([])).toThrow()
    expect(() => refused().then("NotCounted")).toThrow()
  })
})
