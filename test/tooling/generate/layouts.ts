// Temporary copies for the generators: this repository's sources, and a template application that
// depends on that copy. Type check, linter and tests run once over both.
import { execFile } from "node:child_process"
import { cpSync, mkdirSync, mkdtempSync, readFileSync, symlinkSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { promisify } from "node:util"
import type { Place } from "../../../src/tooling/generate/plan.ts"
import { writeTemplate } from "../../../src/tooling/template.ts"

const checkout = join(import.meta.dirname, "../../..")
const run = promisify(execFile)

const vitestConfig = `import { defineConfig } from "vitest/config"
export default defineConfig({
  resolve: {
    alias: [
      { find: /^evenstar\\/testing$/, replacement: "ROOT/repository/src/testing/index.ts" },
      { find: /^evenstar\\//, replacement: "ROOT/repository/src/" }
    ]
  },
  test: {
    root: "ROOT",
    include: ["{repository,application}/test/**/*.test.ts"],
    isolate: false,
    pool: "threads",
    poolOptions: { threads: { singleThread: true } },
    testTimeout: 60_000
  }
})
`

export const makeLayouts = () => {
  const root = mkdtempSync(join(tmpdir(), "evenstar-generate-"))
  const [repository, application] = [join(root, "repository"), join(root, "application")]
  symlinkSync(join(checkout, "node_modules"), join(root, "node_modules"))
  mkdirSync(repository)
  for (const name of ["src", "generators", "package.json", "biome.json"]) {
    cpSync(join(checkout, name), join(repository, name), { recursive: true })
  }
  writeTemplate(application, "guestbook", "*")
  for (const folder of [repository, application])
    symlinkSync(join(checkout, "node_modules"), join(folder, "node_modules"))
  const biome = JSON.parse(readFileSync(join(checkout, "biome.json"), "utf8"))
  writeFileSync(join(root, "biome.json"), JSON.stringify({ ...biome, vcs: { enabled: false } }))
  for (const folder of [repository, application]) {
    writeFileSync(
      join(folder, "biome.json"),
      JSON.stringify({ ...biome, vcs: { enabled: false }, root: false, extends: "//" })
    )
  }
  const { compilerOptions } = JSON.parse(readFileSync(join(checkout, "tsconfig.json"), "utf8"))
  const paths = {
    evenstar: ["./repository/src/index.ts"],
    "evenstar/testing": ["./repository/src/testing/index.ts"],
    "evenstar/*": ["./repository/src/*.ts", "./repository/src/*.tsx"]
  }
  const generated = ["repository", "application"].flatMap((name) => [
    `${name}/src/main.ts`,
    `${name}/src/features`,
    `${name}/test`
  ])
  writeFileSync(
    join(root, "tsconfig.json"),
    JSON.stringify({
      compilerOptions: { ...compilerOptions, paths },
      include: ["repository/src/**/*.d.ts", ...generated],
      exclude: ["**/web"]
    })
  )
  writeFileSync(join(root, "package.json"), JSON.stringify({ type: "module" }))
  writeFileSync(join(root, "vitest.config.ts"), vitestConfig.replaceAll("ROOT", root))

  /** Runs a program of node_modules; returns its output if it fails. */
  const tool = (script: string, ...args: ReadonlyArray<string>) =>
    run(process.execPath, [join(checkout, "node_modules", script), ...args], {
      cwd: root,
      env: { PATH: process.env["PATH"] },
      maxBuffer: 64 * 1024 * 1024
    }).then(
      () => "",
      (error: unknown) =>
        error instanceof Error && "stdout" in error && "stderr" in error
          ? `${error.stdout}${error.stderr}`
          : String(error)
    )
  const place = (folder: string, isCheckout: boolean): Place => ({ root: folder, engine: repository, isCheckout })
  return { root, repository: place(repository, true), application: place(application, false), tool }
}
