// CPU time of servers other than Node; PostgreSQL has a process for each connection.
import { readFileSync } from "node:fs"

const ticksPerSecond = 100

const ticksOf = (pid: number, fields: ReadonlyArray<number>) => {
  const stat = readFileSync(`/proc/${pid}/stat`, "utf8")
    .replace(/^.*\) /, "")
    .split(" ")
  return fields.reduce((sum, field) => sum + Number(stat[field]), 0)
}

/** CPU seconds of a process, user and system. */
export const cpuOf = (pid: number): number => ticksOf(pid, [11, 12]) / ticksPerSecond

/** CPU seconds of a process and its children, including reaped ones. */
export const cpuOfAll = (pid: number): number => {
  const children = readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8").trim().split(" ").filter(Boolean)
  const ofChild = (child: string) => {
    try {
      return ticksOf(Number(child), [11, 12])
    } catch {
      // The child has just exited.
      return 0
    }
  }
  const sum = children.reduce((ticks, child) => ticks + ofChild(child), ticksOf(pid, [11, 12, 13, 14]))
  return sum / ticksPerSecond
}
