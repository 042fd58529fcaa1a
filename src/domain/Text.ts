// What text may enter the product: one rule for every way in. A lone surrogate is no character, and a NUL no PostgreSQL takes: an event
// that holds one can't be read by everybody who reads the log, and the log keeps it for ever.
import * as Predicate from "effect/Predicate"
import * as Schema from "effect/Schema"

/** Unicode without lone surrogates, and without U+0000. */
export const isWellFormed = (text: string): boolean => text.isWellFormed() && !text.includes("\0")

/** Whether all texts in a value are, and the names of its fields: as JSON writes it, so that nothing gets past. */
export const isWellFormedThroughout = (value: unknown): boolean => {
  if (typeof value === "string") return isWellFormed(value)
  if (Array.isArray(value)) return value.every(isWellFormedThroughout)
  if (!Predicate.isRecord(value)) return true
  if (typeof value["toJSON"] === "function") return isWellFormedThroughout(value["toJSON"]())
  // A loop: every append passes here.
  for (const name of Object.keys(value)) {
    if (!isWellFormed(name) || !isWellFormedThroughout(value[name])) return false
  }
  return true
}

/** What was taken in before there was the rule: each lone surrogate becomes U+FFFD, as it does in UTF-8. */
export const mended = (text: string): string => text.toWellFormed()

/** In JSON text a lone surrogate is an escape: the log's own encoder leaves no other one escaped. */
const surrogateEscapes = /(?<!\\)((?:\\\\)*)((?:\\u[dD][89a-fA-F][0-9a-fA-F]{2})+)/g
const isPossible = /\\u[dD][89a-fA-F]/

/** JSON text whose lone surrogates have become U+FFFD. All else stays as it was written. */
export const mendedJson = (json: string): string =>
  isPossible.test(json)
    ? mended(json).replace(surrogateEscapes, (_, before: string, escapes: string) => {
        const units = escapes.slice(2).split("\\u")
        return before + mended(String.fromCharCode(...units.map((unit) => Number.parseInt(unit, 16))))
      })
    : mended(json)

/**
 * What shows nothing: white space, controls, what Unicode lets renderers ignore (zero-width characters, marks of direction, fillers,
 * variation selectors, tags), and the characters that are drawn as nothing by what they mean.
 */
const invisible =
  /^[\p{White_Space}\p{Cc}\p{Default_Ignorable_Code_Point}\u2800\ufff9-\ufffb\u{13441}\u{13442}\u{16fe4}\u{1d159}]*$/u

/** As empty to a reader as spaces are. */
export const isBlank = (text: string): boolean => invisible.test(text)

const blank = String.raw`\x00-\x20\x7f-\xa0\xad\u034f\u061c\u115f\u1160\u1680\u17b4\u17b5\u180b-\u180f\u2000-\u200f\u2028-\u202f\u205f-\u206f\u2800\u3000\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufffb`
/** The same without NUL as a pattern of JSON Schema, in what all its readers know: up to U+FFFF. */
export const visiblePattern = String.raw`^[^\x00]*[^${blank}][^\x00]*$`

/** A text that was sent is none that anybody could read, or keep. */
export class MalformedText extends Schema.TaggedError<MalformedText>()("MalformedText", {}) {
  readonly kind = "invalid"
  override get message() {
    return "Text must be Unicode without lone surrogates and without NUL"
  }
}

const isEmpty = { message: () => "Text must not be empty" }

/** Text for readers: trimmed and not blank; 1 to `max` UTF-16 units, the same count as an input's `maxlength`. */
export const readable = (max: number) =>
  Schema.Trim.pipe(
    Schema.minLength(1, isEmpty),
    Schema.filter((text) => !isBlank(text), { ...isEmpty, jsonSchema: {} }),
    Schema.filter(isWellFormed, { message: () => new MalformedText().message, jsonSchema: {} }),
    Schema.maxLength(max, { message: () => `Text must be at most ${max} characters` })
  )

/** The same for a description of the API: what may be sent, which is trimmed then. */
export const readableJsonSchema = (max: number) => ({
  jsonSchema: { type: "string", minLength: 1, maxLength: max, pattern: visiblePattern }
})
