// How much memory this process may use: of the machine's, of what a container or a service has been given, the least. Every share of
// memory is a share of this: the machine's own size says nothing where a process is killed at 512 MiB.
import { readFileSync } from "node:fs"
import { totalmem } from "node:os"
import { dirname, join } from "node:path"

/** What is asked, so that tests can answer. */
export interface Machine {
  /** Bytes. */
  readonly total: number
  /** What Node says, in bytes: 0 or undefined where it knows none. */
  readonly constrained: number | undefined
  /** A file's text, or undefined where there is none that can be read. */
  readonly read: (path: string) => string | undefined
}

const root = "/sys/fs/cgroup"

/** A number of bytes that is a limit: `max`, and about 2^63 or 2^64 as older kernels say it, is none. */
const limitOf = (text: string | undefined): number | undefined => {
  const bytes = text === undefined || text.trim() === "" ? Number.NaN : Number(text)
  return Number.isFinite(bytes) && bytes > 0 && bytes < 2 ** 53 ? bytes : undefined
}

/** From a group up to the root: each of them limits what is in it. */
const upwards = (path: string): ReadonlyArray<string> => (path === "/" ? ["/"] : [path, ...upwards(dirname(path))])

/** The files that limit this process, by what it says of its groups: `0::/a/b` of version 2, `4:memory:/a/b` of version 1. */
const limitFiles = (groups: string): ReadonlyArray<string> =>
  groups.split("\n").flatMap((line) => {
    const [, controllers, path] = /^\d+:([^:]*):(\/.*)$/.exec(line) ?? []
    if (path === undefined || controllers === undefined) return []
    const within = upwards(join("/", path))
    if (controllers === "") {
      return within.flatMap((group) => ["memory.max", "memory.high"].map((file) => join(root, group, file)))
    }
    return controllers.split(",").includes("memory")
      ? within.map((group) => join(root, "memory", group, "memory.limit_in_bytes"))
      : []
  })

/** Bytes. */
export const memoryLimitOf = ({ constrained, read, total }: Machine): number => {
  const limits = limitFiles(read("/proc/self/cgroup") ?? "").map((file) => limitOf(read(file)))
  const known = [limitOf(String(constrained ?? "")), ...limits].filter((limit) => limit !== undefined)
  return Math.min(total, ...known)
}

const readIfThere = (path: string): string | undefined => {
  try {
    return readFileSync(path, "utf8")
  } catch {
    return undefined
  }
}

/** As it is when the process begins. */
export const memoryLimit = (): number =>
  memoryLimitOf({ total: totalmem(), constrained: process.constrainedMemory(), read: readIfThere })

const mebibyte = 1024 * 1024

/**
 * What DuckDB may take: a quarter, and the 256 MiB below which its larger queries fail, where they are not more than half. In whole
 * MiB; what a query needs beyond that goes through the disk.
 */
export const duckShare = (limit: number): number =>
  Math.max(64, Math.floor(Math.max(limit / 4, Math.min(256 * mebibyte, limit / 2)) / mebibyte))
