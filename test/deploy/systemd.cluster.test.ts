// deploy/evenstar.service: systemd understands it, finds it closed enough, and waits for a graceful end.
import { execFile } from "node:child_process"
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { promisify } from "node:util"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { Settings } from "../../src/layers/node/Settings.ts"
import { program } from "../program.ts"
import { settings } from "../support.ts"

const { mayBeLeftOut, path } = program("systemd-analyze", 'Debian\'s package "systemd" has it')
const unit = readFileSync(join(import.meta.dirname, "../../deploy/evenstar.service"), "utf8")

/** The value of a key of the unit. */
const valueOf = (key: string) => new RegExp(`^${key}=(.*)$`, "m").exec(unit)?.[1]

describe.skipIf(mayBeLeftOut)("the unit", () => {
  const directory = mkdtempSync(join(tmpdir(), "evenstar-"))
  const file = join(directory, "evenstar.service")
  const analyze = (...args: ReadonlyArray<string>) => promisify(execFile)(path, [...args, file])

  beforeAll(() => {
    // systemd looks whether the command is there: on this machine nothing is installed.
    const command = valueOf("ExecStart") ?? "ExecStart is missing"
    writeFileSync(file, unit.replace(command, process.execPath))
  })
  afterAll(() => rmSync(directory, { recursive: true, force: true }))

  it("has nothing that systemd doesn't know", async () => {
    const { stderr } = await analyze("verify", "--man=no")
    // It reads the machine's own units as well, and may find something there.
    expect(stderr.split("\n").filter((line) => line.includes("evenstar.service"))).toEqual([])
  })

  it("is exposed to less than 2 of 10", async () => {
    // The threshold is in tenths; above it the exit code is 1.
    await analyze("security", "--offline=yes", "--no-pager", "--threshold=20")
  })
})

it("waits for longer than the server takes to end", async () => {
  const { shutdownTimeout } = await Effect.runPromise(Settings.pipe(Effect.provide(settings()), Effect.scoped))
  expect(
    Duration.toMillis(Duration.decode(`${Number.parseInt(valueOf("TimeoutStopSec") ?? "", 10)} seconds`))
  ).toBeGreaterThan(Duration.toMillis(shutdownTimeout))
  expect(valueOf("KillSignal")).toBe("SIGTERM")
})

it("leaves V8 its memory, and the server its data", () => {
  expect(valueOf("MemoryDenyWriteExecute")).toBe("no")
  expect(valueOf("Environment")).toContain(`DATA_DIR=/var/lib/${valueOf("StateDirectory")}`)
  expect(valueOf("ExecStart")).toBe("/usr/local/bin/evenstar")
})
