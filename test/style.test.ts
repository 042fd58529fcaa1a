// Style of comments and identifiers: width, and names that the glossary has retired.
import { execFileSync } from "node:child_process"
import { readFileSync } from "node:fs"
import { describe, expect, it } from "@effect/vitest"

const rooms = ["src/layers", "src/lib", "src/domain"]
const retired =
  /\b(whereThereIsOne|handOn|keepOpen|keepLinked|promptly|impatient|ThisNode|Rung|Asker|EventPump|AssetShelf|FairSeats|lastWords|nextTurn|turnAfter|tooLate|AnswerTo)\b/

const files = execFileSync("git", ["ls-files", ...rooms], { encoding: "utf8" })
  .split("\n")
  .filter((file) => /\.tsx?$/.test(file))
const linesWith = (isFault: (line: string) => boolean) =>
  files.flatMap((file) =>
    readFileSync(file, "utf8")
      .split("\n")
      .flatMap((line, index) => (isFault(line) ? [`${file}:${index + 1}`] : []))
  )

describe("style", () => {
  it("keeps comments within 100 columns", () => {
    expect(linesWith((line) => line.length > 100 && /^\s*(\/\/|\/\*\*|\* )/.test(line))).toEqual([])
  })
  it("uses no retired name", () => {
    expect(linesWith((line) => retired.test(line))).toEqual([])
  })
})
