// Runs a command-line command as a separate process.
import { type ChildProcess, spawn } from "node:child_process"
import { once } from "node:events"
import { join } from "node:path"
import { createInterface } from "node:readline"
import { program } from "../http/server.ts"

const root = join(import.meta.dirname, "../..")

export interface Running {
  readonly child: ChildProcess
  /** The first capture group of the first stdout line that matches. */
  readonly said: (pattern: RegExp) => Promise<string>
  readonly ended: Promise<{
    readonly code: number | NodeJS.Signals | null
    readonly stdout: string
    readonly stderr: string
  }>
}

/** `temporary` is its TMPDIR. */
export const start = (
  temporary: string,
  args: ReadonlyArray<string>,
  env: Record<string, string> = {},
  command: ReadonlyArray<string> = program
): Running => {
  const child = spawn(process.execPath, [...command, ...args], {
    cwd: root,
    env: { PATH: process.env["PATH"], NODE_ENV: "development", TMPDIR: temporary, ...env },
    stdio: ["ignore", "pipe", "pipe"]
  })
  const output = { stdout: "", stderr: "" }
  child.stderr.on("data", (chunk) => {
    output.stderr += chunk
  })
  child.stdout.on("data", (chunk) => {
    output.stdout += chunk
  })
  const ended = once(child, "close").then(([code, signal]) => ({ code: code ?? signal, ...output }))
  const lines = createInterface({ input: child.stdout })
  const said = (pattern: RegExp) =>
    new Promise<string>((resolve, reject) => {
      lines.on("line", (line) => {
        const found = pattern.exec(line)?.[1]
        if (found !== undefined) resolve(found)
      })
      ended.then(({ code, stderr }) => reject(new Error(`It ended with ${code} before it said that: ${stderr}`)))
    })
  return { child, said, ended }
}

/** Runs it to its end. */
export const runToEnd = (...args: Parameters<typeof start>) => start(...args).ended
