// Restricts files of DATA_DIR to their owner, including files that earlier releases created with
// wider modes.
import { chmodSync, mkdirSync, readdirSync, statSync } from "node:fs"
import { join } from "node:path"

/**
 * Sets the umask: databases, WALs, backups and temporary files are private (DuckDB takes no mode).
 */
export const keepFilesPrivate = (): void => void process.umask(0o077)

/** Names of our files, with any suffix: `-wal`, `.before-restore-…`, `.partial`. */
const ours = /^(evenstar\.db|derived\.db|analytics\.duckdb|(native|assets)$)/
const others = 0o077

const tighten = (path: string) => {
  const { mode } = statSync(path)
  if ((mode & others) !== 0) chmodSync(path, mode & 0o700)
}

/**
 * Creates the directory if missing and removes group and other permissions from our files, and from
 * the directory if it contains nothing else. Returns a warning about what others may still read.
 */
export const makePrivate = (directory: string): string | undefined => {
  mkdirSync(directory, { recursive: true, mode: 0o700 })
  const names = readdirSync(directory)
  try {
    for (const name of names.filter((it) => ours.test(it))) tighten(join(directory, name))
    if (names.every((name) => ours.test(name))) tighten(directory)
  } catch (cause) {
    // The files belong to another user, or disappeared.
    return `Other users may be able to read the files in ${directory}: ${cause instanceof Error ? cause.message : String(cause)}`
  }
  return (statSync(directory).mode & others) === 0
    ? undefined
    : `Other users may list ${directory}, because it has other files too: set DATA_DIR to a directory of its own`
}
