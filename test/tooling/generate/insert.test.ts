// Inserts one line into a feature's index.ts or main.ts; undefined where no place is found.
import { describe, expect, it } from "vitest"
import { addFeature, addPanel, addSection, addToCall, addToList } from "../../../src/tooling/generate/insert.ts"

const feature = (...properties: ReadonlyArray<string>) =>
  ["export const polls = Feature.make({", '  name: "polls",', ...properties.map((it) => `  ${it}`), "})"].join("\n")

describe("part of a feature", () => {
  it("is added to a list", () => {
    expect(addToList(feature("queries: [a]"), "queries", "b")).toBe(feature("queries: [a, b]"))
    expect(addToList(feature("queries: []"), "queries", "b")).toBe(feature("queries: [b]"))
    expect(addToList(feature("queries: [", "  a", "]"), "queries", "b")).toBe(feature("queries: [a, b]"))
    expect(addToList(feature("api"), "queries", "b")).toBe(feature("queries: [b],", "api"))
    expect(addToList(feature("queries,"), "queries", "b")).toBeUndefined()
  })
  it("is added to merged Layers", () => {
    const merge = (text: string) => addToCall(text, "routes", "Layer.mergeAll", "c")
    expect(merge(feature("routes: Layer.mergeAll(a, b),"))).toBe(feature("routes: Layer.mergeAll(a, b, c),"))
    expect(merge(feature("routes: A.layer"))).toBe(feature("routes: Layer.mergeAll(A.layer, c)"))
    expect(merge(feature("api: []"))).toBe(feature("routes: c,", "api: []"))
    expect(merge(feature("routes: make({ a })"))).toBeUndefined()
  })
  it("is added to the start page and to the dashboard", () => {
    expect(addSection(feature("start: startSection,"), "b")).toBe(feature("start: [startSection, b],"))
    expect(addSection(feature("start: [a]"), "b")).toBe(feature("start: [a, b]"))
    expect(addPanel(feature("dashboard: { panels: [a] },"), "b")).toBe(feature("dashboard: { panels: [a, b] },"))
    expect(addPanel(feature("api: []"), "b")).toBe(feature("dashboard: { panels: [b] },", "api: []"))
    expect(addPanel(feature("dashboard,"), "b")).toBeUndefined()
  })
})

describe("feature", () => {
  it("is added to the application", () => {
    const main = 'import { application } from "evenstar"\n\nlaunch(application([a], { name: "x" }))\n'
    expect(addFeature(main, "b", "./features/b/index.ts")).toBe(
      'import { application } from "evenstar"\nimport { b } from "./features/b/index.ts"\n\n' +
        'launch(application([a, b], { name: "x" }))\n'
    )
    expect(addFeature("launch(it)", "b", "./b.ts")).toBeUndefined()
  })
})
