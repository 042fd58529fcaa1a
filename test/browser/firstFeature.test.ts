// Follows the guide "Your first feature": runs its shell blocks, applies its diffs, and checks the
// described results in two browsers.
import { type ChildProcess, execFile, spawn } from "node:child_process"
import { once } from "node:events"
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { createInterface } from "node:readline"
import { promisify } from "node:util"
import type { Browser } from "playwright-core"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { read, root } from "../docs/documents.ts"
import { packing } from "../packing.ts"
import { freePort } from "../servers/ports.ts"
import { isSkipped, launch } from "./chromium.ts"
import { isLive, openWindow } from "./listPage.ts"

const guide = read("docs/guides/your-first-feature.md")
const sections = guide.text.split(/^## /m)
/** Code blocks of a section, by the section's number. */
const blocks = (section: number, language: "sh" | "diff") =>
  [...(sections[section] ?? "").matchAll(/^```(\w+)\n([\s\S]*?)\n```$/gm)].flatMap(([, found, block = ""]) =>
    found === language ? [block] : []
  )
const block = (section: number, index: number) =>
  blocks(section, "sh")[index] ?? expect.fail(`Section ${section} of the guide has no shell block ${index}`)

const folder = mkdtempSync(join(tmpdir(), "evenstar-"))
const app = join(folder, "myapp")
/** Without npm's and Vitest's variables, which refer to this repository. */
const env = {
  ...Object.fromEntries(
    Object.entries(process.env).filter(
      ([name]) => !/^(npm_(package|lifecycle|command)|NODE_ENV$|VITEST|EVENSTAR|CI$)/.test(name)
    )
  ),
  npm_config_prefer_offline: "true",
  // A fixed port: the development server restarts.
  PORT: `${await freePort()}`
}

const shell = async (script: string, cwd = app, more: Record<string, string> = {}) => {
  const { stderr, stdout } = await promisify(execFile)("bash", ["-e", "-c", script], {
    cwd,
    env: { ...env, ...more },
    maxBuffer: 64 * 1024 * 1024
  }).catch((error: { readonly stdout: string; readonly stderr: string }) => {
    throw new Error(`${script}\n${error.stdout}\n${error.stderr}`)
  })
  return stdout + stderr
}

/** Runs a block that starts a server; resolves with its URL. */
const serve = async (script: string) => {
  const child = spawn("bash", ["-c", `exec ${script}`], {
    cwd: app,
    env,
    stdio: ["ignore", "pipe", "inherit"],
    detached: true
  })
  for await (const line of createInterface({ input: child.stdout })) {
    const url = / is at (http:\S+)/.exec(line)?.[1]
    if (url === undefined) continue
    child.stdout.resume()
    return { child, url }
  }
  throw new Error(`${script} ended`)
}
const stop = async (child: ChildProcess) => {
  const exit = once(child, "exit")
  // Like Ctrl-C, to the process group: npm forwards no SIGINT.
  if (child.pid !== undefined) process.kill(-child.pid, "SIGINT")
  await exit
}

/** Applies a diff; the old lines of each hunk must occur exactly once. */
const makeDifference = (difference: string) => {
  const [header = "", ...hunks] = difference.split(/^@@\n/m)
  const file = join(app, header.replace("--- ", "").trim())
  for (const hunk of hunks) {
    const lines = hunk.trimEnd().split("\n")
    const side = (mark: string) =>
      lines.flatMap((line) => (line.startsWith(mark) ? [] : [`${line.slice(1)}\n`])).join("")
    const parts = readFileSync(file, "utf8").split(side("+"))
    expect([hunk, parts.length]).toEqual([hunk, 2])
    writeFileSync(file, parts.join(side("-")))
  }
}

describe.skipIf(isSkipped)("the guide to a first feature", { timeout: 300_000 }, () => {
  let browser: Browser
  let dev: Awaited<ReturnType<typeof serve>>
  const here = (script: string) => script.replaceAll("http://localhost:3000", dev.url)

  beforeAll(async () => {
    browser = await launch()
  })
  afterAll(async () => {
    await browser.close()
    if (dev?.child.exitCode === null && dev.child.signalCode === null) await stop(dev.child)
    rmSync(folder, { recursive: true, force: true })
    // The folder holds all installed packages: a busy disk takes its time to remove them.
  }, 120_000)

  it("1. makes an application, installs it and serves it", async () => {
    // Installed packages of the same versions, with compiled native modules: npm finds them in
    // place.
    const install = block(1, 0)
    const [make = "", ...rest] = install.split("\n")
    await packing((more) => shell(make.replace("../myapp", app), root, more))
    cpSync(join(root, "node_modules"), join(app, "node_modules"), { recursive: true, verbatimSymlinks: true })
    await shell(rest.slice(1).join("\n"))
    dev = await serve(block(1, 1))
    expect(await (await fetch(dev.url)).text()).toContain("counter")
  })

  let path: string
  it("2. and 3. generates a guestbook that two browsers see live", async () => {
    expect(await shell(block(2, 0))).toContain("src/features/guestbooks/Guestbook.ts")
    const [owner, guest] = [await openWindow(browser), await openWindow(browser)]
    await expect.poll(async () => (await fetch(dev.url)).text(), { timeout: 30_000 }).toContain("guestbooks")
    // The server restarts once more when the generator has written its last file.
    const isOpen = () =>
      owner.page.goto(dev.url).then(
        (response) => response?.status(),
        () => undefined
      )
    await expect.poll(isOpen, { timeout: 30_000 }).toBe(200)
    await owner.page.fill("#guestbook-title", "Our wedding")
    await owner.page.locator('form[action="/guestbooks"] button').click()
    await owner.page.waitForURL(/\/guestbooks\//)
    path = new URL(owner.page.url()).pathname
    await guest.page.goto(`${dev.url}${path}`)
    for (const { page } of [owner, guest]) await isLive(page)
    const shows = async (...entries: ReadonlyArray<string>) => {
      for (const { page } of [owner, guest]) {
        await expect.poll(() => page.locator("#entries .text").allInnerTexts(), { timeout: 15_000 }).toEqual(entries)
      }
    }
    await guest.page.fill("#new-entries", "All the best")
    await guest.page.press("#new-entries", "Enter")
    await shows("All the best")
    expect(await guest.page.getByRole("button", { name: "Remove All the best" }).count()).toBe(0)
    expect(await owner.page.getByRole("button", { name: "Remove All the best" }).count()).toBe(1)

    const id = path.split("/").at(-1) ?? ""
    expect(await shell(here(block(3, 0)).replace("GUESTBOOK_ID", id))).toContain('"version":3')
    await shows("All the best", "From a terminal")
    const events = await shell(`${here(block(3, 1)).replace("curl", "curl --silent --max-time 3")} || true`)
    expect([...events.matchAll(/^event: (\w+)$/gm)].map(([, type]) => type)).toEqual([
      "GuestbookCreated",
      "EntriesAdded",
      "EntriesAdded"
    ])
  })

  it("4. takes a rule, with its specification", async () => {
    for (const difference of blocks(4, "diff")) makeDifference(difference)
    expect(await shell(block(4, 0))).toMatch(/Tests .*passed/)
    const refusal = async () => {
      const response = await fetch(`${dev.url}/api${path}/entries`, {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify({ entries: ["See https://example.org"] })
      })
      return [response.status, await response.text()]
    }
    await expect
      .poll(refusal, { timeout: 30_000 })
      .toEqual([400, expect.stringContaining("A guestbook takes no links")])
  })

  it("5. has a read model and a query", async () => {
    await shell(`${block(5, 0)}\n${block(5, 1)}`)
    await expect
      .poll(async () => (await fetch(dev.url)).text(), { timeout: 30_000 })
      .toMatch(/Activity[\s\S]*EntriesAdded[\s\S]*2/)
    await expect.poll(() => shell(`${here(block(5, 2))} --silent`), { timeout: 30_000 }).toMatch(/"count":2/)
  })

  it("6. passes its check, is built, and serves the same data", async () => {
    await shell(block(6, 0))
    await stop(dev.child)
    const built = await serve(block(6, 1))
    expect(await (await fetch(`${built.url}${path}`)).text()).toContain("From a terminal")
    await stop(built.child)
  })
})
