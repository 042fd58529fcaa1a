// The rule of imports (ARCHITECTURE.md) for all modules under src: one direction and no cycle. Type
// imports and dynamic imports count too.
import { readdirSync, readFileSync } from "node:fs"
import { dirname, join, normalize, sep } from "node:path"
import ts from "typescript"
import { describe, expect, it } from "vitest"

interface Import {
  readonly from: string
  readonly to: string
  readonly isDynamic: boolean
}

/** The modules that a source imports: packages by name, files by their path from the root. */
const importsOf = (file: string, text: string): ReadonlyArray<Import> => {
  const found: Array<Import> = []
  const add = (specifier: ts.Node | undefined, isDynamic: boolean) => {
    if (specifier === undefined || !ts.isStringLiteralLike(specifier)) return
    const name = specifier.text
    const to = name.startsWith(".") ? normalize(join(dirname(file), name)).replaceAll(sep, "/") : name
    found.push({ from: file, to, isDynamic })
  }
  const visit = (node: ts.Node): void => {
    if (ts.isImportDeclaration(node) || ts.isExportDeclaration(node)) add(node.moduleSpecifier, false)
    else if (ts.isImportTypeNode(node) && ts.isLiteralTypeNode(node.argument)) add(node.argument.literal, false)
    else if (ts.isExternalModuleReference(node)) add(node.expression, false)
    else if (ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword) {
      add(node.arguments[0], true)
    }
    ts.forEachChild(node, visit)
  }
  visit(ts.createSourceFile(file, text, ts.ScriptTarget.Latest, false))
  return found
}

/**
 * The area of a module: its folder of src. Beside the folders are `main.ts` and the modules that
 * compose and launch the application.
 */
const areaOf = (file: string) => {
  const [, folder = "", ...rest] = file.split("/")
  if (folder === "main.ts") return "main"
  return rest.length === 0 ? "application" : folder
}
const isInside = (file: string) => file.startsWith("src/")
const featureOf = (file: string) => /^src\/features\/([^/]+)\//.exec(file)?.[1]

/** The areas from which an area may import. */
const below: Readonly<Record<string, ReadonlyArray<string>>> = {
  lib: ["lib"],
  domain: ["domain"],
  testing: ["testing", "application", "http", "layers", "domain", "lib"],
  layers: ["layers", "domain", "lib"],
  http: ["http", "layers", "domain", "lib"],
  features: ["features", "http", "layers", "domain", "lib"],
  cli: ["cli", "application", "http", "layers", "domain", "lib"],
  tooling: ["tooling", "layers", "domain", "lib"],
  application: ["application", "features", "http", "layers", "domain", "lib"],
  main: ["application", "features", "http", "layers", "domain", "lib"]
}

/** The server does not load the code of commands: this one upward import is dynamic. */
const isCommandImport = ({ from, isDynamic, to }: Import) =>
  isDynamic && ["main", "application"].includes(areaOf(from)) && areaOf(to) === "cli"

/** Why an import is forbidden, or undefined. */
const fault = (it: Import): string | undefined => {
  const { from, to } = it
  const area = areaOf(from)
  if (!isInside(to)) {
    const isPure = area !== "domain" || to === "effect" || to.startsWith("effect/")
    return isPure ? undefined : `${from} → ${to}: domain imports no package but effect`
  }
  if (isCommandImport(it)) return undefined
  if (!(below[area] ?? []).includes(areaOf(to))) return `${from} → ${to}: ${area} doesn't import ${areaOf(to)}`
  const [own, other] = [featureOf(from), featureOf(to)]
  const isForeign = own !== undefined && other !== undefined && own !== other
  return isForeign ? `${from} → ${to}: a feature doesn't import another` : undefined
}

/** A shortest cycle through each import that closes one, once per set of files. */
const circles = (imports: ReadonlyArray<Import>): ReadonlyArray<string> => {
  const graph = new Map<string, Set<string>>()
  for (const { from, to } of imports) graph.set(from, (graph.get(from) ?? new Set()).add(to))
  /** Breadth first, for the shortest report. */
  const wayBack = (start: string): ReadonlyArray<string> | undefined => {
    const ways: Array<ReadonlyArray<string>> = [[start]]
    const seen = new Set<string>()
    for (const way of ways) {
      for (const next of graph.get(way.at(-1) ?? start) ?? []) {
        if (next === start) return [...way, start]
        if (seen.has(next)) continue
        seen.add(next)
        ways.push([...way, next])
      }
    }
    return undefined
  }
  const found = new Map<string, string>()
  for (const file of graph.keys()) {
    const way = wayBack(file)
    if (way === undefined) continue
    const members = [...new Set(way)].sort().join()
    if (!found.has(members)) found.set(members, way.join(" → "))
  }
  return [...found.values()]
}

