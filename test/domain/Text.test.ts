import * as Either from "effect/Either"
import * as Schema from "effect/Schema"
import * as fc from "fast-check"
import { describe, expect, it } from "vitest"
import {
  isBlank,
  isWellFormed,
  isWellFormedThroughout,
  toWellFormedJson,
  visiblePattern
} from "../../src/domain/Text.ts"
import { TodoText } from "../../src/features/todo/TodoList.ts"

const decode = Schema.decodeUnknownEither(TodoText)
const any = fc.string({ unit: "binary" })
/** UTF-16 code units, including lone surrogates. */
const units = fc
  .array(fc.oneof(fc.integer({ min: 0xd7ff, max: 0xe000 }), fc.integer({ min: 0, max: 0xffff })))
  .map((codes) => String.fromCharCode(...codes))

/** By their Unicode names. */
const blanks = {
  "Unicode white space": "\u0009\u000a\u000b\u000c\u000d \u0085\u00a0\u1680\u2000\u2009\u2028\u2029\u202f\u205f\u3000",
  "a NUL": "\0",
  controls: "\u0001\u001f\u007f\u0080\u009f",
  "zero-width": "\u200b\u200c\u200d\u2060\ufeff",
  "directional marks": "\u200e\u200f\u061c",
  "embeddings and isolates": "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069",
  "invisible operators": "\u2061\u2062\u2063\u2064\u206a\u206f",
  "Hangul fillers": "\u115f\u1160\u3164\uffa0",
  "Braille blank": "\u2800",
  "soft hyphen": "\u00ad",
  "combining grapheme joiner": "\u034f",
  "Khmer inherent vowels": "\u17b4\u17b5",
  "Mongolian selectors": "\u180b\u180c\u180d\u180e\u180f",
  "variation selectors": "\ufe00\ufe0f\u{e0100}\u{e01ef}",
  "tag characters": "\u{e0001}\u{e0041}\u{e007f}",
  "musical and shorthand controls": "\u{1d173}\u{1d17a}\u{1bca0}\u{1d159}",
  "interlinear annotation": "\ufff9\ufffa\ufffb",
  "blank characters of other scripts": "\u{13441}\u{13442}\u{16fe4}"
}
const blank = fc.string({ unit: fc.constantFrom(...[...Object.values(blanks).join("")]) })

describe("Text", () => {
  it.each(Object.entries(blanks))("rejects text of nothing but %s, each character alone as well", (_, text) => {
    for (const it of [text, ...text, ` ${text} `]) {
      expect(isBlank(it)).toBe(true)
      expect(String(Either.getLeft(decode(it)))).toContain("Text must not be empty")
    }
  })

  it("law: rejects blank text, and text with a visible character is not blank", () => {
    fc.assert(
      fc.property(blank, fc.constantFrom("a", "é", "字", ".", "👍", "א", "́", "\u0600"), blank, (one, seen, other) => {
        expect(Either.isLeft(decode(one + other))).toBe(true)
        expect(isBlank(one + seen + other)).toBe(false)
      })
    )
  })

  it.each(["👩‍👩‍👧‍👦", "❤️", "نمی‌خواهم", "a\u00adb", "🏴\u{e0067}\u{e0062}\u{e007f}", "\u200fשלום\u200f", "x\u0085y"])(
    "keeps visible text unchanged: %j",
    (text) => expect(decode(` ${text}\n`)).toEqual(Either.right(text))
  )

  it("law: accepted text is trimmed, well-formed, without NUL and 1 to 500 UTF-16 units long", () => {
    fc.assert(
      fc.property(fc.oneof(any, units, blank), (text) => {
        const taken = decode(text)
        const trimmed = text.trim()
        const isRight = isWellFormed(text) && !isBlank(text) && trimmed.length <= 500
        expect(taken).toEqual(isRight ? Either.right(trimmed) : expect.objectContaining({ _tag: "Left" }))
      })
    )
  })

  it("is measured in UTF-16 units", () => {
    expect(Either.isRight(decode("👍".repeat(250)))).toBe(true)
    expect(Either.isLeft(decode("👍".repeat(251)))).toBe(true)
  })
})

describe("well-formed text", () => {
  it.each(["\ud800", "a\udc00", "\udc00\ud800", "\0", "a\0b"])("excludes %j anywhere", (text) => {
    for (const value of [text, [text], { a: { b: [1, text] } }, { [text]: 1 }, { toJSON: () => text }]) {
      expect(isWellFormedThroughout(value)).toBe(false)
    }
  })

  it("law: a value is well-formed when its JSON has no surrogate escape and no NUL", () => {
    fc.assert(
      fc.property(fc.jsonValue({ stringUnit: "binary" }), units, (value, text) => {
        const all = { value, text }
        const texts: Array<string> = []
        JSON.stringify(all, (name, it) => {
          texts.push(name, ...(typeof it === "string" ? [it] : []))
          return it
        })
        expect(isWellFormedThroughout(all)).toBe(texts.every(isWellFormed))
      })
    )
  })

  it("law: repairs JSON to its UTF-8 form and leaves valid JSON unchanged", () => {
    fc.assert(
      fc.property(fc.array(fc.oneof(units, any, fc.constantFrom("\\ud800", "\\\\ud800", "\\", "\\u"))), (texts) => {
        const json = JSON.stringify({ texts })
        expect(JSON.parse(toWellFormedJson(json))).toEqual({ texts: texts.map((it) => it.toWellFormed()) })
        if (texts.every((it) => it.isWellFormed())) expect(toWellFormedJson(json)).toBe(json)
      })
    )
    expect(toWellFormedJson('{"a":"\\ud83d\\ude00 \\uD83D\\uDE00"}')).toBe('{"a":"😀 😀"}')
  })

  it("has an OpenAPI pattern that agrees with isBlank up to U+FFFF", () => {
    const described = new RegExp(visiblePattern, "u")
    const isSurrogate = (code: number) => code >= 0xd800 && code <= 0xdfff
    const differing = Array.from({ length: 0x10000 }, (_, code) => code).filter((code) => {
      const text = String.fromCharCode(code)
      return !isSurrogate(code) && described.test(text) === isBlank(text)
    })
    expect(differing).toEqual([])
    for (const text of ["a\0", "\0a", "a\0a", "", " \u200b\n"])
      expect([text, described.test(text)]).toEqual([text, false])
    for (const text of [" a ", "\u200ba", "a\nb", "\u{1f600}"])
      expect([text, described.test(text)]).toEqual([text, true])
  })
})
