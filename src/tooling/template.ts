// Copies `template/` to a new application; its package.json gets the versions of this Evenstar.
import { cpSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import * as Schema from "effect/Schema"
import { engine } from "./project.ts"

const Versions = Schema.Record({ key: Schema.String, value: Schema.String })
const decodeEngine = Schema.decodeUnknownSync(
  Schema.parseJson(
    Schema.Struct({
      version: Schema.String,
      dependencies: Versions,
      devDependencies: Versions,
      peerDependencies: Versions
    })
  )
)
const decodeTemplate = Schema.decodeUnknownSync(
  Schema.parseJson(Schema.Record({ key: Schema.String, value: Schema.Unknown }))
)
const decodeNames = Schema.decodeUnknownSync(Versions)

export const engineVersion = () => decodeEngine(readFileSync(join(engine, "package.json"), "utf8")).version

/** Renamed here: npm would omit them from packages, or tools would apply them to this checkout. */
const renamed: Readonly<Record<string, string>> = {
  gitignore: ".gitignore",
  dockerignore: ".dockerignore",
  npmrc: ".npmrc",
  "biome.template.json": "biome.json"
}
const packageTemplate = "package.template.json"

/** Files whose placeholder `NAME` is replaced by the application's name. */
const named = ["src/main.ts", "README.md", "Dockerfile", "flake.nix", "process-compose.yaml"]

/** `evenstar`: a version range, or `file:` and the name of a tarball in the folder. */
const packageJson = (name: string, evenstar: string) => {
  const own = decodeEngine(readFileSync(join(engine, "package.json"), "utf8"))
  const template = decodeTemplate(readFileSync(join(engine, "template", packageTemplate), "utf8"))
  // Peer dependencies win: npm then installs one copy for Evenstar and the application.
  const known: Readonly<Record<string, string>> = {
    ...own.devDependencies,
    ...own.dependencies,
    ...own.peerDependencies,
    evenstar
  }
  const versions = (field: string) =>
    Object.fromEntries(Object.keys(decodeNames(template[field])).map((name) => [name, known[name] ?? "*"]))
  const made = {
    ...template,
    name,
    dependencies: versions("dependencies"),
    devDependencies: versions("devDependencies")
  }
  return `${JSON.stringify(made, null, 2)}\n`
}

export const writeTemplate = (folder: string, name: string, evenstar: string) => {
  cpSync(join(engine, "template"), folder, { recursive: true })
  rmSync(join(folder, packageTemplate))
  for (const [from, to] of Object.entries(renamed)) renameSync(join(folder, from), join(folder, to))
  for (const file of named) {
    const path = join(folder, file)
    writeFileSync(path, readFileSync(path, "utf8").replaceAll("NAME", name))
  }
  writeFileSync(join(folder, "package.json"), packageJson(name, evenstar))
}
