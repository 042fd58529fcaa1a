// Parses fields of the command line: `question:text options:text[]`.
import { Failed } from "../Failed.ts"
import { camel, type Words, wordsOf } from "./names.ts"

/** Field types, and the last word of each type's example field in the templates. */
const types = {
  text: "text",
  "text[]": "lines",
  integer: "integer",
  number: "number",
  boolean: "flag",
  date: "day"
} as const
export type Kind = (typeof types)[keyof typeof types]
export const typeNames = Object.keys(types)
export const kinds = Object.values(types)

export interface Field {
  readonly name: Words
  readonly kind: Kind
}

const isType = (text: string): text is keyof typeof types => Object.hasOwn(types, text)

/** Of JavaScript and TypeScript; an object with `then` passes for a promise. */
export const reservedWords = new Set(
  (
    "abstract any arguments as asserts async await boolean break case catch class const constructor continue debugger declare " +
    "default delete do else enum eval export extends false finally for from function get global if implements import in " +
    "infer instanceof interface is keyof let module namespace never new null number object of package private protected " +
    "prototype public readonly require return set static string super switch symbol then this throw true try type typeof " +
    "undefined unique unknown using var void while with yield"
  ).split(" ")
)

/** Other names in states, bodies and forms, and members of every object. */
const taken = new Set(
  (
    "exists owner closed id version sequence visitorId idempotencyKey error " +
    "hasOwnProperty isPrototypeOf propertyIsEnumerable toLocaleString toString valueOf"
  ).split(" ")
)

export const fieldsOf = (texts: ReadonlyArray<string>): ReadonlyArray<Field> => {
  const fields = texts.map((text): Field => {
    const [name = "", type, ...more] = text.split(":")
    if (type === undefined || more.length > 0)
      throw new Failed(
        `A field is NAME:TYPE, as in question:text, and not ${text}; the types are ${typeNames.join(", ")}`
      )
    if (!/^[a-z][A-Za-z0-9]{0,49}$/.test(name)) throw new Failed(`A field's name is like dueDay, and not ${name}`)
    if (!isType(type)) throw new Failed(`There is no type ${type}; the types are ${typeNames.join(", ")}`)
    if (reservedWords.has(name)) throw new Failed(`A field can't be called ${name}: it is a reserved word`)
    if (taken.has(name)) throw new Failed(`A field can't be called ${name}: every aggregate has that already`)
    return { name: wordsOf(name), kind: types[type] }
  })
  const names = fields.map(({ name }) => camel(name))
  const twice = names.find((name, index) => names.indexOf(name) !== index)
  if (twice !== undefined) throw new Failed(`The field ${twice} is given twice`)
  return fields
}
