// Files that matter: written beside their name and moved there when they are whole, on the disk before anybody is told, and
// never in the place of another file.
import { randomBytes } from "node:crypto"
import * as Fs from "node:fs"
import { basename, dirname, join } from "node:path"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"

/** Something that was to be done with a file can't be. */
export class FileFailed extends Schema.TaggedError<FileFailed>()("FileFailed", {
  file: Schema.String,
  reason: Schema.String
}) {
  override get message() {
    return `${this.file}: ${this.reason}`
  }
}

/** There is a file of that name already: none is ever overwritten. */
export class FileExists extends Schema.TaggedError<FileExists>()("FileExists", { file: Schema.String }) {
  override get message() {
    return `${this.file} is there already, and is not overwritten`
  }
}

const plain: Readonly<Record<string, string>> = {
  ENOSPC: "the disk is full",
  SQLITE_FULL: "the disk is full",
  // Where there is no room for its WAL's index, or for a temporary file, SQLite doesn't say why.
  SQLITE_IOERR_SHMSIZE: "the disk can't be written to, it may be full",
  SQLITE_IOERR_WRITE: "the disk can't be written to, it may be full",
  ENOENT: "there is no such file or directory",
  ENOTDIR: "there is no such directory",
  EISDIR: "it is a directory",
  EACCES: "permission denied",
  EROFS: "the file system is read-only",
  SQLITE_NOTADB: "it is no SQLite database",
  SQLITE_BUSY: "the database is locked"
}

const codeOf = Schema.decodeUnknownOption(Schema.Struct({ code: Schema.String }))

/** The code that Node or SQLite gives to what was thrown. */
export const code = (cause: unknown): string | undefined => Option.getOrUndefined(codeOf(cause))?.code

export const reason = (cause: unknown): string =>
  plain[code(cause) ?? ""] ?? (cause instanceof Error ? cause.message : String(cause))

export const attempt = <A>(file: string, work: () => A): Effect.Effect<A, FileFailed> =>
  Effect.try({ try: work, catch: (cause) => new FileFailed({ file, reason: reason(cause) }) })

/** On the disk: a file as it is, or the names in a directory. */
const synced = (path: string) => {
  const descriptor = Fs.openSync(path, "r")
  try {
    Fs.fsyncSync(descriptor)
  } finally {
    Fs.closeSync(descriptor)
  }
}

/** What SQLite may put beside a database. */
export const companions = ["-wal", "-shm", "-journal"] as const

/** How the name of a file ends that is not whole yet. */
const partly = /\.[0-9a-f]{8}\.partial(-wal|-shm|-journal)?$/

/** An empty file beside `file`, which only the owner may read. It is gone with the scope; a second signal ends that as well. */
export const partial = (file: string) =>
  Effect.acquireRelease(
    attempt(file, () => {
      const path = `${file}.${randomBytes(4).toString("hex")}.partial`
      const remove = () => {
        for (const suffix of ["", ...companions]) Fs.rmSync(`${path}${suffix}`, { force: true })
      }
      Fs.closeSync(Fs.openSync(path, "wx", 0o600))
      process.once("exit", remove)
      return { path, remove }
    }),
    ({ remove }) =>
      Effect.sync(() => {
        process.off("exit", remove)
        remove()
      })
  ).pipe(Effect.map(({ path }) => path))

/** Whether the file system knows no second names: FAT, and some that are far away. */
const isWithoutLinks = (cause: unknown) => /^(EPERM|ENOTSUP|EOPNOTSUPP|ENOSYS)$/.test(code(cause) ?? "")

const named = (path: string, file: string) => {
  try {
    Fs.linkSync(path, file)
  } catch (cause) {
    if (!isWithoutLinks(cause) || Fs.existsSync(file)) throw cause
    Fs.renameSync(path, file)
  }
}

/**
 * Gives a file a name, unless there is a file of that name by now. The file isn't opened: to close it would end the lock that this
 * process may have on it.
 */
export const name = (path: string, file: string): Effect.Effect<void, FileFailed | FileExists> =>
  Effect.try({
    try: () => {
      named(path, file)
      synced(dirname(file))
    },
    catch: (cause) =>
      code(cause) === "EEXIST" ? new FileExists({ file }) : new FileFailed({ file, reason: reason(cause) })
  })

/** The same for a whole file: what is in it is on the disk before. */
export const settle = (path: string, file: string): Effect.Effect<void, FileFailed | FileExists> =>
  Effect.zipRight(
    attempt(file, () => synced(path)),
    name(path, file)
  )

const renamed = (path: string, file: string) => {
  synced(path)
  Fs.renameSync(path, file)
  synced(dirname(file))
}

/** Gives a whole file the name of another one, of which nothing is worth to be kept. */
export const supersede = (path: string, file: string): Effect.Effect<void, FileFailed> =>
  attempt(file, () => renamed(path, file))

const keep = (file: string, kept: string) => {
  try {
    Fs.linkSync(file, kept)
  } catch (cause) {
    if (!isWithoutLinks(cause)) throw cause
    Fs.copyFileSync(file, kept, Fs.constants.COPYFILE_EXCL)
    synced(kept)
  }
}

/**
 * Gives a whole file the name, the owner's mode and the owner of another one, which stays under the name `kept`. At each moment one of
 * the two has the name: whoever is killed in between leaves the old one or the new one.
 */
export const replace = (path: string, file: string, kept: string): Effect.Effect<void, FileFailed> =>
  attempt(file, () => {
    const { gid, mode, uid } = Fs.statSync(file)
    Fs.chownSync(path, uid, gid)
    for (const it of [path, file]) Fs.chmodSync(it, mode & 0o700)
    keep(file, kept)
    synced(dirname(file))
    renamed(path, file)
  })

/** Two names of one file. */
export const areSame = (one: string, other: string) => {
  const [first, second] = [one, other].map((path) => Fs.statSync(path, { throwIfNoEntry: false }))
  return first !== undefined && second !== undefined && first.dev === second.dev && first.ino === second.ino
}

/** Takes away what a killed process has left of `replace`: files that are not whole, and second names of `file`. */
export const tidy = (file: string, kept: string) =>
  attempt(file, () => {
    const all = Fs.readdirSync(dirname(file)).filter((name) => name.startsWith(`${basename(file)}.`))
    for (const path of all.map((name) => join(dirname(file), name))) {
      if (partly.test(path) || (path.startsWith(kept) && areSame(path, file))) Fs.rmSync(path)
    }
  })
