// Fields as JSON and as forms send them.
import * as Arbitrary from "effect/Arbitrary"
import * as Either from "effect/Either"
import * as FastCheck from "effect/FastCheck"
import * as Schema from "effect/Schema"
import { describe, expect, it } from "vitest"
import * as Field from "../../src/domain/Field.ts"
import * as FormField from "../../src/http/live/FormField.ts"

const takes = <A, I>(schema: Schema.Schema<A, I>, value: unknown) => {
  const decoded = Schema.decodeUnknownEither(schema)(value)
  return Either.isRight(decoded) ? [decoded.right] : []
}

describe("a field", () => {
  it.each<[string, ReadonlyArray<unknown>]>([
    [" trimmed ", ["trimmed"]],
    ["", []],
    [" \u200b ", []],
    ["x".repeat(Field.maxLength), ["x".repeat(Field.maxLength)]],
    ["x".repeat(Field.maxLength + 1), []]
  ])("of text: %j", (sent, taken) => expect(takes(Field.text, sent)).toEqual(taken))

  it.each<[unknown, ReadonlyArray<unknown>]>([
    [["a", " b "], [["a", "b"]]],
    [[], [[]]],
    [["a\nb"], []],
    [[""], []],
    ["a", []]
  ])("of lines: %j", (sent, taken) => expect(takes(Field.lines, sent)).toEqual(taken))
  it("of lines: at most so many", () => {
    const lines = Array.from({ length: Field.maxLines }, () => "a")
    expect(takes(Field.lines, lines)).toHaveLength(1)
    expect(takes(Field.lines, [...lines, "a"])).toHaveLength(0)
  })

  it.each<[unknown, boolean]>([
    [Number.MAX_SAFE_INTEGER, true],
    [Number.MAX_SAFE_INTEGER + 1, false],
    [-1, true],
    [1.5, false],
    ["1", false]
  ])("of a whole number: %j", (sent, isTaken) => expect(takes(Field.integer, sent)).toEqual(isTaken ? [sent] : []))

  it.each<[unknown, boolean]>([
    [-1.5, true],
    [0, true],
    [-0, false],
    [Number.POSITIVE_INFINITY, false],
    [Number.NaN, false]
  ])("of a number: %j", (sent, isTaken) => expect(takes(Field.number, sent)).toEqual(isTaken ? [sent] : []))

  it.each<[unknown, boolean]>([
    ["2026-02-28", true],
    ["2024-02-29", true],
    ["2026-02-29", false],
    ["2026-13-01", false],
    ["2026-1-1", false],
    ["today", false]
  ])("of a day: %j", (sent, isTaken) => expect(takes(Field.day, sent)).toEqual(isTaken ? [sent] : []))

  it("law: a number stays the same by way of JSON", () =>
    FastCheck.assert(
      FastCheck.property(Arbitrary.make(Schema.Union(Field.number, Field.integer)), (value) => {
        expect(JSON.parse(JSON.stringify(value))).toBe(value)
      })
    ))

  it("weighs what its lists hold", () => {
    expect(Field.weight({ tags: ["a", "b"], links: ["c"], title: "long", count: 7 })).toBe(3)
  })
})

describe("a form's field", () => {
  it("has a line for each text, empty ones left out", () => {
    const lines = FormField.lines(Field.lines)
    expect(takes(lines, "a\r\n\r\n b \n")).toEqual([["a", "b"]])
    expect(takes(lines, "")).toEqual([[]])
  })
  it("is a number or nothing", () => {
    expect(takes(FormField.number(Field.integer), "7")).toEqual([7])
    expect(takes(FormField.number(Field.integer), "7.5")).toEqual([])
    expect(takes(FormField.number(Field.number), "7.5")).toEqual([7.5])
    expect(takes(FormField.number(Field.number), "seven")).toEqual([])
  })
  it("is a flag that is sent where it is set", () => {
    const form = Schema.Struct({ done: FormField.flag })
    expect(takes(form, { done: "on" })).toEqual([{ done: true }])
    expect(takes(form, {})).toEqual([{ done: false }])
  })
})
