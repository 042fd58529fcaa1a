// The whole application on a free port, as main.ts composes it, for tests that talk HTTP to it.
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

/** The arguments that make Node run the program; test/bundle.ts has built it. */
export const program = [process.env["EVENSTAR"] ?? ""]

interface Place {
  /** What is put before the command, so that it runs on another machine of a test's network. */
  readonly prefix?: ReadonlyArray<string>
  readonly cwd?: string
  /** Another release than the tests' own. */
  readonly release?: string
}

/** Starts the program as a process of its own; resolves when it says where it is. */
export const startProcess = async (
  directory: string,
  env: Record<string, string> = {},
  { cwd = root, prefix = [], release }: Place = {}
): Promise<Process> => {
  const [command = "", ...args] = [...prefix, process.execPath, ...(release === undefined ? program : [release])]
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
    const url = /Evenstar is at (http:\S+)/.exec(line)?.[1]
    if (url === undefined) continue
    child.stdout.resume()
    return { child, url, stop }
  }
  throw new Error(`The server ended at its start with ${await exit}`)
}

/** Runs the program until it ends: its exit code and what it said on stderr. */
export const runToEnd = async (env: Record<string, string>) => {
  const child = spawn(process.execPath, program, {
    cwd: root,
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

/** One server for all tests of the file that calls this, from before the first until after the last. */
export const serverOfFile = (env: Record<string, string> = {}) => {
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
