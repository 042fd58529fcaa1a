// `evenstar backup` as a process: beside a busy server, on a full disk, and interrupted.
import { existsSync, readdirSync, statSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { describe, expect, it, vi } from "vitest"
import { metric } from "../process/client.ts"
import { fillDisk, makeWorkspace, pollOptions } from "../process/support.ts"
import { contents, database, evenstar, filesIn, load, missingEvents, startEvenstar } from "./backups.ts"

const timeout = 180_000

describe("evenstar backup", () => {
  it(
    "copies a consistent snapshot while 64 connections write to the server",
    async ({ onTestFinished }) => {
      const { directory, serve, writer } = makeWorkspace(onTestFinished)
      const { directory: elsewhere } = makeWorkspace(onTestFinished)
      await (await writer(["storm", 100_000, 1000, 4])).go()
      const { url } = await serve()
      const stop = await load(url)
      const head = () => metric(url, "evenstar_log_head_sequence")
      const file = join(elsewhere, "backup.db")

      const before = await head()
      const { code, stderr, stdout } = await evenstar(directory, "backup", file)
      const after = await head()
      expect([code, stderr]).toEqual([0, ""])
      const toggled = await stop()
      expect(toggled).toBeGreaterThanOrEqual(after - before)
      expect(after - before).toBeGreaterThan(100)

      const copy = contents(file)
      expect(copy).toMatchObject({ integrity: "ok", rows: copy.head, logId: contents(database(directory)).logId })
      expect(copy.head).toBeGreaterThan(before)
      expect(copy.head).toBeLessThan(after)
      expect(missingEvents(file, database(directory), copy.head)).toBe(0)
      expect(stdout).toMatch(
        new RegExp(
          `^Copied the log up to event ${copy.head} \\([\\d,]+ events, \\d+\\.\\d MiB\\) to ${file} in [\\d.]+ s\n$`
        )
      )
      expect([filesIn(elsewhere), statSync(file).mode & 0o777]).toEqual([["backup.db"], 0o600])
      expect(await evenstar(directory, "verify", file)).toMatchObject({
        code: 0,
        stdout: expect.stringMatching(/^Verified: [\d,]+ events of 164 aggregates; .* Storm\n$/)
      })
      expect(await evenstar(directory, "verify")).toMatchObject({ code: 0, stderr: "" })

      const again = await evenstar(directory, "backup", file)
      expect(again).toMatchObject({
        code: 1,
        stdout: "",
        stderr: `evenstar: ${file} already exists and is not overwritten\n`
      })
      expect(contents(file)).toEqual(copy)
    },
    timeout
  )

  it(
    "reports the failure in one line and leaves no files",
    async ({ onTestFinished }) => {
      const { directory, writer } = makeWorkspace(onTestFinished)
      const { directory: small } = makeWorkspace(onTestFinished, "2m")
      const file = join(small, "backup.db")
      expect(await evenstar(directory, "backup", file)).toMatchObject({
        code: 1,
        stdout: "",
        stderr: `evenstar: ${database(directory)}: there is no such file\n`
      })
      expect(existsSync(database(directory))).toBe(false)
      await (await writer(["storm", 20_000, 1000, 4])).go()
      expect(await evenstar(directory, "backup", join(small, "nowhere", "backup.db"))).toMatchObject({
        code: 1,
        stderr: expect.stringMatching(/^evenstar: .*nowhere.*: there is no such file or directory\n$/)
      })
      fillDisk(join(small, "filler"))
      expect(await evenstar(directory, "backup", file)).toMatchObject({
        code: 1,
        stderr: expect.stringMatching(/^evenstar: .*: the disk is full\n$/)
      })
      expect(readdirSync(small)).toEqual(["filler"])

      writeFileSync(join(directory, "other.db"), "")
      expect((await evenstar(directory, "verify", join(directory, "other.db"))).stderr).toMatch(
        /^evenstar: .* is not an Evenstar database\n$/
      )
    },
    timeout
  )

  it(
    "leaves no files when a signal ends it",
    async ({ onTestFinished }) => {
      const { directory, writer } = makeWorkspace(onTestFinished)
      const { directory: elsewhere } = makeWorkspace(onTestFinished)
      await (await writer(["storm", 300_000, 1000, 4])).go()
      const file = join(elsewhere, "backup.db")
      for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
        const { child, ended } = startEvenstar(directory, "backup", file)
        await vi.waitUntil(() => readdirSync(elsewhere).length > 0, { ...pollOptions, interval: 5 })
        child.kill(signal)
        expect(await ended).toMatchObject({ code: 130, stdout: "", stderr: "" })
        expect([signal, readdirSync(elsewhere)]).toEqual([signal, []])
      }
    },
    timeout
  )
})
