import { createParser, type EventSourceMessage } from "eventsource-parser"
import * as fc from "fast-check"
import { describe, expect, it } from "vitest"
import { encodeFrame } from "../../../src/http/sse/SseFrame.ts"

const parse = (text: string) => {
  const found: Array<EventSourceMessage> = []
  createParser({ onEvent: (event) => found.push(event) }).feed(text)
  return found
}
const specialText = fc.string({ unit: fc.constantFrom("a", ":", " ", "\r", "\n", "\0", "é", "data", "id", "\u2028") })

describe("encodeFrame", () => {
  it("law: no field escapes its frame, and data keeps its line breaks as LF", () => {
    fc.assert(
      fc.property(specialText, specialText, fc.nat(), (event, data, id) => {
        const name = event.replaceAll(/[\r\n\0]/g, "")
        const [message, ...others] = parse(encodeFrame({ event, data, id }))
        expect(others).toEqual([])
        expect(message?.data).toBe(data.replaceAll("\0", "\uFFFD").replaceAll(/\r\n?/g, "\n"))
        expect(message?.id).toBe(`${id}`)
        expect(message?.event ?? "").toBe(name.startsWith(" ") ? name.slice(0) : name)
      })
    )
  })
})
