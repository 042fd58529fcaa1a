// `evenstar new FOLDER`: creates an application. Its dependency is the installed version or, from a
// checkout, a tarball of the checkout, which is put into the folder.
import { execFileSync } from "node:child_process"
import { existsSync, mkdirSync, readdirSync } from "node:fs"
import { basename, join, relative, resolve } from "node:path"
import { parseArgs } from "node:util"
import * as Schema from "effect/Schema"
import { Failed } from "./Failed.ts"
import { engine } from "./project.ts"
import { engineVersion, writeTemplate } from "./template.ts"

/** Names that are valid for an npm package and for a file: the built program has the same name. */
const isName = (name: string) => /^[a-z][a-z0-9._-]{0,100}$/.test(name)
/** Names of packages that the application imports. */
const taken = ["evenstar", "effect", "preact", "node_modules"]

const isCheckout = existsSync(join(engine, "src/tooling"))

/** The shorter of the relative and the absolute path. */
const shown = (path: string) => {
  const short = relative(process.cwd(), path)
  return short === "" || short.length > path.length ? path : short
}

const Packed = Schema.parseJson(Schema.Array(Schema.Struct({ filename: Schema.String })))

/** Packs this checkout; returns the tarball's name. */
const pack = (to: string): string => {
  process.stdout.write("Packing Evenstar …\n")
  const npm = process.platform === "win32" ? "npm.cmd" : "npm"
  const said = execFileSync(npm, ["pack", "--json", "--silent", "--pack-destination", to], {
    cwd: engine,
    encoding: "utf8",
    stdio: ["ignore", "pipe", "inherit"]
  })
  const [packed] = Schema.decodeUnknownSync(Packed)(said.slice(said.indexOf("[")))
  if (packed === undefined) throw new Failed("npm packed nothing")
  return packed.filename
}

export const run = async (args: ReadonlyArray<string>) => {
  const { positionals } = parseArgs({ args: [...args], allowPositionals: true })
  const [path, ...others] = positionals
  if (path === undefined || others.length > 0) throw new Failed("Name one folder: evenstar new myapp")
  const folder = resolve(path)
  const name = basename(folder)
  if (!isName(name) || taken.includes(name)) {
    throw new Failed(
      `"${name}" can't be an application's name: use lower-case letters, digits and dashes, as in my-app`
    )
  }
  if (existsSync(folder) && readdirSync(folder).length > 0) {
    throw new Failed(`${shown(folder)} is not empty: name a new folder`)
  }
  mkdirSync(folder, { recursive: true })
  const evenstar = isCheckout ? `file:${pack(folder)}` : `^${engineVersion()}`
  writeTemplate(folder, name, evenstar)
  process.stdout.write(`Made ${shown(folder)}. Next:

  cd ${shown(folder)}
  npm install
  npm start

It serves http://localhost:3000. \`npm run dev\` reloads on changes, \`npm test\` runs the tests,
README.md describes the rest.
`)
}
