// Who reads a database sees all that is in it: files of DATA_DIR are their owner's alone, also those that an earlier release has made
// for everybody to read.
import { chmodSync, mkdirSync, readdirSync, statSync } from "node:fs"
import { join } from "node:path"

/** From now on what this process makes is its owner's: databases, their WALs, backups, temporary files (DuckDB takes no mode). */
export const keepFilesPrivate = (): void => void process.umask(0o077)

/** The names of what we write, whatever is appended to them: `-wal`, `.before-restore-…`, `.partial`. */
const ours = /^(evenstar\.db|derived\.db|analytics\.duckdb|(native|assets)$)/
const others = 0o077

const tighten = (path: string) => {
  const { mode } = statSync(path)
  if ((mode & others) !== 0) chmodSync(path, mode & 0o700)
}

/**
 * Makes the directory where it is missing, for its owner alone; takes our files in it, and the directory itself when nothing else
 * is in it, from others. What may still be read by others, in one line.
 */
export const makePrivate = (directory: string): string | undefined => {
  mkdirSync(directory, { recursive: true, mode: 0o700 })
  const names = readdirSync(directory)
  try {
    for (const name of names.filter((it) => ours.test(it))) tighten(join(directory, name))
    if (names.every((name) => ours.test(name))) tighten(directory)
  } catch (cause) {
    // They are another user's, or are gone meanwhile.
    return `Others may be able to read files of ${directory}: ${cause instanceof Error ? cause.message : String(cause)}`
  }
  return (statSync(directory).mode & others) === 0
    ? undefined
    : `Others may list ${directory}, which is not only this server's; its own files are its user's alone`
}
