import * as fc from "fast-check"
import { describe, expect, it } from "vitest"
import type { StoredEvent } from "../../../src/domain/StoredEvent.ts"
import type { HeadAdvanced } from "../../../src/layers/eventBus/EventBus.ts"
import { decodeBusMessage, encodeMessages, encodeNotice, type Notice } from "../../../src/layers/eventBus/wire.ts"
import { event } from "./remoteBusContract.ts"

const origin = { log: 'a "log"', from: "here" }
const remoteOrigin = { ...origin, from: "there" }
const events = fc
  .array(fc.string({ unit: "binary", maxLength: 400 }), { minLength: 1, maxLength: 30 })
  .map((texts) => texts.map((text, index) => event(index + 1, "a", { text })))

describe("wire format", () => {
  it("carries events unchanged in bounded messages and announces only the head for larger ones", () => {
    fc.assert(
      fc.property(events, fc.integer({ min: 300, max: 2000 }), (said, maxBytes) => {
        const messages = encodeMessages(origin, said, maxBytes)
        for (const message of messages) expect(Buffer.byteLength(message)).toBeLessThanOrEqual(maxBytes)
        const heard = messages.flatMap((message): ReadonlyArray<StoredEvent | HeadAdvanced | Notice> => {
          const decoded = decodeBusMessage(remoteOrigin, message) ?? []
          return "_tag" in decoded ? [decoded] : decoded
        })
        const sequenceOf = (it: StoredEvent | HeadAdvanced | Notice) =>
          "upTo" in it ? it.upTo : "sequence" in it ? it.sequence : undefined
        expect(heard.map(sequenceOf)).toEqual(said.map(({ sequence }) => sequence))
        for (const it of heard) if (!("_tag" in it)) expect(it).toEqual(said[it.sequence - 1])
      })
    )
  })

  it("carries notices in bounded messages and leaves out what fits into none", () => {
    const items = [...Array.from({ length: 100 }, (_, index) => [`page ${index}`, 1, []]), "x".repeat(600)]
    const messages = encodeNotice(origin, "presence", items, 500)
    for (const message of messages) expect(Buffer.byteLength(message)).toBeLessThanOrEqual(500)
    const heard = messages.map((message) => decodeBusMessage(remoteOrigin, message))
    expect(heard.flatMap((it) => (it !== undefined && "items" in it ? it.items : []))).toEqual(items.slice(0, 100))
    expect(heard[0]).toMatchObject({ _tag: "Notice", topic: "presence", from: "here" })
    expect(messages.map((message) => decodeBusMessage(origin, message) ?? "own")).toEqual(messages.map(() => "own"))
  })

  it("packs many events into few messages", () => {
    const said = Array.from({ length: 100 }, (_, index) => event(index + 1))
    expect(encodeMessages(origin, said, 7999).length).toBeLessThan(5)
  })

  it("ignores messages of this node, another log or another version, and invalid ones", () => {
    const [message = ""] = encodeMessages(origin, [event(1)], 7999)
    expect(decodeBusMessage(remoteOrigin, message)).toHaveLength(1)
    expect(decodeBusMessage(origin, message)).toBeUndefined()
    expect(decodeBusMessage({ ...remoteOrigin, log: "another" }, message)).toBeUndefined()
    const [head = "", ...rest] = message.split(",")
    expect(decodeBusMessage(remoteOrigin, [head.replace("1", "2"), ...rest].join(","))).toBeUndefined()
    // Own messages are recognized in any order of fields.
    expect(
      decodeBusMessage(origin, JSON.stringify(Object.fromEntries(Object.entries(JSON.parse(message)).reverse())))
    ).toBeUndefined()
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.json()), fc.nat(message.length - 1), (text, at) => {
        expect(decodeBusMessage(remoteOrigin, text)).toBeUndefined()
        expect(decodeBusMessage(remoteOrigin, message.slice(0, at))).toBeUndefined()
      })
    )
  })
})
