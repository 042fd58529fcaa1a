// The processes of the server: the running one, the standby with all packages loaded, and the
// stopping ones.
import { type ChildProcess, spawn } from "node:child_process"
import { once } from "node:events"
import type { Program } from "./bundle.ts"
import type { Order } from "./host.ts"

/** Characters of stderr that are kept: enough for the last error. */
const kept = 4000

/** Milliseconds until a standby loads its packages, so that it takes no core from a start. */
const standbyDelay = 1000

const hasEnded = ({ exitCode, signalCode }: ChildProcess) => exitCode !== null || signalCode !== null

export class Processes {
  private running: ChildProcess | undefined
  private standby: ChildProcess | undefined
  private standbyTimer: NodeJS.Timeout | undefined
  private readonly ending = new Set<Promise<unknown>>()

  constructor(
    private readonly env: NodeJS.ProcessEnv,
    /** Called when the server has exited by itself. */
    private readonly onFailure: (problem: string) => void
  ) {}

  private spawn({ host, packages }: Program) {
    const child = spawn(process.execPath, ["--enable-source-maps", host], {
      // A separate process group: signals of the terminal are forwarded by the parent, once.
      detached: true,
      env: this.env,
      stdio: ["ignore", "inherit", "pipe", "ipc"]
    })
    child.stderr?.pipe(process.stderr, { end: false })
    child.on("error", () => {})
    this.order(child, { packages })
    return child
  }

  private order(child: ChildProcess, order: Order) {
    if (child.connected) child.send(order, () => {})
  }

  /** Starts loading the packages of the next server. */
  prepare(program: Program) {
    clearTimeout(this.standbyTimer)
    if (this.standby === undefined || hasEnded(this.standby)) this.standby = this.spawn(program)
    return this.standby
  }

  /** Starts the next server while the previous one stops; they may share open files. */
  start(program: Program) {
    this.stop()
    const child = this.prepare(program)
    this.standby = undefined
    this.running = child
    let said = ""
    child.stderr?.on("data", (part: Buffer) => {
      said = (said + part.toString()).slice(-kept)
    })
    const before = [...this.ending]
    child.once("close", async (code, signal) => {
      if (this.running !== child) return
      this.running = undefined
      // It may have failed because a previous one was still running: start it again.
      if (before.some((it) => this.ending.has(it))) {
        await Promise.all(before)
        if (this.running === undefined) this.start(program)
        return
      }
      this.onFailure(said || `The server has ended with ${signal ?? `code ${code}`}`)
    })
    this.order(child, { main: program.main })
    this.standbyTimer = setTimeout(() => this.prepare(program), standbyDelay)
  }

  /** Stops the server, if one is running. */
  stop() {
    const child = this.running
    this.running = undefined
    if (child === undefined || hasEnded(child)) return
    const ended = once(child, "exit").finally(() => this.ending.delete(ended))
    this.ending.add(ended)
    child.kill("SIGTERM")
  }

  /** Stops all processes; resolves when they have exited. */
  async end() {
    clearTimeout(this.standbyTimer)
    this.standby?.kill("SIGKILL")
    this.stop()
    await Promise.all(this.ending)
  }
}
