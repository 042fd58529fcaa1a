// The process's memory limit: the smallest of machine, container and service.
import { readFileSync } from "node:fs"
import { totalmem } from "node:os"
import { dirname, join } from "node:path"

/** Inputs, replaceable in tests. */
export interface Machine {
  /** Bytes. */
  readonly total: number
  /** `process.constrainedMemory()` in bytes; 0 or undefined if unknown. */
  readonly constrained: number | undefined
  /** Reads a file; undefined if unreadable. */
  readonly read: (path: string) => string | undefined
}

const root = "/sys/fs/cgroup"

/** Parses a limit; `max` and values near 2^63 or 2^64 mean none. */
const limitOf = (text: string | undefined): number | undefined => {
  const bytes = text === undefined || text.trim() === "" ? Number.NaN : Number(text)
  return Number.isFinite(bytes) && bytes > 0 && bytes < 2 ** 53 ? bytes : undefined
}

/** A cgroup and its ancestors, each of which limits it. */
const upwards = (path: string): ReadonlyArray<string> => (path === "/" ? ["/"] : [path, ...upwards(dirname(path))])

/** Limit files of this process, from /proc/self/cgroup: `0::/a/b` (v2), `4:memory:/a/b` (v1). */
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

/** Read once at the start, in bytes. */
export const memoryLimit = (): number =>
  memoryLimitOf({ total: totalmem(), constrained: process.constrainedMemory(), read: readIfThere })

const mebibyte = 1024 * 1024

/**
 * DuckDB's memory limit in MiB: a quarter, at least 256 MiB (large queries fail below) but at most
 * half, never under 64; beyond, it spills to disk.
 */
export const duckShare = (limit: number): number =>
  Math.max(64, Math.floor(Math.max(limit / 4, Math.min(256 * mebibyte, limit / 2)) / mebibyte))
