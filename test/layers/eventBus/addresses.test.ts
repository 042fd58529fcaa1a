import * as fc from "fast-check"
import { describe, expect, it } from "vitest"
import {
  allNatsSubjects,
  allZenohKeys,
  escapeToken,
  natsSubject,
  zenohKey
} from "../../../src/layers/eventBus/addresses.ts"

/** Any JavaScript string, with many characters that are special to a bus. */
const texts = fc.oneof(
  fc.string({ unit: fc.integer({ min: 0, max: 0xffff }).map((code) => String.fromCharCode(code)) }),
  fc.string({ unit: fc.constantFrom(..."ab.*>/$#?@%~ \t\r\n\0-_hu1äé\ud800\udc00") }),
  fc.string({ unit: "grapheme" }),
  fc.string({ unit: fc.constantFrom("x", "."), minLength: 60, maxLength: 300 }),
  fc.constantFrom("", "*", ">", "**", "$*", "@a", "%", "%61", "%h", "%uD800")
)
const addresses = fc.record({ aggregateType: texts, aggregateId: texts })
/**
 * How each bus reads subjects: https://docs.nats.io/nats-concepts/subjects, and Zenoh's RFC on key
 * expressions.
 */
const takes = (pattern: string, place: string, separator: string) => {
  const [wanted, given] = [pattern, place].map((it) => it.split(separator))
  return wanted?.length === given?.length && wanted?.every((it, index) => it === "*" || it === given?.[index])
}

describe("addresses", () => {
  it("keep generated ids readable and percent-encode the rest", () => {
    const id = "0198c2a4-7b1e-7c3d-9f00-5a2b3c4d5e6f"
    expect(natsSubject({ aggregateType: "TodoList", aggregateId: id })).toBe(`evenstar.events.TodoList.${id}`)
    expect(zenohKey({ aggregateType: "TodoList", aggregateId: "a/b ä" })).toBe(
      "evenstar/events/TodoList/a%2Fb%20%C3%A4"
    )
    expect(["", "\ud800", "😀", ">"].map(escapeToken)).toEqual(["%", "%uD800", "%F0%9F%98%80", "%3E"])
  })

  it("encode any text as one short token without special characters", () => {
    fc.assert(
      fc.property(texts, (text) => {
        expect(escapeToken(text)).toMatch(/^[A-Za-z0-9_%-]{1,200}$/)
      }),
      { numRuns: 2000 }
    )
    expect(escapeToken("x".repeat(1_000_000)).length).toBeLessThan(50)
  })

  it("encode distinct texts as distinct tokens", () => {
    fc.assert(
      fc.property(texts, texts, (one, other) => {
        expect(escapeToken(one) === escapeToken(other)).toBe(one === other)
        // Also for tokens as texts, and texts that look like tokens.
        expect(escapeToken(escapeToken(one)) === escapeToken(one)).toBe(/^[\w-]{1,200}$/.test(one))
      }),
      { numRuns: 2000 }
    )
  })

  it("give each aggregate its own subject and match all with one wildcard", () => {
    fc.assert(
      fc.property(addresses, addresses, (one, other) => {
        const isSame = one.aggregateType === other.aggregateType && one.aggregateId === other.aggregateId
        expect(takes(natsSubject(one), natsSubject(other), ".")).toBe(isSame)
        expect(takes(zenohKey(one), zenohKey(other), "/")).toBe(isSame)
        expect(takes(allNatsSubjects, natsSubject(other), ".")).toBe(true)
        expect(takes(allZenohKeys, zenohKey(other), "/")).toBe(true)
      }),
      { numRuns: 2000 }
    )
  })
})
