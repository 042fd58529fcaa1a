// deploy/evenstar.service: valid for systemd, sandboxed, and with a long enough stop timeout.
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

const { isSkipped, path } = program("systemd-analyze", 'Debian\'s package "systemd" has it')
const unit = readFileSync(join(import.meta.dirname, "../../deploy/evenstar.service"), "utf8")

/** The value of a key of the unit. */
const valueOf = (key: string) => new RegExp(`^${key}=(.*)$`, "m").exec(unit)?.[1]

describe.skipIf(isSkipped)("systemd unit", () => {
  const directory = mkdtempSync(join(tmpdir(), "evenstar-"))
  const file = join(directory, "evenstar.service")
  const analyze = (...args: ReadonlyArray<string>) => promisify(execFile)(path, [...args, file])

  beforeAll(() => {
    // systemd checks that the command exists, but nothing is installed on this machine.
    const command = valueOf("ExecStart") ?? "ExecStart is missing"
    writeFileSync(file, unit.replace(command, process.execPath))
  })
  afterAll(() => rmSync(directory, { recursive: true, force: true }))

  it("contains nothing unknown to systemd", async () => {
    const { stderr } = await analyze("verify", "--man=no")
    // systemd also reads the machine's own units and may report problems in them.
    expect(stderr.split("\n").filter((line) => line.includes("evenstar.service"))).toEqual([])
  })

  it("has an exposure level below 2 of 10", async () => {
    // The threshold is in tenths; above it, the exit code is 1.
    await analyze("security", "--offline=yes", "--no-pager", "--threshold=20")
  })
})

it("has a stop timeout longer than the server's shutdown", async () => {
  const { shutdownTimeout } = await Effect.runPromise(Settings.pipe(Effect.provide(settings()), Effect.scoped))
  expect(
    Duration.toMillis(Duration.decode(`${Number.parseInt(valueOf("TimeoutStopSec") ?? "", 10)} seconds`))
  ).toBeGreaterThan(Duration.toMillis(shutdownTimeout))
  expect(valueOf("KillSignal")).toBe("SIGTERM")
})

it("allows V8's executable memory and the server's data directory", () => {
  expect(valueOf("MemoryDenyWriteExecute")).toBe("no")
  expect(valueOf("Environment")).toContain(`DATA_DIR=/var/lib/${valueOf("StateDirectory")}`)
  expect(valueOf("ExecStart")).toBe("/usr/local/bin/evenstar")
})
