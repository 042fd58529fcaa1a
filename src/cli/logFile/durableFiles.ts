// Durable file operations: write under a temporary name, fsync, rename; never overwrite another
// file by accident.
import { randomBytes } from "node:crypto"
import * as Fs from "node:fs"
import { basename, dirname, join } from "node:path"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"

/** An operation on `file` failed. */
export class FileFailed extends Schema.TaggedError<FileFailed>()("FileFailed", {
  file: Schema.String,
  reason: Schema.String
}) {
  override get message() {
    return `${this.file}: ${this.reason}`
  }
}

/** The target exists; it is not overwritten. */
export class FileExists extends Schema.TaggedError<FileExists>()("FileExists", { file: Schema.String }) {
  override get message() {
    return `${this.file} already exists and is not overwritten`
  }
}

const messagesByCode: Readonly<Record<string, string>> = {
  ENOSPC: "the disk is full",
  SQLITE_FULL: "the disk is full",
  // SQLite gives no cause when there is no space for the WAL index or a temporary file.
  SQLITE_IOERR_SHMSIZE: "the disk can't be written to, it may be full",
  SQLITE_IOERR_WRITE: "the disk can't be written to, it may be full",
  ENOENT: "there is no such file or directory",
  ENOTDIR: "there is no such directory",
  EISDIR: "it is a directory",
  EACCES: "permission denied",
  EROFS: "the file system is read-only",
  SQLITE_NOTADB: "it is not a SQLite database",
  SQLITE_BUSY: "the database is locked"
}

const codeOf = Schema.decodeUnknownOption(Schema.Struct({ code: Schema.String }))

/** The error code of Node or SQLite. */
export const causeCode = (cause: unknown): string | undefined => Option.getOrUndefined(codeOf(cause))?.code

export const failureReason = (cause: unknown): string =>
  messagesByCode[causeCode(cause) ?? ""] ?? (cause instanceof Error ? cause.message : String(cause))

export const attemptOn = <A>(file: string, work: () => A): Effect.Effect<A, FileFailed> =>
  Effect.try({ try: work, catch: (cause) => new FileFailed({ file, reason: failureReason(cause) }) })

/** Calls fsync on a file, or on a directory to make its entries durable. */
const fsync = (path: string) => {
  const descriptor = Fs.openSync(path, "r")
  try {
    Fs.fsyncSync(descriptor)
  } finally {
    Fs.closeSync(descriptor)
  }
}

/** Suffixes of the files that SQLite puts beside a database. */
export const sidecarSuffixes = ["-wal", "-shm", "-journal"] as const

/** Names of incomplete files. */
const partialName = /\.[0-9a-f]{8}\.partial(-wal|-shm|-journal)?$/

/** An empty file beside `file`, mode 0600; removed with the scope, or when the process exits. */
export const createPartial = (file: string) =>
  Effect.acquireRelease(
    attemptOn(file, () => {
      const path = `${file}.${randomBytes(4).toString("hex")}.partial`
      const remove = () => {
        for (const suffix of ["", ...sidecarSuffixes]) Fs.rmSync(`${path}${suffix}`, { force: true })
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

/** File systems without hard links: FAT, and some network file systems. */
const isLinkUnsupported = (cause: unknown) => /^(EPERM|ENOTSUP|EOPNOTSUPP|ENOSYS)$/.test(causeCode(cause) ?? "")

const linkOrRename = (path: string, file: string) => {
  try {
    Fs.linkSync(path, file)
  } catch (cause) {
    if (!isLinkUnsupported(cause) || Fs.existsSync(file)) throw cause
    Fs.renameSync(path, file)
  }
}

/**
 * Gives a file its name, failing if that name is taken. The file is not opened here: closing it
 * would release this process's POSIX locks on it.
 */
export const giveName = (path: string, file: string): Effect.Effect<void, FileFailed | FileExists> =>
  Effect.try({
    try: () => {
      linkOrRename(path, file)
      fsync(dirname(file))
    },
    catch: (cause) =>
      causeCode(cause) === "EEXIST" ? new FileExists({ file }) : new FileFailed({ file, reason: failureReason(cause) })
  })

/** Like `name`, after an fsync of the content. */
export const syncAndGiveName = (path: string, file: string): Effect.Effect<void, FileFailed | FileExists> =>
  Effect.zipRight(
    attemptOn(file, () => fsync(path)),
    giveName(path, file)
  )

const syncAndRename = (path: string, file: string) => {
  fsync(path)
  Fs.renameSync(path, file)
  fsync(dirname(file))
}

/** Renames a complete file over another whose content is not needed. */
export const overwriteFile = (path: string, file: string): Effect.Effect<void, FileFailed> =>
  attemptOn(file, () => syncAndRename(path, file))

const linkOrCopy = (file: string, kept: string) => {
  try {
    Fs.linkSync(file, kept)
  } catch (cause) {
    if (!isLinkUnsupported(cause)) throw cause
    Fs.copyFileSync(file, kept, Fs.constants.COPYFILE_EXCL)
    fsync(kept)
  }
}

/**
 * Replaces `file` by `path`, with the same owner and mode; the old file is kept as `kept`. The name
 * exists at every moment, so a crash leaves either the old file or the new one.
 */
export const replaceFile = (path: string, file: string, kept: string): Effect.Effect<void, FileFailed> =>
  attemptOn(file, () => {
    const { gid, mode, uid } = Fs.statSync(file)
    Fs.chownSync(path, uid, gid)
    for (const it of [path, file]) Fs.chmodSync(it, mode & 0o700)
    linkOrCopy(file, kept)
    fsync(dirname(file))
    syncAndRename(path, file)
  })

/** Two names of the same inode. */
export const isSameFile = (one: string, other: string) => {
  const [first, second] = [one, other].map((path) => Fs.statSync(path, { throwIfNoEntry: false }))
  return first !== undefined && second !== undefined && first.dev === second.dev && first.ino === second.ino
}

/** Removes what an interrupted `replace` left: incomplete files, and second names of `file`. */
export const removeLeftovers = (file: string, kept: string) =>
  attemptOn(file, () => {
    const all = Fs.readdirSync(dirname(file)).filter((name) => name.startsWith(`${basename(file)}.`))
    for (const path of all.map((name) => join(dirname(file), name))) {
      if (partialName.test(path) || (path.startsWith(kept) && isSameFile(path, file))) Fs.rmSync(path)
    }
  })
