// Schemas from a form field's text to a typed value; each takes the schema of the value.
import * as Schema from "effect/Schema"

/** A form sends a text, or a day, as it is. */
export const text = <A>(value: Schema.Schema<A, string>) => value

/** A text area's lines; empty ones are left out. */
export const lines = <A extends ReadonlyArray<string>>(value: Schema.Schema<A, ReadonlyArray<string>>) =>
  Schema.compose(
    Schema.transform(Schema.String, Schema.Array(Schema.String), {
      decode: (text) => text.split(/\r?\n/).filter((line) => line.trim() !== ""),
      encode: (all) => all.join("\n")
    }),
    value
  )

/** What an `<input type="number">` sends. */
export const number = (value: Schema.Schema<number>) => Schema.compose(Schema.NumberFromString, value)

/** A checkbox: a browser sends nothing for one that is not checked. */
export const flag = Schema.transform(Schema.UndefinedOr(Schema.String), Schema.Boolean, {
  decode: (sent) => sent !== undefined,
  encode: (checked) => (checked ? "on" : undefined)
})
