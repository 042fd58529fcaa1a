// Starts, calls, measures and stops the processes of a benchmark: servers and load generators.
import { type ChildProcess, execFileSync, spawn } from "node:child_process"
import { mkdtempSync, readFileSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { createInterface } from "node:readline"
import * as Schema from "effect/Schema"
import { type Call, CallResult, message } from "./calls.ts"
import { note, quick } from "./report.ts"
import { sleep } from "./rounds.ts"

const root = join(import.meta.dirname, "../..")

const running = new Set<ChildProcess>()
const directories = new Set<string>()
process.on("exit", () => {
  for (const child of running) child.kill("SIGKILL")
  for (const directory of directories) rmSync(directory, { recursive: true, force: true })
})
for (const signal of ["SIGINT", "SIGTERM"] as const) process.on(signal, () => process.exit(1))

/** A directory in TMPDIR, removed with this process. */
export const temporary = (): string => {
  const directory = mkdtempSync(join(tmpdir(), "evenstar-bench-"))
  directories.add(directory)
  return directory
}

export const fileSystem = (directory: string): string =>
  execFileSync("df", ["--output=fstype,source", directory], { encoding: "utf8" }).trim().split("\n").at(-1) ?? "?"

export interface Running {
  readonly ask: <Input, Output>(call: Call<Input, Output>, input: Input) => Promise<Output>
  /** CPU seconds so far, user and system, all threads (resolution 10 ms). */
  readonly cpu: () => number
  /** Resident memory in bytes. */
  readonly rss: () => number
  readonly stop: () => Promise<void>
}

export interface Server extends Running {
  readonly port: number
}

const ticksPerSecond = 100

const isCallResult = Schema.is(CallResult)

// Ten thousand sockets need more descriptors than most shells allow.
const withManyFiles = 'ulimit -n 65536 2>/dev/null || ulimit -n "$(ulimit -Hn)"; exec "$0" "$@"'

interface Options {
  readonly args?: ReadonlyArray<string>
  readonly env?: Record<string, string>
}

const launch = (script: string, { args = [], env = {} }: Options) => {
  const node = ["--expose-gc", "--import", "tsx", "--import", "./bench/control.ts", script, ...args]
  const child = spawn("/bin/sh", ["-c", withManyFiles, process.execPath, ...node], {
    cwd: root,
    env: { PATH: process.env["PATH"], TMPDIR: process.env["TMPDIR"], ...env },
    stdio: ["ignore", "pipe", "inherit", "ipc"],
    // Preserves NaN (the percentile of nothing).
    serialization: "advanced"
  })
  running.add(child)
  const pending = new Map<number, (answer: CallResult) => void>()
  const ended = new Promise<void>((resolve) => {
    child.once("exit", (code, signal) => {
      running.delete(child)
      for (const [answered, settle] of pending) settle({ answered, error: `${script} ended with ${code ?? signal}` })
      resolve()
    })
  })
  child.on("message", (received: unknown) => {
    if (isCallResult(received)) pending.get(received.answered)?.(received)
  })
  let asked = 0
  const proc = (file: string) => readFileSync(`/proc/${child.pid}/${file}`, "utf8")
  const handle: Running = {
    ask: async (call, input) => {
      const ask = ++asked
      const answer = await new Promise<CallResult>((resolve) => {
        if (child.exitCode !== null || child.signalCode !== null)
          return resolve({ answered: ask, error: "It has ended" })
        pending.set(ask, resolve)
        child.send(message(ask, call, input))
      })
      pending.delete(ask)
      if (answer.error !== undefined) throw new Error(`${script}, ${call.name}: ${answer.error}`)
      return Schema.decodeUnknownSync(call.output)(answer.output)
    },
    cpu: () => {
      const fields = proc("stat")
        .replace(/^.*\) /, "")
        .split(" ")
      return (Number(fields[11]) + Number(fields[12])) / ticksPerSecond
    },
    rss: () => Number(/VmRSS:\s+(\d+) kB/.exec(proc("status"))?.[1]) * 1024,
    stop: () => {
      child.kill("SIGKILL")
      return ended
    }
  }
  return { child, handle }
}

/** Starts a load generator of bench/load. */
export const startLoad = (name: string, options: Options = {}): Running =>
  launch(`bench/load/${name}.ts`, options).handle

const unlimited = {
  STREAM_LIMIT: "0",
  STREAM_LIMIT_PER_SESSION: "0",
  STREAM_LIMIT_PER_ADDRESS: "0",
  COMMAND_RATE_LIMIT: "0",
  SESSION_RATE_LIMIT: "0"
}

/** Starts a server on a free port; resolves when it prints its URL. */
export const startServer = async (script: string, directory: string, options: Options = {}): Promise<Server> => {
  const env = { HOST: "127.0.0.1", PORT: "0", DATA_DIR: directory, ...unlimited, ...options.env }
  const { child, handle } = launch(script, { ...options, env })
  const { stdout } = child
  if (stdout === null) throw new Error("stdout is a pipe")
  for await (const line of createInterface({ input: stdout })) {
    const port = / is at http:\/\/[^\s/]*:(\d+)/.exec(line)?.[1]
    if (port === undefined) continue
    stdout.resume()
    return { ...handle, port: Number(port) }
  }
  throw new Error(`${script} ended before it was ready`)
}

const longestStart = quick ? 10 : 45

/** Waits until a started server is idle: below 6 % of a core. */
export const quiet = async ({ cpu }: Server, name: string) => {
  for (let left = longestStart * 2; left > 0; left--) {
    const before = cpu()
    await sleep(500)
    if (cpu() - before < 0.03) return
  }
  note(`${name} is still busy ${longestStart} s after its start, which affects the figures below`)
}
