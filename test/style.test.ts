// Style of comments and identifiers: width, names that the glossary has retired, similar names.
import { execFileSync } from "node:child_process"
import { readFileSync } from "node:fs"
import { describe, expect, it } from "@effect/vitest"

const rooms = ["src", "test", "web", "bench", "examples", "generators", "template"]
/** `NodeJS.Signals` is Node's type. Names that are also common words of comments are left out. */
const retired = new RegExp(
  `(?<!NodeJS\\.)\\b(${[
    "whereThereIsOne|handOn|keepOpen|keepLinked|promptly|impatient|gathered|duty|inTurn|patience|patiently",
    "Door|ThisNode|Signals|Rung|Asker|Answer|AnswerTo|EventFeed|EventsFeed|EventsHub|EventStream|EventStreams",
    "EventPump|AssetShelf|FairSeats|lastWords|nextTurn|turnAfter|tooLate|sessionParts|copyIn|laggards?"
  ].join("|")})\\b`
)

const files = execFileSync("git", ["ls-files", ...rooms], { encoding: "utf8" })
  .split("\n")
  .filter((file) => /\.tsx?$/.test(file) && file !== "test/style.test.ts")
  .map((file) => [file, readFileSync(file, "utf8")] as const)
const linesWith = (isFault: (line: string) => boolean) =>
  files.flatMap(([file, text]) =>
    text.split("\n").flatMap((line, index) => (isFault(line) ? [`${file}:${index + 1}`] : []))
  )

const exported =
  /^export (?:declare |abstract |async )*(?:const|let|function\*?|class|interface|type|enum|namespace) (\w+)/gm

/** True if one substitution, insertion or deletion makes the names equal. */
const isOneLetterApart = (one: string, other: string) => {
  const [short, long] = one.length <= other.length ? [one, other] : [other, one]
  if (long.length - short.length > 1) return false
  let at = 0
  while (at < short.length && short[at] === long[at]) at++
  return long.slice(at + 1) === short.slice(long.length === short.length ? at + 1 : at)
}
/** A noun and its plural, or a type and its value: `Poll`, `Polls`, `poll`. */
const isSameNoun = (one: string, other: string) =>
  `${one}s` === other || `${other}s` === one || one.toLowerCase() === other.toLowerCase()

describe("style", () => {
  it("keeps comments within 100 columns", () => {
    const isTooWide = (line: string) =>
      line.length > 100 && /^\s*(\/\/|\/\*\*|\* )/.test(line) && !line.includes("biome-ignore")
    expect(linesWith(isTooWide)).toEqual([])
  })
  it("uses no retired name", () => {
    expect(linesWith((line) => retired.test(line))).toEqual([])
  })
  it("exports no two names that differ by one letter", () => {
    const sources = files.filter(([file]) => file.startsWith("src/"))
    const all = sources.flatMap(([, text]) => [...text.matchAll(exported)].flatMap(([, name]) => name ?? []))
    const names = [...new Set(all)].toSorted()
    const similar = names.flatMap((one, index) =>
      names
        .slice(index + 1)
        .flatMap((other) => (isOneLetterApart(one, other) && !isSameNoun(one, other) ? [`${one}, ${other}`] : []))
    )
    expect(names.length).toBeGreaterThan(500)
    expect(similar).toEqual([])
  })
})
