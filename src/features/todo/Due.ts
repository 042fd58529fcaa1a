// When a todo is due: a point in time, given with any offset (RFC 3339) and kept in UTC.
import * as Either from "effect/Either"
import * as ParseResult from "effect/ParseResult"
import * as Schema from "effect/Schema"

const rfc3339 = /^(\d{4}-\d\d-\d\d)t(\d\d:\d\d:\d\d(?:\.\d+)?)(z|[+-]\d\d:\d\d)$/i

/** In UTC with milliseconds; undefined unless RFC 3339, of an existing day, up to year 9999. */
export const utcOf = (text: string): string | undefined => {
  const [, day = "", time = "", offset = ""] = rfc3339.exec(text) ?? []
  // `Date` moves 30 February to March.
  const isDay = new Date(`${day}T00:00:00Z`).getTime()
  if (Number.isNaN(isDay) || !new Date(isDay).toISOString().startsWith(day)) return undefined
  const at = new Date(`${day}T${time}${offset.toUpperCase()}`)
  if (Number.isNaN(at.getTime())) return undefined
  const utc = at.toISOString()
  return /^\d{4}-/.test(utc) ? utc : undefined
}

/** Null for a todo that has no time. */
export const Due = Schema.transformOrFail(
  Schema.NullOr(Schema.String.annotations({ jsonSchema: { type: "string", format: "date-time" } })),
  Schema.NullOr(Schema.String),
  {
    strict: true,
    decode: (text, _, ast) => {
      const utc = text === null ? null : utcOf(text)
      return utc === undefined
        ? Either.left(new ParseResult.Type(ast, text, "Expected a time such as 2026-12-01T09:00:00Z, or null"))
        : Either.right(utc)
    },
    encode: (text) => Either.right(text)
  }
)
