// Runs process-compose: the program, a copy of what it starts, and its HTTP API on a socket.
import { spawn } from "node:child_process"
import { once } from "node:events"
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync } from "node:fs"
import { request } from "node:http"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { text } from "node:stream/consumers"
import * as Schema from "effect/Schema"
import { program } from "../program.ts"
import { freePort } from "../servers/ports.ts"

const root = join(import.meta.dirname, "../..")

export const { path: processCompose, isSkipped } = program(
  "process-compose",
  "`GOBIN=$PWD/.tools/process-compose/bin go -C tools/process-compose install tool` builds it"
)

const States = Schema.parseJson(
  Schema.Struct({
    data: Schema.Array(
      Schema.Struct({
        name: Schema.String,
        status: Schema.String,
        is_ready: Schema.String,
        restarts: Schema.Int,
        exit_code: Schema.Int,
        pid: Schema.Int
      })
    )
  })
)

const Info = Schema.parseJson(Schema.Struct({ Args: Schema.Array(Schema.String) }))

/** Processes with this directory in their environment, including children. */
const processesOf = (directory: string): ReadonlyArray<number> =>
  readdirSync("/proc").flatMap((entry) => {
    if (!/^\d+$/.test(entry)) return []
    try {
      // A zombie has no environment.
      return readFileSync(`/proc/${entry}/environ`, "utf8").includes(directory) ? [Number(entry)] : []
    } catch {
      return [] // It has exited meanwhile.
    }
  })

/**
 * A directory with what process-compose.yaml starts. A copy, because building the assets empties
 * static/dist, which other tests' servers read.
 */
export const project = (onTestFinished: (cleanup: () => void) => void) => {
  const directory = mkdtempSync(join(tmpdir(), "evenstar-"))
  onTestFinished(() => {
    for (const pid of processesOf(directory)) process.kill(pid, "SIGKILL")
    rmSync(directory, { recursive: true, force: true })
  })
  for (const name of [
    "package.json",
    "process-compose.dev.yaml",
    "process-compose.yaml",
    "src",
    "tsconfig.json",
    "web"
  ]) {
    cpSync(join(root, name), join(directory, name), { recursive: true })
  }
  symlinkSync(join(root, "node_modules"), join(directory, "node_modules"))

  const socket = join(directory, "pc.sock")
  const run = (args: ReadonlyArray<string>, env: Record<string, string> = {}) => {
    const child = spawn(processCompose, [...args, "--log-file", join(directory, "process-compose.log")], {
      cwd: directory,
      // npm writes its log to HOME.
      env: { PATH: process.env["PATH"], HOME: directory, npm_config_update_notifier: "false", ...env },
      stdio: ["ignore", "pipe", "pipe"]
    })
    const output = Promise.all([text(child.stdout), text(child.stderr)])
    return once(child, "close").then(async ([code]) => ({ code, output: (await output).join("") }))
  }
  const get = (path: string) =>
    new Promise<string>((resolve, reject) => {
      request({ socketPath: socket, path }, (response) => resolve(text(response)))
        .on("error", reject)
        .end()
    })
  return {
    directory,
    processes: () => processesOf(directory),
    dryRun: (file: string) => run(["--dry-run", "--config", file]),
    /** Starts all processes; `ended` resolves when process-compose exits. */
    up: async (files: ReadonlyArray<string>) => {
      const port = await freePort()
      const configs = files.flatMap((file) => ["--config", file])
      const ended = run(["up", "--tui=false", "--disable-dotenv", "--unix-socket", socket, ...configs], {
        PORT: `${port}`,
        DATA_DIR: join(directory, "data")
      })
      return { url: `http://127.0.0.1:${port}`, ended }
    },
    down: () => run(["down", "--unix-socket", socket]),
    /** A process's state as process-compose reports it; undefined while its API is down. */
    stateOf: async (name: string) => {
      const answer = await get("/processes").catch(() => '{"data":[]}')
      return Schema.decodeSync(States)(answer).data.find((process) => process.name === name)
    },
    /** What it passes to the shell. */
    argumentsOf: async (name: string) => Schema.decodeSync(Info)(await get(`/process/info/${name}`)).Args
  }
}
