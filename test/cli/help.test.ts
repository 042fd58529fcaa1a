import { describe, expect, it } from "vitest"
import { topic } from "../../src/cli/commands.ts"
import { type HelpTopic, helpFor, nameOf } from "../../src/cli/help.ts"

/** What follows the program's name, for itself and for every command in it. */
const paths = (of: HelpTopic, path: ReadonlyArray<string> = []): ReadonlyArray<ReadonlyArray<string>> => [
  path,
  ...(of.subcommands ?? []).flatMap((child) => paths(child, [...path, nameOf(child)]))
]

describe("--help", () => {
  const all = paths(topic)

  it("finds every command", () => {
    expect(all.map((path) => path.join(" "))).toEqual(
      expect.arrayContaining(["", "demo", "sql", "analytics", "analytics verify", "migrate-log", "bus", "bus forward"])
    )
  })

  it.each(all.map((path) => [["evenstar", ...path].join(" "), path] as const))("%s", (name, path) => {
    const text = helpFor(topic, [...path, "--help"]) ?? ""
    expect(text).toMatch(new RegExp(`^USAGE\\n {2}${name}( [[<].*)?\\n`))
    expect(text).toMatch(/\nDESCRIPTION\n {2}\S/)
    expect(text).not.toContain("\u001b")
    for (const line of text.split("\n")) expect(line.length, line).toBeLessThanOrEqual(80)
  })

  it("says for each command what it does", () => {
    const text = helpFor(topic, ["-h"]) ?? ""
    for (const path of all.slice(1)) {
      const isGroup = all.some((other) => other.length > path.length && path.every((it, i) => other[i] === it))
      if (!isGroup) expect(text).toMatch(new RegExp(`^  ${path.join(" ")} +\\S.*`, "m"))
    }
  })

  it("is not meant by an argument after --", () => {
    expect(helpFor(topic, ["sql", "--", "--help"])).toBeUndefined()
    expect(helpFor(topic, [])).toBeUndefined()
  })
})
