// `npm run check` in a small project: it finds a fault of each kind, and passes without them.
import { execFile } from "node:child_process"
import { cpSync, mkdirSync, mkdtempSync, readdirSync, realpathSync, rmSync, symlinkSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { basename, dirname, join } from "node:path"
import { promisify } from "node:util"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { compilerWithEffect } from "../../src/tooling/check.ts"

const root = join(import.meta.dirname, "../..")
const project = realpathSync(mkdtempSync(join(tmpdir(), "evenstar-")))
afterAll(() => rmSync(project, { recursive: true }))

/** Without the cache, which must not keep results of two projects. */
const linkPackages = () => {
  const [from, to] = [join(root, "node_modules"), join(project, "node_modules")]
  mkdirSync(join(to, ".cache/evenstar-check"), { recursive: true })
  for (const name of readdirSync(from)) if (name !== ".cache") symlinkSync(join(from, name), join(to, name))
  const compiler = compilerWithEffect()
  symlinkSync(compiler, join(to, ".cache/evenstar-check", basename(compiler)))
}
const write = (file: string, ...lines: ReadonlyArray<string>) => {
  mkdirSync(dirname(join(project, file)), { recursive: true })
  writeFileSync(join(project, file), `${lines.join("\n")}\n`)
}

const sound = {
  "src/types.ts": ["export const count: number = 1"],
  "src/effects.ts": [
    'import * as Effect from "effect/Effect"',
    "",
    'export const program = Effect.andThen(Effect.log("one"), Effect.log("two"))'
  ],
  "web/page.ts": ["export const width: number = window.innerWidth"],
  "src/lint.ts": ["export const isOne = (count: number) => count === 1"],
  "src/format.ts": ["export const list = [1, 2]"]
}
const faulty: Record<keyof typeof sound, ReadonlyArray<string>> = {
  "src/types.ts": ['export const count: number = "1"'],
  "src/effects.ts": [
    'import * as Effect from "effect/Effect"',
    "",
    "export const program = Effect.gen(function* () {",
    '  Effect.log("one")',
    '  yield* Effect.log("two")',
    "})"
  ],
  "web/page.ts": ["export const width: string = window.innerWidth"],
  "src/lint.ts": ["export const isOne = (count: number) => count == 1"],
  "src/format.ts": ["export const list = [ 1,2 ];"]
}
const writeAll = (files: Readonly<Record<string, ReadonlyArray<string>>>) => {
  for (const [file, lines] of Object.entries(files)) write(file, ...lines)
}

const check = async () => {
  const { NODE_OPTIONS: _, ...env } = process.env
  const program = ["--import", "tsx", "src/tooling/check.ts"]
  return promisify(execFile)(process.execPath, program, { cwd: project, env }).then(
    ({ stdout }) => ({ failed: false, stdout }),
    (error: { readonly stdout: string }) => ({ failed: true, stdout: error.stdout })
  )
}

describe("npm run check", { timeout: 120_000 }, () => {
  beforeAll(() => {
    for (const file of ["package.json", "tsconfig.json", "web/tsconfig.json", "biome.json", "src/tooling/check.ts"]) {
      cpSync(join(root, file), join(project, file))
    }
    write(".gitignore", "node_modules")
    linkPackages()
  })

  it("finds a fault of each kind", async () => {
    writeAll(faulty)
    const { failed, stdout } = await check()
    const found = {
      "type error": /^src\/types\.ts\(1,14\): error TS2322/m,
      "floating Effect": /^src\/effects\.ts\(4,3\): error TS\d+: .*floating/im,
      "type error in the browser's code": /^web\/page\.ts\(1,14\): error TS2322/m,
      lint: /^src\/lint\.ts:1:\d+ lint\/suspicious\/noDoubleEquals/m,
      format: /^src\/format\.ts format/m
    }
    for (const [kind, line] of Object.entries(found)) expect(stdout, kind).toMatch(line)
    expect(stdout.match(/^FAILED: .*(?= \()/gm)?.toSorted()).toEqual([
      "FAILED: format and lint",
      "FAILED: types and Effect's diagnostics",
      "FAILED: types of web/"
    ])
    expect(failed).toBe(true)
  })

  it("passes without them", async () => {
    writeAll(sound)
    const { failed, stdout } = await check()
    expect([stdout, failed]).toEqual([expect.not.stringContaining("FAILED"), false])
    expect(stdout.match(/^ok: /gm)).toHaveLength(3)
  })
})
