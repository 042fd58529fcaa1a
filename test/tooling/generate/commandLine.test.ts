// Any command line of `evenstar generate` is refused in one line, or gives a plan of new files.
import { existsSync } from "node:fs"
import { join } from "node:path"
import * as fc from "effect/FastCheck"
import { describe, expect, it } from "vitest"
import { usageError } from "../../../src/tooling/Failed.ts"
import { reservedWords, typeNames } from "../../../src/tooling/generate/fields.ts"
import { planOf } from "../../../src/tooling/generate.ts"
import { engine } from "../../../src/tooling/project.ts"

const place = { root: engine, engine, isCheckout: true }

const odd = [
  "constructor",
  "__proto__",
  "prototype",
  "toString",
  "hasOwnProperty",
  "then",
  "Array",
  "Date",
  "Option",
  "Effect"
]
const name = fc.oneof(
  fc.constantFrom(
    ...odd,
    ...reservedWords,
    "polls",
    "Poll",
    "TodoList",
    "note",
    "BLOG",
    "blog-post",
    "Note2",
    "",
    "é",
    "../Note"
  ),
  fc.stringMatching(/^[A-Za-z][A-Za-z0-9-]{0,60}$/),
  fc.string()
)
const type = fc.oneof({ weight: 9, arbitrary: fc.constantFrom(...typeNames) }, { weight: 1, arbitrary: name })
const field = fc.oneof(
  { weight: 9, arbitrary: fc.tuple(name, type).map((both) => both.join(":")) },
  { weight: 1, arbitrary: name }
)
const option = fc.oneof(
  fc.tuple(fc.constantFrom("--plural", "--event"), name).map((both) => both.join("=")),
  fc.constantFrom("--plural", "--event", "--force", "-x", "--")
)
const kind = fc.constantFrom("projection", "query", "route", "layer", "constructor")
const feature = fc.oneof(fc.constantFrom("polls", "todo"), name)
const args = fc.oneof(
  fc.tuple(fc.constant("aggregate"), name, fc.array(field, { maxLength: 5 })).map(([it, of, all]) => [it, of, ...all]),
  fc.tuple(kind, feature, name),
  fc.array(fc.oneof(name, field, option), { maxLength: 5 }).map((all) => ["aggregate", ...all]),
  fc.array(fc.oneof(kind, name, option), { maxLength: 4 })
)

describe("any command line", () => {
  it("is refused in one line, or gives a plan of new files in the features' folders", () => {
    let plans = 0
    fc.assert(
      fc.property(args, (line) => {
        try {
          const { files } = planOf(line)[0](place)
          plans++
          const paths = files.map(({ path }) => path)
          expect(paths).toEqual([...new Set(paths)])
          for (const path of paths) {
            expect(path).toMatch(/^(src|test)\/features\/[A-Za-z0-9]+\/(golden\/)?[A-Za-z0-9]+(\.\w+)*$/)
            expect(existsSync(join(engine, path))).toBe(false)
          }
        } catch (error) {
          const said = usageError(error)
          if (said === undefined) throw error
          expect(said).toMatch(/^\P{Cc}+$/u)
        }
      }),
      { numRuns: 500 }
    )
    expect(plans).toBeGreaterThan(10)
  }, 60_000)
})
