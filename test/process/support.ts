// Shared by tests of real processes: directories with cleanup, process metrics, random numbers.
import { type ChildProcess, execFileSync, spawn } from "node:child_process"
import { once } from "node:events"
import { closeSync, mkdtempSync, openSync, readdirSync, readFileSync, rmSync, writeFileSync, writeSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { createInterface } from "node:readline"
import { expect } from "vitest"
import { type Process, startProcess } from "../http/server.ts"

/** A test's load comes from one address; rate limits are tested elsewhere. */
export const unlimited = {
  STREAM_LIMIT: "0",
  STREAM_LIMIT_PER_SESSION: "0",
  STREAM_LIMIT_PER_ADDRESS: "0",
  COMMAND_RATE_LIMIT: "0",
  SESSION_RATE_LIMIT: "0"
}

/** Frequent garbage collection, so that the process's size reflects its live memory. */
export const lowMemory = { NODE_OPTIONS: "--max-old-space-size=128 --max-semi-space-size=2" }

const killed = async (child: ChildProcess) => {
  if (child.exitCode !== null || child.signalCode !== null) return
  child.kill("SIGKILL")
  await once(child, "exit")
}

/** A data directory for one test and its servers, removed at the end; `tmpfs` limits its size. */
export const makeWorkspace = (onTestFinished: (cleanup: () => Promise<void>) => void, tmpfs?: string) => {
  const directory = mkdtempSync(join(tmpdir(), "evenstar-"))
  const starting: Array<Promise<Process>> = []
  const writers: Array<ChildProcess> = []
  let isOver = false
  /** A test that has timed out keeps running: it must not start further processes. */
  const assertNotOver = () => {
    if (isOver) throw new Error("The test is over")
  }
  if (tmpfs !== undefined) execFileSync("mount", ["-t", "tmpfs", "-o", `size=${tmpfs}`, "tmpfs", directory])
  onTestFinished(async () => {
    isOver = true
    await Promise.allSettled([
      ...writers.map(killed),
      ...starting.map(async (server) => (await server).stop("SIGKILL"))
    ])
    if (tmpfs !== undefined) execFileSync("umount", ["--lazy", directory])
    rmSync(directory, { recursive: true, force: true })
  })
  return {
    directory,
    serve: (env: Record<string, string> = {}) => {
      assertNotOver()
      const server = startProcess(directory, { ...unlimited, ...env })
      starting.push(server)
      return server
    },
    /** Starts writer.ts; resolves when it is ready for `go`, which resolves with its final line. */
    writer: async (args: ReadonlyArray<string | number>, env: Record<string, string> = {}) => {
      assertNotOver()
      const child = spawn(
        process.execPath,
        ["--import", "tsx", join(import.meta.dirname, "writer.ts"), ...args.map(String)],
        {
          env: { PATH: process.env["PATH"], DATA_DIR: directory, ...env },
          stdio: ["pipe", "pipe", "inherit"]
        }
      )
      writers.push(child)
      const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
      const line = async () => {
        const { value } = await lines.next()
        if (value === undefined) throw new Error("The writer ended before it was done")
        return value
      }
      expect(await line()).toBe("ready")
      return {
        go: () => {
          child.stdin.write("go\n")
          return line()
        }
      }
    }
  }
}

const pidOf = ({ child }: Process) => child.pid ?? 0

export const fillDisk = (file: string) => {
  const descriptor = openSync(file, "a")
  for (const size of [65_536, 4096, 1]) {
    for (let isFull = false; !isFull; ) {
      try {
        isFull = writeSync(descriptor, Buffer.alloc(size)) < size
      } catch (error) {
        expect(error).toMatchObject({ code: "ENOSPC" })
        isFull = true
      }
    }
  }
  closeSync(descriptor)
}

/** Resident memory in MiB, now and at its peak since `resetPeak`. */
export const memory = (process: Process) => {
  const status = readFileSync(`/proc/${pidOf(process)}/status`, "utf8")
  const field = (name: string) => Number(new RegExp(`^${name}:\\s+(\\d+) kB`, "m").exec(status)?.[1]) / 1024
  return { resident: field("VmRSS"), peak: field("VmHWM") }
}
export const resetPeak = (process: Process) => writeFileSync(`/proc/${pidOf(process)}/clear_refs`, "5")

export const descriptors = (process: Process) => readdirSync(`/proc/${pidOf(process)}/fd`).length

/** Reproducible numbers from 0 to 1 (mulberry32). */
export const random = (seed: number) => {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

/** For `expect.poll` without a time limit of its own: the timeout only catches a hang. */
export const pollOptions = { timeout: 60_000, interval: 100 }
