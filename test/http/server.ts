// The whole application on a free port, as main.ts composes it.
import { type ChildProcess, spawn } from "node:child_process"
import { once } from "node:events"
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { createInterface } from "node:readline"
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import { afterAll, beforeAll } from "vitest"
import { temporaryDirectory } from "../support.ts"

const root = join(import.meta.dirname, "../..")

export interface Process {
  readonly child: ChildProcess
  readonly url: string
  readonly stop: (signal: NodeJS.Signals) => Promise<number | NodeJS.Signals | null>
}

/** Node's arguments for the program, built by test/bundle.ts. */
export const program = [process.env["EVENSTAR"] ?? ""]

interface RunOptions {
  /** A command prefix that runs it in a network namespace. */
  readonly prefix?: ReadonlyArray<string>
  readonly cwd?: string
  /** The bundle of another release than the tests' own. */
  readonly release?: string
  /** Node's arguments for another program. */
  readonly program?: ReadonlyArray<string>
}

/** Starts the program as a process; resolves when it logs its address. */
export const startProcess = async (
  directory: string,
  env: Record<string, string> = {},
  { cwd = root, prefix = [], release, program: started = release === undefined ? program : [release] }: RunOptions = {}
): Promise<Process> => {
  const [command = "", ...args] = [...prefix, process.execPath, ...started]
  const child = spawn(command, args, {
    cwd,
    env: { PATH: process.env["PATH"], NODE_ENV: "development", PORT: "0", DATA_DIR: directory, ...env },
    stdio: ["ignore", "pipe", "inherit"]
  })
  const exit = once(child, "exit").then(([code, signal]) => code ?? signal)
  const stop = (signal: NodeJS.Signals) => {
    child.kill(signal)
    return exit
  }
  for await (const line of createInterface({ input: child.stdout })) {
    const url = / is at (http:\S+)/.exec(line)?.[1]
    if (url === undefined) continue
    child.stdout.resume()
    return { child, url, stop }
  }
  throw new Error(`The server ended at its start with ${await exit}`)
}

/** Runs the program to its end: its exit code and stderr. */
export const runToEnd = async (env: Record<string, string>, cwd = root) => {
  const child = spawn(process.execPath, program, {
    cwd,
    env: { PATH: process.env["PATH"], NODE_ENV: "development", ...env },
    stdio: ["ignore", "ignore", "pipe"]
  })
  let stderr = ""
  child.stderr.on("data", (chunk) => {
    stderr += chunk
  })
  const [code] = await once(child, "close")
  return { code, stderr }
}

export const server = (env: Record<string, string> = {}): Effect.Effect<Process, never, Scope.Scope> =>
  Effect.flatMap(temporaryDirectory, (directory) =>
    Effect.acquireRelease(
      Effect.promise(() => startProcess(directory, env)),
      ({ child, stop }) => (child.exitCode === null ? Effect.promise(() => stop("SIGKILL")) : Effect.void)
    )
  )

/** One server for all tests of the calling file. */
export const serverForFile = (env: Record<string, string> = {}) => {
  const directory = mkdtempSync(join(tmpdir(), "evenstar-"))
  let started: Process | undefined
  beforeAll(async () => {
    started = await startProcess(directory, env)
  })
  afterAll(async () => {
    await started?.stop("SIGTERM")
    rmSync(directory, { recursive: true })
  })
  return {
    get url() {
      return started?.url ?? ""
    }
  }
}
