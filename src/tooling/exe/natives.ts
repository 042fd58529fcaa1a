// Extracts native modules from the executable to files, because systems only load files. They are
// kept in a folder named by their content hash beside the data. If another user owns the data (an
// operator's command as root), a temporary folder is used instead of loading that user's code.
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

/** Sizes in bytes by file name, and the hash of all contents. */
const { files, hash }: { readonly files: Readonly<Record<string, number>>; readonly hash: string } = JSON.parse(
  getAsset("natives.json", "utf8")
)

/** Age in milliseconds after which an incomplete extraction counts as abandoned. */
const abandoned = 3_600_000

const stat = (path: string) => statSync(path, { throwIfNoEntry: false })
/** True for missing files too. */
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

/**
 * Extracts into a temporary folder and renames it, so that concurrent starts and crashes are safe.
 */
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
  // Removes earlier versions; a running process has already loaded its files.
  for (const other of readdirSync(dirname(to))) {
    const path = join(dirname(to), other)
    const isUnfinished = other.includes(".") && Date.now() - (stat(path)?.mtimeMs ?? 0) < abandoned
    if (other !== basename(to) && !isUnfinished) rmSync(path, { recursive: true, force: true })
  }
}

/** The folder with the modules. `DATA_DIR` as in Settings.ts, which is loaded later. */
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

/** Loads a native module, like `require`. */
export const native = (name: string): unknown => {
  if (loaded.has(name)) return loaded.get(name)
  try {
    folder ??= prepare()
  } catch (error) {
    throw new Error("The native modules can't be extracted from the executable", { cause: error })
  }
  const module = { exports: {} }
  process.dlopen(module, join(folder, name))
  loaded.set(name, module.exports)
  return module.exports
}
