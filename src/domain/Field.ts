// Schemas of an aggregate's fields as a body or a form may send them. Events have plain types
// (`Schema.String`): a rule that gets stricter must leave the log readable.
import * as Schema from "effect/Schema"
import * as Text from "./Text.ts"

/** Longest text, in UTF-16 units, and most lines of a list. */
export const maxLength = 200
export const maxLines = 1000

export const text = Text.readable(maxLength).annotations(Text.readableJsonSchema(maxLength))

/** A text without line breaks, as a text area has one per line. */
export const line = text.pipe(
  Schema.filter((line) => !/[\r\n]/.test(line), { message: () => "A line must not have line breaks", jsonSchema: {} })
)
export const lines = Schema.Array(line).pipe(
  Schema.maxItems(maxLines, { message: () => `There may be at most ${maxLines} lines` })
)

/** Whole, and exact as a JSON number. */
export const integer = Schema.Int.pipe(
  Schema.between(Number.MIN_SAFE_INTEGER, Number.MAX_SAFE_INTEGER, {
    message: () => "Expected a whole number, at most 9007199254740991"
  })
)
/** JSON knows no -0. */
export const number = Schema.Finite.pipe(
  Schema.filter((value) => !Object.is(value, -0), { message: () => "Expected a number", jsonSchema: {} })
)
export const flag = Schema.Boolean

const isDay = (text: string) =>
  /^\d{4}-\d{2}-\d{2}$/.test(text) && new Date(`${text}T00:00:00Z`).toJSON()?.startsWith(text) === true

/** `2026-11-25`: a date without a time. */
export const day = Schema.String.pipe(
  Schema.filter(isDay, { message: () => "Expected a day: YYYY-MM-DD", jsonSchema: { format: "date" } })
)

/** The weight of a cached state: the number of items in its arrays. */
export const weight = (state: Readonly<Record<string, unknown>>) =>
  Object.values(state).reduce((sum: number, value) => sum + (Array.isArray(value) ? value.length : 0), 0)
