// Which text is accepted. Lone surrogates have no UTF-8, PostgreSQL stores no NUL, and the log
// keeps events forever: both are refused at every input.
import * as Predicate from "effect/Predicate"
import * as Schema from "effect/Schema"

/** Unicode without lone surrogates, and without U+0000. */
export const isWellFormed = (text: string): boolean => text.isWellFormed() && !text.includes("\0")

/** True when every string and field name of a value, as JSON writes it, is well-formed. */
export const isWellFormedThroughout = (value: unknown): boolean => {
  if (typeof value === "string") return isWellFormed(value)
  if (Array.isArray(value)) return value.every(isWellFormedThroughout)
  if (!Predicate.isRecord(value)) return true
  if (typeof value["toJSON"] === "function") return isWellFormedThroughout(value["toJSON"]())
  // A loop: on the hot path of every append.
  for (const name of Object.keys(value)) {
    if (!isWellFormed(name) || !isWellFormedThroughout(value[name])) return false
  }
  return true
}

/** Replaces lone surrogates by U+FFFD, for text stored before the check existed. */
export const toWellFormed = (text: string): string => text.toWellFormed()

/** JSON escapes of lone surrogates; the log's encoder escapes no other characters above ASCII. */
const surrogateEscapes = /(?<!\\)((?:\\\\)*)((?:\\u[dD][89a-fA-F][0-9a-fA-F]{2})+)/g
const isPossible = /\\u[dD][89a-fA-F]/

/** Replaces escaped lone surrogates in JSON text by U+FFFD; nothing else changes. */
export const toWellFormedJson = (json: string): string =>
  isPossible.test(json)
    ? toWellFormed(json).replace(surrogateEscapes, (_, before: string, escapes: string) => {
        const units = escapes.slice(2).split("\\u")
        return before + toWellFormed(String.fromCharCode(...units.map((unit) => Number.parseInt(unit, 16))))
      })
    : toWellFormed(json)

/**
 * Invisible text: white space, controls, default-ignorable code points (zero-width characters,
 * direction marks, fillers, variation selectors, tags), and characters drawn as blank.
 */
const invisible =
  /^[\p{White_Space}\p{Cc}\p{Default_Ignorable_Code_Point}\u2800\ufff9-\ufffb\u{13441}\u{13442}\u{16fe4}\u{1d159}]*$/u

/** True for text that renders as nothing. */
export const isBlank = (text: string): boolean => invisible.test(text)

const blank = String.raw`\x00-\x20\x7f-\xa0\xad\u034f\u061c\u115f\u1160\u1680\u17b4\u17b5\u180b-\u180f\u2000-\u200f\u2028-\u202f\u205f-\u206f\u2800\u3000\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufffb`
/** The same as a JSON Schema pattern, limited to the BMP, without NUL. */
export const visiblePattern = String.raw`^[^\x00]*[^${blank}][^\x00]*$`

/** The text contains a lone surrogate or NUL. */
export class MalformedText extends Schema.TaggedError<MalformedText>()("MalformedText", {}) {
  readonly kind = "invalid"
  override get message() {
    return "Text must be Unicode without lone surrogates and without NUL"
  }
}

const isEmpty = { message: () => "Text must not be empty" }

/** Visible text: trimmed, not blank, 1 to `max` UTF-16 units (as `maxlength` counts). */
export const readable = (max: number) =>
  Schema.Trim.pipe(
    Schema.minLength(1, isEmpty),
    Schema.filter((text) => !isBlank(text), { ...isEmpty, jsonSchema: {} }),
    Schema.filter(isWellFormed, { message: () => new MalformedText().message, jsonSchema: {} }),
    Schema.maxLength(max, { message: () => `Text must be at most ${max} characters` })
  )

/** Plain text of any number of lines, or none: trimmed, ended by LF, at most `max` UTF-16 units. */
export const lines = (max: number) =>
  Schema.transform(Schema.String, Schema.String, {
    strict: true,
    decode: (text) => text.replace(/\r\n?/g, "\n").trim(),
    encode: (text) => text
  }).pipe(
    Schema.filter(isWellFormed, { message: () => new MalformedText().message, jsonSchema: {} }),
    Schema.maxLength(max, { message: () => `Text must be at most ${max} characters` })
  )

/** JSON Schema of the untrimmed input, for the OpenAPI document. */
export const readableJsonSchema = (max: number) => ({
  jsonSchema: { type: "string", minLength: 1, maxLength: max, pattern: visiblePattern }
})
