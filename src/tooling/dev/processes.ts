// The server's process, the next one that waits with all packages loaded, and those that are ending.
import { type ChildProcess, spawn } from "node:child_process"
import { once } from "node:events"
import type { Program } from "./bundle.ts"
import type { Order } from "./host.ts"

/** Characters of the end of what a failed process has said: its last error. */
const kept = 4000

const hasEnded = ({ exitCode, signalCode }: ChildProcess) => exitCode !== null || signalCode !== null

export class Processes {
  private running: ChildProcess | undefined
  private waiting: ChildProcess | undefined
  private readonly ending = new Set<Promise<unknown>>()

  constructor(
    private readonly env: NodeJS.ProcessEnv,
    /** The server has ended by itself. */
    private readonly onFailure: (problem: string) => void
  ) {}

  private spawn({ host, packages }: Program) {
    const child = spawn(process.execPath, ["--enable-source-maps", host], {
      // A group of its own: the terminal's signals come by way of this process, once.
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

  /** The next server takes over while the one before ends: both may have the same files open. */
  start(program: Program) {
    this.stop()
    const child = this.waiting === undefined || hasEnded(this.waiting) ? this.spawn(program) : this.waiting
    this.running = child
    let said = ""
    child.stderr?.on("data", (part: Buffer) => {
      said = (said + part.toString()).slice(-kept)
    })
    const before = [...this.ending]
    child.once("close", async (code, signal) => {
      if (this.running !== child) return
      this.running = undefined
      // It may have failed because of one that had not ended yet.
      if (before.some((it) => this.ending.has(it))) {
        await Promise.all(before)
        if (this.running === undefined) this.start(program)
        return
      }
      this.onFailure(said || `The server has ended with ${signal ?? `code ${code}`}`)
    })
    this.order(child, { main: program.main })
    this.waiting = this.spawn(program)
  }

  /** Ends the server, if there is one. */
  stop() {
    const child = this.running
    this.running = undefined
    if (child === undefined || hasEnded(child)) return
    const ended = once(child, "exit").finally(() => this.ending.delete(ended))
    this.ending.add(ended)
    child.kill("SIGTERM")
  }

  /** Resolves when none is left. */
  async end() {
    this.waiting?.kill("SIGKILL")
    this.stop()
    await Promise.all(this.ending)
  }
}
