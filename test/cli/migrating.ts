// What the tests of `evenstar migrate-log` share: its runs, and logs in a temporary directory.
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import * as Effect from "effect/Effect"
import { afterEach, beforeEach, expect } from "vitest"
import { UserId } from "../../src/domain/Account.ts"
import { startProcess } from "../http/server.ts"
import { editDatabase } from "./backups.ts"
import { addEvents, onNode } from "./migrations.ts"
import { runToEnd, start } from "./process.ts"

/** Each test starts processes: this timeout only catches a hang. */
export const pollOptions = { timeout: 60_000 }

export let temporary: string
export let ending: Array<() => Promise<unknown>>

/** Gives each test of the calling file a temporary directory, and ends the processes it started. */
export const useTemporary = () => {
  beforeEach(() => {
    temporary = mkdtempSync(join(tmpdir(), "evenstar-"))
    ending = []
  })
  afterEach(async () => {
    for (const end of ending) await end()
    rmSync(temporary, { recursive: true, force: true })
  })
}

export const migrate = (...args: ReadonlyArray<string>) => runToEnd(temporary, ["migrate-log", ...args])
export const migrated = async (...args: ReadonlyArray<string>) => {
  const { code, stderr, stdout } = await migrate(...args)
  expect([code, stderr]).toEqual([0, ""])
  return stdout
}
export const refused = async (from: string, to: string, words: string | RegExp) => {
  const { code, stderr, stdout } = await migrate(from, to)
  expect(stderr).toMatch(words)
  expect(stderr.trim().split("\n")).toHaveLength(1)
  expect(`${stderr}${stdout}`).not.toContain("secret")
  expect(code).toBe(1)
  return stdout
}
export const targetInUse =
  /has changed since the last copy: its sessions and accounts would be replaced\. .* empty database, or pass --replace\n$/
export const starting = (from: string, to: string) => {
  const running = start(temporary, ["migrate-log", from, to])
  ending.push(() => {
    running.child.kill("SIGKILL")
    return running.ended
  })
  return running
}
export const serving = async (env: Record<string, string>) => {
  const server = await startProcess(join(temporary, "node"), env)
  ending.push(() => server.stop("SIGKILL"))
  return server
}
export const directory = (name: string) => join(temporary, name)
export const file = (name: string) => join(temporary, name, "evenstar.db")

export const newUser = UserId.make("9f9619ff-8b86-4d01-b42d-00cf4fc964ff")

/** A log with this many plain events. */
export const log = async (name: string, events: number) => {
  await onNode({ DATA_DIR: directory(name) }, Effect.void)
  addEvents(directory(name), events)
  return directory(name)
}

export const tablesOf = (file: string) =>
  editDatabase(file, (open) =>
    open.prepare("SELECT name FROM sqlite_schema WHERE type = 'table'").pluck().all().map(String)
  )
