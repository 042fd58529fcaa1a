// Streams as third-party clients read them: each event and heartbeat immediately, compressed or
// not, and a clean end distinguished from a crash.
import { execFileSync, spawn } from "node:child_process"
import { once } from "node:events"
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { createInterface } from "node:readline"
import { createParser } from "eventsource-parser"
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from "vitest"
import { keepAlive, newList } from "./client.ts"
import { makeWorkspace, pollOptions } from "./support.ts"

const sources = join(import.meta.dirname, "readers")
const requests = join(import.meta.dirname, "../../.tools/requests")
const built = mkdtempSync(join(tmpdir(), "evenstar-readers-"))

beforeAll(() => {
  execFileSync("go", ["build", "-o", join(built, "read"), join(sources, "read.go")])
}, 120_000)
afterAll(() => rmSync(built, { recursive: true }))

const python = (script: string, ...args: ReadonlyArray<string>) => ["python3", join(sources, script), ...args]

/** Prints what it reads as it arrives; exits with another code than 0 after a broken transfer. */
const readers: Readonly<Record<string, (url: string) => ReadonlyArray<string>>> = {
  "Go's net/http": (url) => [join(built, "read"), url],
  "Python's urllib and zlib": (url) => python("read.py", url),
  "Python's requests": (url) => python("read_requests.py", url, "identity"),
  "Python's requests, compressed": (url) => python("read_requests.py", url, "gzip"),
  curl: (url) => ["curl", "--no-buffer", "--silent", "--show-error", url],
  "curl, compressed": (url) => ["curl", "--no-buffer", "--silent", "--show-error", "--compressed", url]
}

const reading = ([command = "", ...args]: ReadonlyArray<string>) => {
  const child = spawn(command, args, {
    env: { PATH: process.env["PATH"], PYTHONPATH: requests },
    stdio: ["ignore", "pipe", "ignore"]
  })
  const lines: Array<string> = []
  createInterface({ input: child.stdout }).on("line", (line) => lines.push(line))
  const exit = once(child, "close").then(([code]) => code)
  return { child, exit, lines }
}

/** An EventSource's events. */
const eventsIn = (lines: ReadonlyArray<string>) => {
  const found: Array<string> = []
  const parser = createParser({ onEvent: ({ event = "message", id }) => found.push(`${event} ${id}`) })
  for (const line of lines) if (!line.startsWith("gzip")) parser.feed(`${line}\n`)
  return found
}

/** All readers on the log of one server, which is empty. */
const readAll = async () => {
  const { serve } = makeWorkspace(onTestFinished)
  const { stop, url } = await serve()
  const all = Object.entries(readers).map(([name, commandOf]) => ({ name, ...reading(commandOf(`${url}/events`)) }))
  onTestFinished(() => {
    for (const { child } of all) child.kill("SIGKILL")
  })
  type Reading = (typeof all)[number]
  /** A fact about each of them, by name. */
  const of = <A>(view: (reading: Reading) => A) => Object.fromEntries(all.map((it) => [it.name, view(it)]))
  const each = <A>(value: A) => of(() => value)
  await expect.poll(() => of(({ lines }) => lines.includes("id: 0")), pollOptions).toEqual(each(true))
  const exits = async () => {
    const codes = await Promise.all(all.map(({ exit }) => exit))
    return of((it) => codes[all.indexOf(it)])
  }
  return { each, exits, of, stop, url }
}

describe("third-party clients", () => {
  it("receive position, events and heartbeats immediately, and see a clean end", async () => {
    const { each, exits, of, stop, url } = await readAll()
    const client = keepAlive(url, 1)
    const events: Array<string> = []
    for (const event of ["ListCreated 1", "ListCreated 2"]) {
      await newList(client)
      events.push(event)
      await expect.poll(() => of(({ lines }) => eventsIn(lines)), pollOptions).toEqual(each(events))
    }
    client.close()
    await expect.poll(() => of(({ lines }) => lines.at(-1)), pollOptions).toEqual(each(":"))
    expect(of(({ lines }) => eventsIn(lines))).toEqual(each(events))
    expect(await stop("SIGTERM")).toBe(0)
    expect(await exits()).toEqual(each(0))
  }, 180_000)

  it("recognize a crash as an unclean end", async () => {
    const { each, exits, of, stop } = await readAll()
    await stop("SIGKILL")
    const codes = await exits()
    expect(of(({ name }) => (codes[name] ?? 0) > 0)).toEqual(each(true))
  }, 60_000)
})
