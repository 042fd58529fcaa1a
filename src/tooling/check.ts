// `npm run check`: types with Effect's diagnostics, the browser's types, format and lint, in
// parallel. The patched compiler reports Effect's diagnostics too, so that files are checked once,
// and keeps results of unchanged files in `cache`. Exit code 1 if a part has findings.
import { spawn, spawnSync } from "node:child_process"
import { cpSync, existsSync, mkdirSync, readFileSync, renameSync, rmSync } from "node:fs"
import { createRequire } from "node:module"
import { dirname, join } from "node:path"
import { pathToFileURL } from "node:url"

const root = join(import.meta.dirname, "../..")
const require = createRequire(import.meta.url)
/** Removed with `node_modules`; may be deleted at any time. */
const cache = join(root, "node_modules/.cache/evenstar-check")

const folderOf = (name: string) => dirname(require.resolve(`${name}/package.json`))
const versionOf = (name: string): string =>
  JSON.parse(readFileSync(join(folderOf(name), "package.json"), "utf8")).version

/**
 * A copy of TypeScript, patched by Effect's language service. The installed one stays unpatched,
 * because the browser's types are checked with it.
 */
export const compilerWithEffect = () => {
  const versions = `${versionOf("typescript")}-${versionOf("@effect/language-service")}`
  const directory = join(cache, `typescript-${versions}`)
  if (existsSync(directory)) return directory
  const unfinished = `${directory}.${process.pid}`
  mkdirSync(unfinished, { recursive: true })
  cpSync(join(folderOf("typescript"), "package.json"), join(unfinished, "package.json"))
  cpSync(join(folderOf("typescript"), "lib"), join(unfinished, "lib"), { recursive: true })
  const cli = join(folderOf("@effect/language-service"), "cli.js")
  const { status, stderr, stdout } = spawnSync(
    process.execPath,
    [cli, "patch", "--dir", unfinished, "--module", "tsc"],
    { cwd: root, encoding: "utf8" }
  )
  if (status !== 0) throw new Error(`Patching TypeScript failed:\n${stdout}${stderr}`)
  rmSync(directory, { recursive: true, force: true })
  renameSync(unfinished, directory)
  return directory
}

const isTerminal = process.stdout.isTTY === true
/** Resolves with true if there are no findings; prints the output in one piece. */
const part = (name: string, args: ReadonlyArray<string>) =>
  new Promise<boolean>((resolve) => {
    const before = performance.now()
    const child = spawn(process.execPath, args, { cwd: root, stdio: ["ignore", "pipe", "pipe"] })
    const said: Array<Buffer> = []
    for (const stream of [child.stdout, child.stderr]) stream.on("data", (part: Buffer) => said.push(part))
    child.once("close", (code) => {
      process.stdout.write(Buffer.concat(said))
      const seconds = ((performance.now() - before) / 1000).toFixed(1)
      console.log(`${code === 0 ? "ok" : "FAILED"}: ${name} (${seconds} s)`)
      resolve(code === 0)
    })
  })

const types = async (name: string, project: string, tsc: string) =>
  part(name, [
    tsc,
    "--project",
    project,
    "--noEmit",
    "--incremental",
    "--tsBuildInfoFile",
    join(cache, `${project.replaceAll(/\W/g, "-")}.tsbuildinfo`),
    ...(isTerminal ? ["--pretty"] : [])
  ])

/** Resolves with true if no part has findings. */
export const check = async () => {
  const browserTypes = types("types of web/", "web/tsconfig.json", join(folderOf("typescript"), "bin/tsc"))
  const style = part("format and lint", [
    join(folderOf("@biomejs/biome"), "bin/biome"),
    "check",
    "--error-on-warnings",
    ...(isTerminal ? ["--colors=force"] : []),
    "."
  ])
  const serverTypes = types("types and Effect's diagnostics", "tsconfig.json", join(compilerWithEffect(), "lib/tsc.js"))
  const results = await Promise.all([browserTypes, style, serverTypes])
  return results.every(Boolean)
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href) process.exitCode = (await check()) ? 0 : 1
