// A real server beside the tests: a process that is stopped by its id, also when the tests' own
// process dies, and can be killed and restarted.
import { type ChildProcess, execFileSync, spawn } from "node:child_process"
import { once } from "node:events"
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { setTimeout } from "node:timers/promises"

/** Where a server runs: this machine or a network namespace (network.ts). */
export interface Machine {
  /** Its address, for this process and other hosts. */
  readonly address: string
  /** A command prefix that runs it there. */
  readonly prefix: ReadonlyArray<string>
}

export const thisMachine: Machine = { address: "127.0.0.1", prefix: [] }

export interface User {
  readonly uid: number
  readonly gid: number
}

export interface Server {
  /** Of the running process; undefined while it is stopped. */
  readonly pid: () => number | undefined
  /** Resolves when the process has exited. */
  readonly kill: (signal?: NodeJS.Signals) => Promise<void>
  /** Restarts on the same port with the data on disk; resolves when it responds. */
  readonly start: () => Promise<void>
  /** Stops it for good and removes its directory. */
  readonly stop: () => Promise<void>
  /** Its output so far. */
  readonly log: () => string
}

export interface Options {
  readonly command: string
  readonly args: ReadonlyArray<string>
  readonly directory: string
  readonly isReady: () => Promise<boolean>
  readonly machine?: Machine | undefined
  readonly user?: User | undefined
  /** The signal that stops it when no data is kept. */
  readonly end?: NodeJS.Signals
}

const startTimeout = 30_000
const endTimeout = 10_000

const running = new Set<ChildProcess>()
const directories = new Set<string>()
const remove = (directory: string) => rmSync(directory, { recursive: true, force: true, maxRetries: 3 })
process.on("exit", () => {
  for (const child of running) child.kill("SIGKILL")
  for (const place of directories) remove(place)
})

/** A directory that is removed by `stop`, or at the end of this process. */
export const makeTemporaryDirectory = (user?: User) => {
  const directory = mkdtempSync(join(tmpdir(), "evenstar-server-"))
  directories.add(directory)
  if (user !== undefined) execFileSync("chown", [`${user.uid}:${user.gid}`, directory])
  return directory
}

/** Sets the user and the parent death signal in one command, since setuid clears the signal. */
const killedWithParent = (end: NodeJS.Signals, user?: User) =>
  process.platform === "linux"
    ? [
        "setpriv",
        ...(user === undefined ? [] : [`--reuid=${user.uid}`, `--regid=${user.gid}`, "--clear-groups"]),
        `--pdeathsig=${end.slice("SIG".length)}`,
        "--"
      ]
    : []

/** Runs a command to its end as a server's user. */
export const runAs = (user: User | undefined, command: string, args: ReadonlyArray<string>) =>
  execFileSync(command, args, { ...user, cwd: tmpdir(), encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] })

/** Starts it; resolves when it is ready. */
export const startServer = async (options: Options): Promise<Server> => {
  const { args, command, directory, end = "SIGKILL", isReady, machine = thisMachine, user } = options
  const logFile = join(directory, "log")
  const log = () => readFileSync(logFile, "utf8")
  let child: ChildProcess | undefined
  let ended: Promise<unknown> = Promise.resolve()
  let isOver = false

  const kill = async (signal: NodeJS.Signals = "SIGKILL") => {
    child?.kill(signal)
    await ended
  }
  const start = async () => {
    // A test that has timed out keeps running: it must not start further processes.
    if (isOver) throw new Error("The server has been stopped for good")
    if (child !== undefined) throw new Error("The server runs")
    const output = openSync(logFile, "a")
    const [file = command, ...rest] = [...machine.prefix, ...killedWithParent(end, user), command, ...args]
    const started = spawn(file, rest, { cwd: directory, stdio: ["ignore", output, output] })
    closeSync(output)
    child = started
    running.add(started)
    let fault: Error | undefined
    ended = once(started, "exit")
      .catch((error) => {
        fault = error
      })
      .finally(() => {
        running.delete(started)
        child = undefined
      })
    const deadline = performance.now() + startTimeout
    while (!(await isReady()) || child !== started) {
      if (child !== started) throw new Error(`${command} ended at its start: ${log()}`, { cause: fault })
      if (performance.now() > deadline) {
        await kill()
        throw new Error(`${command} doesn't answer: ${log()}`)
      }
      await setTimeout(20)
    }
  }
  const stop = async () => {
    isOver = true
    const last = child
    last?.kill(end)
    const ending = new AbortController()
    await Promise.race([ended, setTimeout(endTimeout, undefined, { signal: ending.signal }).catch(() => undefined)])
    ending.abort()
    last?.kill("SIGKILL")
    await ended
    remove(directory)
    directories.delete(directory)
  }
  try {
    await start()
  } catch (error) {
    await stop()
    throw error
  }
  return { pid: () => child?.pid, kill, start, stop, log }
}
