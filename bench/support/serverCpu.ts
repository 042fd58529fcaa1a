// Processor time of servers that are not Node: PostgreSQL is a process for each connection, and those that have ended count too.
import { readFileSync } from "node:fs"

const ticksPerSecond = 100

const ticksOf = (pid: number, fields: ReadonlyArray<number>) => {
  const stat = readFileSync(`/proc/${pid}/stat`, "utf8")
    .replace(/^.*\) /, "")
    .split(" ")
  return fields.reduce((sum, field) => sum + Number(stat[field]), 0)
}

/** Seconds of a process, user and system. */
export const cpuOf = (pid: number): number => ticksOf(pid, [11, 12]) / ticksPerSecond

/** Seconds of a process and its children; of those that have ended too, once it has seen that. */
export const cpuOfAll = (pid: number): number => {
  const children = readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8").trim().split(" ").filter(Boolean)
  const ofChild = (child: string) => {
    try {
      return ticksOf(Number(child), [11, 12])
    } catch {
      // It has just ended.
      return 0
    }
  }
  const sum = children.reduce((ticks, child) => ticks + ofChild(child), ticksOf(pid, [11, 12, 13, 14]))
  return sum / ticksPerSecond
}
