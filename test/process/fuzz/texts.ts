import fc from "fast-check"
import { utf8 } from "./wire.ts"

const specialTexts = [
  "",
  " ",
  "%00",
  "%zz",
  "%",
  "%ff",
  "%c0%af",
  "%ed%a0%80",
  "%2e%2e%2f",
  "..",
  "../../etc/passwd",
  "__proto__",
  "constructor",
  "toString",
  "hasOwnProperty",
  "*",
  ":listId",
  "null",
  "undefined",
  "NaN",
  "-1",
  "0",
  "1e999",
  "9007199254740993",
  "99999999999999999999",
  "'",
  '"',
  "' OR 1=1 --",
  "<script>",
  "{{7*7}}",
  "\\",
  utf8("ключ"),
  utf8("\u2028\u202e\u0000"),
  "\xff\xfe",
  "\xed\xa0\x80",
  utf8("𝒳"),
  "A".repeat(22),
  "A".repeat(43),
  "x".repeat(500),
  "x".repeat(501),
  "x".repeat(5000),
  "00000000-0000-0000-0000-000000000000"
]
export const text = (min: number) =>
  fc
    .array(fc.integer({ min, max: 255 }), { maxLength: 40 })
    .map((all) => String.fromCharCode(...all.filter((code) => min === 0 || code !== 127)))
/** Valid header values, and occasionally any bytes. */
export const bytes = fc.oneof({ arbitrary: text(32), weight: 9 }, text(0))
/** Without characters that would end the request line or one of its words. */
export const word = (text: string) => text.replace(/[\r\n \t]/g, "_")
export const line = (text: string) => text.replace(/[\r\n]/g, " ")
export const invalidTexts = fc.oneof(fc.constantFrom(...specialTexts), bytes)

export const mostly = <A>(usual: fc.Arbitrary<A>, rare: fc.Arbitrary<A>) =>
  fc.oneof({ arbitrary: usual, weight: 11 }, { arbitrary: rare, weight: 1 })
export const texts = fc.oneof(fc.constantFrom("milk", " milk ", "x", ...specialTexts), bytes)

const jsonText = fc.oneof(
  fc.constantFrom(
    '"milk"',
    '"\\ud800"',
    '"\\u0000"',
    '""',
    '" "',
    "null",
    "true",
    "false",
    "7",
    "1e999",
    "-0",
    "NaN",
    "Infinity",
    "0x10",
    "01",
    "[]",
    "{}",
    '{"__proto__":null}',
    '"link"',
    '"read-only"',
    '"private"',
    '"public"',
    `"${"x".repeat(501)}"`,
    `"${"x".repeat(70_000)}"`,
    '"\xff\xfe"',
    "'milk'",
    "[[[[[[]]]]]]"
  ),
  fc.json({ maxDepth: 3 }).map(utf8),
  bytes.map((text) => `"${text}"`)
)
const jsonKeys = ["text", "completed", "access", "__proto__", "constructor", "toString", "", "id", "x", "response"]
const jsonObject = fc
  .array(fc.tuple(fc.constantFrom(...jsonKeys), jsonText), { maxLength: 4 })
  .map((fields) => `{${fields.map(([name, value]) => `"${name}":${value}`).join(",")}}`)
const deep = fc
  .tuple(fc.constantFrom("[", '{"text":', '{"response":'), fc.constantFrom(10, 1000, 10_000))
  .map(([open, levels]) => `${open.repeat(levels)}1${(open === "[" ? "]" : "}").repeat(levels)}`)
export const badJson = fc.oneof(
  jsonObject,
  deep,
  bytes,
  fc.constantFrom(
    "",
    "{",
    '{"text":"milk"',
    '{"text":"milk"}}',
    '\ufeff{"text":"milk"}'.replace("\ufeff", "\xef\xbb\xbf"),
    "[]",
    "7"
  )
)
export const passkey = fc
  .record({
    id: fc.oneof(fc.constantFrom("{passkey}", "", "AAAA"), bytes.map(word)),
    type: fc.constantFrom("public-key", "password"),
    clientDataJSON: fc.constantFrom("{clientData}", "", "e30", "AAAA", "!!!!", "x".repeat(5000)),
    attestationObject: fc.constantFrom("{attestation}", "", "AAAA", "o2NmbXRk", "_____w", "n5-fn5-fn58"),
    authenticatorData: fc.constantFrom("{authenticatorData}", "", "AAAA", "x".repeat(60)),
    signature: fc.constantFrom("{signature}", "", "AAAA", "MEUCIQ")
  })
  .map(({ id, type, ...response }) => JSON.stringify({ id, rawId: id, type, response }))