const root = join(import.meta.dirname, "..")
const files = readdirSync(join(root, "src"), { recursive: true, encoding: "utf8" })
  .filter((file) => /\.tsx?$/.test(file))
  .map((file) => `src/${file.replaceAll(sep, "/")}`)
const imports = files.flatMap((file) => importsOf(file, readFileSync(join(root, file), "utf8")))

describe("modules under src", () => {
  it("import existing files", () => {
    const known = new Set(files)
    const missing = imports.filter(({ to }) => isInside(to) && /\.tsx?$/.test(to) && !known.has(to))
    expect(missing).toEqual([])
    expect(files.map(areaOf).filter((area) => !Object.hasOwn(below, area))).toEqual([])
  })

  it("import in one direction", () => {
    expect(imports.flatMap((it) => fault(it) ?? [])).toEqual([])
  })

  it("have no import cycle", () => {
    expect(circles(imports.filter((it) => isInside(it.to) && !isCommandImport(it)))).toEqual([])
  })
})

describe("import rule", () => {
  const ofText = (file: string, ...lines: ReadonlyArray<string>) => importsOf(file, lines.join("\n"))
  const faults = (file: string, ...lines: ReadonlyArray<string>) =>
    ofText(file, ...lines).flatMap((it) => fault(it) ?? [])

  it("detects each kind of import", () => {
    const found = ofText(
      "src/layers/a/A.ts",
      'import type { B } from "./B.ts"',
      'import "../b/C.ts"',
      'export * from "../../lib/d.ts"',
      'export type { E } from "./E.ts"',
      'const load = () => import("./F.ts")',
      'type G = import("./G.ts").G',
      '// import "./no.ts"',
      "const text = 'import \"./no.ts\"'"
    )
    expect(found.map(({ to }) => to.replace(/^src\//, ""))).toEqual([
      "layers/a/B.ts",
      "layers/b/C.ts",
      "lib/d.ts",
      "layers/a/E.ts",
      "layers/a/F.ts",
      "layers/a/G.ts"
    ])
    expect(found.filter(({ isDynamic }) => isDynamic).map(({ to }) => to)).toEqual(["src/layers/a/F.ts"])
  })

  it("names both ends of a forbidden import", () => {
    expect(faults("src/lib/a.ts", 'import { B } from "../domain/B.ts"')).toEqual([
      "src/lib/a.ts → src/domain/B.ts: lib doesn't import domain"
    ])
    expect(faults("src/domain/A.ts", 'import "effect/Effect"', 'import "node:fs"')).toHaveLength(1)
    expect(faults("src/layers/a/A.ts", 'const b = () => import("../../http/B.ts")')).toHaveLength(1)
    expect(faults("src/http/A.ts", 'import "../cli/b.ts"', 'import "../features/b/B.ts"')).toHaveLength(2)
    expect(faults("src/features/a/A.ts", 'import "../b/B.ts"', 'import "./B.ts"', 'import "../C.ts"')).toEqual([
      "src/features/a/A.ts → src/features/b/B.ts: a feature doesn't import another"
    ])
    expect(faults("src/cli/a.ts", 'import "../features/b/B.ts"', 'import "../main.ts"')).toHaveLength(2)
    expect(faults("src/cli/a.ts", 'import "../application.ts"', 'import "../http/B.ts"')).toEqual([])
    expect(faults("src/launch.ts", 'import { a } from "./cli/a.ts"', 'const a = () => import("./cli/a.ts")')).toEqual([
      "src/launch.ts → src/cli/a.ts: application doesn't import cli"
    ])
    expect(faults("src/main.ts", 'import "./launch.ts"', 'import "./features/a/A.ts"')).toEqual([])
  })

  it("reports each shortest cycle once", () => {
    const tag = ofText("src/layers/a/A.ts", 'import * as B from "./B.ts"', 'import "./C.ts"')
    const backend = ofText("src/layers/a/B.ts", 'import type { A } from "./A.ts"')
    const others = ofText("src/layers/a/C.ts", 'import "./B.ts"')
    expect(circles([...tag, ...backend, ...others])).toEqual([
      "src/layers/a/A.ts → src/layers/a/B.ts → src/layers/a/A.ts",
      "src/layers/a/C.ts → src/layers/a/B.ts → src/layers/a/A.ts → src/layers/a/C.ts"
    ])
    expect(circles([...backend, ...others])).toEqual([])
  })
})
