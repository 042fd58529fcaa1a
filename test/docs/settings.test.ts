// docs/settings.md has each setting and its default; docs/routes.md has each analytics query.
import { readFileSync } from "node:fs"
import { join } from "node:path"
import * as ConfigProvider from "effect/ConfigProvider"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import { expect, it } from "vitest"
import { polls } from "../../src/features/polls/index.ts"
import { todo } from "../../src/features/todo/index.ts"
import { stackQueries } from "../../src/layers/analytics/stackQueries.ts"
import { Settings } from "../../src/layers/node/Settings.ts"
import { read, root } from "./documents.ts"

const source = readFileSync(join(root, "src/layers/node/Settings.ts"), "utf8")
const rows = read("docs/settings.md")
  .text.split("\n")
  .filter((line) => line.startsWith("| `"))
  .map((line) => line.split("|").map((cell) => cell.trim()))
const documented = rows.flatMap(([, names = "", byDefault = ""]) =>
  [...names.matchAll(/`([A-Z_]+)`/g)].map(([, name = ""]) => [name, byDefault.replaceAll("`", "")] as const)
)

it("has one row per setting and no others", () => {
  const names = [...source.matchAll(/"([A-Z][A-Z_]+)"/g)].map(([, name = ""]) => name)
  expect(documented.map(([name]) => name).toSorted()).toEqual([...new Set(names)].toSorted())
})

const defaults = new Map(
  Object.entries(
    Effect.runSync(
      Settings.pipe(
        Effect.provide(Settings.layer),
        Effect.withConfigProvider(ConfigProvider.fromMap(new Map<string, string>()))
      )
    )
  )
)
const units = { KiB: 1024, MiB: 1024 ** 2 }
const bytesOf = (text: string) => {
  const [, count = "", unit = ""] = /^(\d+) (\w+)$/.exec(text) ?? []
  const factor = Object.entries(units).find(([name]) => name === unit)?.[1]
  return factor === undefined ? undefined : Number(count) * factor
}

it.each(documented.filter(([, byDefault]) => /^(\d+|\d+ \w+|true|false)$/.test(byDefault)))(
  "%s: %s",
  (name, byDefault) => {
    const value: unknown = defaults.get(
      name.toLowerCase().replace(/_(\w)/g, (_, letter: string) => letter.toUpperCase())
    )
    const expected = Duration.isDuration(value)
      ? Option.getOrThrow(Duration.decodeUnknown(byDefault))
      : typeof value === "number"
        ? (bytesOf(byDefault) ?? Number(byDefault))
        : byDefault === "true"
    expect(value).toEqual(expected)
  }
)

it("docs/routes.md has each analytics query", () => {
  const names = [...Object.values(stackQueries([])), ...todo.queries, ...polls.queries].map(({ name }) => name)
  const row =
    read("docs/routes.md")
      .text.split("\n")
      .find((line) => line.includes("/api/analytics/{query}")) ?? ""
  expect([...row.matchAll(/`([a-z_]+)`/g)].map(([, name]) => name).toSorted()).toEqual(names.toSorted())
})
