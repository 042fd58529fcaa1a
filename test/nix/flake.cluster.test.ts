// flake.nix evaluates for every system with a stub of nixpkgs, without network or building.
import { execFile, execFileSync } from "node:child_process"
import { cpSync, mkdirSync, mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { promisify } from "node:util"
import * as Schema from "effect/Schema"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { program } from "../program.ts"

const root = join(import.meta.dirname, "../..")
const { isSkipped, path } = program("nix", 'Debian\'s package "nix-bin" has it')
const systems = ["aarch64-darwin", "aarch64-linux", "x86_64-darwin", "x86_64-linux"]

/** By system, then by name. */
const Outputs = Schema.parseJson(
  Schema.Record({ key: Schema.String, value: Schema.Record({ key: Schema.String, value: Schema.String }) })
)

describe.skipIf(isSkipped)("flake", () => {
  const directory = mkdtempSync(join(tmpdir(), "evenstar-"))
  const flake = join(directory, "flake")
  const store = join(directory, "store")

  beforeAll(() => {
    mkdirSync(store)
    // Nix copies the flake's whole directory into its store: include only the files that it reads.
    for (const name of ["flake.nix", "nix", "package.json", "package-lock.json"]) {
      cpSync(join(root, name), join(flake, name), { recursive: true })
    }
    cpSync(join(import.meta.dirname, "nixpkgs"), join(directory, "nixpkgs"), { recursive: true })
  })
  afterAll(() => {
    execFileSync("chmod", ["-R", "u+w", store])
    rmSync(directory, { recursive: true, force: true })
  })

  const nix = async (...args: ReadonlyArray<string>) => {
    const options = [
      ...["--extra-experimental-features", "nix-command flakes", "--offline", "--no-write-lock-file"],
      ...["--override-input", "nixpkgs", `path:${directory}/nixpkgs`, "--store", store]
    ]
    const env = { PATH: process.env["PATH"], HOME: directory }
    return (await promisify(execFile)(path, [...args, ...options], { env })).stdout
  }
  /** The value of `attribute` for each output of that kind. */
  const outputs = async (kind: string, attribute: string) => {
    const select = `builtins.mapAttrs (_: builtins.mapAttrs (_: output: output.${attribute}))`
    return Schema.decodeSync(Outputs)(await nix("eval", "--json", `path:${flake}#${kind}`, "--apply", select))
  }

  it.each([
    ["packages", "drvPath", ["default", "npmDeps"]],
    ["apps", "program", ["default"]],
    ["devShells", "drvPath", ["default"]],
    ["checks", "drvPath", ["package", "style", "tests"]]
  ])("has %s for every system", async (kind, attribute, names) => {
    const found = await outputs(kind, attribute)
    expect(Object.keys(found).sort()).toEqual(systems)
    for (const ofSystem of Object.values(found)) {
      expect(Object.keys(ofSystem).sort()).toEqual(names)
      for (const output of Object.values(ofSystem)) expect(output).toMatch(/^\/nix\/store\/\w{32}-evenstar/)
    }
  })

  it("passes `nix flake check` without building", async () => {
    await nix("flake", "check", "--no-build", `path:${flake}`)
  })
})
