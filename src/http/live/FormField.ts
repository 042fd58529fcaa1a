// Schemas from a form field's text to a typed value; each takes the schema of the value.
import * as Schema from "effect/Schema"

/** A text or a day; the form's value is used unchanged. */
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

/** The value of an `<input type="number">`. */
export const number = (value: Schema.Schema<number>) => Schema.compose(Schema.NumberFromString, value)

/** A checkbox: a browser sends nothing for one that is not checked. */
export const flag = Schema.transform(Schema.UndefinedOr(Schema.String), Schema.Boolean, {
  decode: (sent) => sent !== undefined,
  encode: (checked) => (checked ? "on" : undefined)
})
