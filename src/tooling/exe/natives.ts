// In the one executable: native modules out of it, and into files, from which alone a system loads them. They lie beside the data, in
// a folder with the hash of their content for its name, and stay there for the next start. Data of another user (an operator's command
// as root) are no place to write to, nor to load code from: then it is a temporary folder.
import {
  closeSync,
  fsyncSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync
} from "node:fs"
import { tmpdir } from "node:os"
import { basename, dirname, join, resolve } from "node:path"
import { getAsset } from "node:sea"
import { gunzipSync } from "node:zlib"

/** Bytes by file name, and the hash of all contents. */
const { files, hash }: { readonly files: Readonly<Record<string, number>>; readonly hash: string } = JSON.parse(
  getAsset("natives.json", "utf8")
)

/** Milliseconds after which what was begun and not finished is nobody's any more. */
const abandoned = 3_600_000

const stat = (path: string) => statSync(path, { throwIfNoEntry: false })
/** Of files that are not there yet, too. */
const isOurs = (path: string) =>
  process.getuid === undefined || (stat(path)?.uid ?? process.getuid()) === process.getuid()
const isWhole = (folder: string) =>
  isOurs(folder) && Object.entries(files).every(([name, size]) => stat(join(folder, name))?.size === size)

const write = (to: string) => {
  for (const name of Object.keys(files)) {
    const file = openSync(join(to, name), "w", 0o500)
    writeFileSync(file, gunzipSync(new Uint8Array(getAsset(name))))
    fsyncSync(file)
    closeSync(file)
  }
}

/** Whole or not at all: two that start at once, or one that is killed, leave nothing half written under the name. */
const extract = (to: string) => {
  mkdirSync(dirname(to), { recursive: true, mode: 0o700 })
  const unfinished = mkdtempSync(`${to}.`)
  write(unfinished)
  try {
    if (!isWhole(to)) rmSync(to, { recursive: true, force: true })
    renameSync(unfinished, to)
  } catch (error) {
    rmSync(unfinished, { recursive: true })
    if (!isWhole(to)) throw error
  }
  // Those of the version before, of which a process that still runs needs the names no more.
  for (const other of readdirSync(dirname(to))) {
    const path = join(dirname(to), other)
    const isUnfinished = other.includes(".") && Date.now() - (stat(path)?.mtimeMs ?? 0) < abandoned
    if (other !== basename(to) && !isUnfinished) rmSync(path, { recursive: true, force: true })
  }
}

/** The folder that has them. `DATA_DIR` and its default are those of src/layers/node/Settings.ts, which is read after this. */
const prepare = () => {
  const data = resolve(process.env["DATA_DIR"] || "./data")
  const home = join(data, "native", hash)
  if (isOurs(data) && isOurs(dirname(home))) {
    if (!isWhole(home)) extract(home)
    return home
  }
  const temporary = mkdtempSync(join(tmpdir(), "evenstar-native-"))
  process.once("exit", () => rmSync(temporary, { recursive: true, force: true }))
  write(temporary)
  return temporary
}

let folder: string | undefined
const loaded = new Map<string, unknown>()

/** What `require` of a native module gives. */
export const native = (name: string): unknown => {
  if (loaded.has(name)) return loaded.get(name)
  try {
    folder ??= prepare()
  } catch (error) {
    throw new Error("The native modules can't be taken out of the executable", { cause: error })
  }
  const module = { exports: {} }
  process.dlopen(module, join(folder, name))
  loaded.set(name, module.exports)
  return module.exports
}
