// In the one executable: native modules out of it, and into files, from which alone a system loads them. They lie beside the data, in
// a folder with the hash of their content for its name, and stay there for the next start.
import { chmodSync, existsSync, mkdirSync, readdirSync, renameSync, rmSync, writeFileSync } from "node:fs"
import { basename, dirname, join, resolve } from "node:path"
import { getAsset } from "node:sea"
import { gunzipSync } from "node:zlib"

/** File names, and the hash of all their contents. */
const { files, hash }: { readonly files: ReadonlyArray<string>; readonly hash: string } = JSON.parse(
  getAsset("natives.json", "utf8")
)

const directory = () => resolve(process.env["DATA_DIR"] || "./data", "native", hash)

const isAlive = (pid: number) => {
  try {
    return process.kill(pid, 0)
  } catch {
    return false
  }
}

/** Whole or not at all: two that start at once, or one that is killed, leave nothing half written under the name. */
const extract = (to: string) => {
  const unfinished = `${to}.${process.pid}`
  // Of one that had the same id, as the first process of a container always has.
  rmSync(unfinished, { recursive: true, force: true })
  mkdirSync(unfinished, { recursive: true, mode: 0o700 })
  for (const name of files) {
    writeFileSync(join(unfinished, name), gunzipSync(new Uint8Array(getAsset(name))))
    chmodSync(join(unfinished, name), 0o500)
  }
  try {
    renameSync(unfinished, to)
  } catch (error) {
    rmSync(unfinished, { recursive: true })
    if (!existsSync(to)) throw error
  }
  // Those of the version before, of which a process that still runs needs the names no more, and what one that was killed has left.
  for (const other of readdirSync(dirname(to))) {
    const [name, pid] = other.split(".")
    if (name !== basename(to) || (pid !== undefined && !isAlive(Number(pid)))) {
      rmSync(join(dirname(to), other), { recursive: true })
    }
  }
}

const loaded = new Map<string, unknown>()

/** What `require` of a native module gives. */
export const native = (name: string): unknown => {
  if (!loaded.has(name)) {
    const home = directory()
    if (!existsSync(home)) extract(home)
    const module = { exports: {} }
    process.dlopen(module, join(home, name))
    loaded.set(name, module.exports)
  }
  return loaded.get(name)
}
