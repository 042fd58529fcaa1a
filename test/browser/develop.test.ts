// `npm run dev` on a copy of the sources: an open page follows changes and keeps unsaved input.
import { type ChildProcess, spawn } from "node:child_process"
import { once } from "node:events"
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { createInterface } from "node:readline"
import type { Browser, Page } from "playwright-core"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { freePort } from "../servers/ports.ts"
import { isSkipped, launch } from "./chromium.ts"

const root = join(import.meta.dirname, "../..")
const pollOptions = { timeout: 30_000 }

describe.skipIf(isSkipped)("npm run dev", { timeout: 90_000 }, () => {
  let browser: Browser
  let child: ChildProcess
  let page: Page
  let url: string
  let said = ""
  const directory = mkdtempSync(join(tmpdir(), "evenstar-"))
  beforeAll(async () => {
    for (const name of ["src", "web", "package.json", "tsconfig.json"]) {
      cpSync(join(root, name), join(directory, name), { recursive: true })
    }
    symlinkSync(join(root, "node_modules"), join(directory, "node_modules"))
    child = spawn(process.execPath, ["--import", "tsx", "src/tooling/evenstar.ts", "dev"], {
      cwd: directory,
      env: { PATH: process.env["PATH"], PORT: String(await freePort()), DATA_DIR: join(directory, "data") },
      stdio: ["ignore", "pipe", "pipe"]
    })
    child.stderr?.on("data", (part) => {
      said += part
    })
    const lines = createInterface({ input: child.stdout ?? process.stdin })
    url = await new Promise<string>((resolve) =>
      lines.on("line", (line) => {
        said += `${line}\n`
        const found = /Evenstar is at (http:\S+)/.exec(line)?.[1]
        if (found !== undefined) resolve(found)
      })
    )
    browser = await launch()
    page = await browser.newPage()
    await page.goto(url)
    // The page's reload stream is connected.
    await page.waitForFunction(() => document.documentElement.dataset["build"] !== undefined)
    await page.evaluate(() => Object.assign(window, { same: true }))
    await page.fill("#text", "half a sentence")
  }, 90_000)
  afterAll(async () => {
    await browser?.close()
    child.kill("SIGTERM")
    if (child.exitCode === null) await once(child, "exit")
    rmSync(directory, { recursive: true, force: true })
  })

  const change = (name: string, edit: (text: string) => string) =>
    writeFileSync(join(directory, name), edit(readFileSync(join(directory, name), "utf8")))
  const isSame = () => page.evaluate(() => "same" in window).catch(() => undefined)

  it("replaces a changed style sheet without reloading the page", async () => {
    change("web/style.css", (text) => text.replace(/max-width: \d+rem/, "max-width: 33rem"))
    const width = () => page.evaluate(() => getComputedStyle(document.body).maxWidth)
    await expect.poll(width, pollOptions).toBe("528px")
    await expect.poll(() => page.locator("link[rel=stylesheet]").count(), pollOptions).toBe(1)
    expect([await isSame(), await page.inputValue("#text")]).toEqual([true, "half a sentence"])
  })

  it("survives a failed build and reports its error", async () => {
    change("web/index.ts", (text) => `import "./nowhere.ts"\n${text}`)
    await expect.poll(() => said, pollOptions).toContain("nowhere")
    expect(await isSame()).toBe(true)
  })

  it("reloads the page for a changed script and keeps unsaved input", async () => {
    change("web/index.ts", (text) => text.replace('import "./nowhere.ts"\n', "document.title = 'changed'\n"))
    await expect.poll(() => page.title().catch(() => ""), pollOptions).toBe("changed")
    expect(await isSame()).toBe(false)
    await expect.poll(() => page.inputValue("#text"), pollOptions).toBe("half a sentence")
    expect(await page.evaluate(() => document.activeElement?.id)).toBe("text")
  })

  it("reloads the page when server sources change", async () => {
    change("src/features/todo/startSection.tsx", (text) => text.replace("What needs doing?", "What is to be done?"))
    await expect
      .poll(() => page.textContent("label[for=text]").catch(() => ""), pollOptions)
      .toBe("What is to be done?")
    await expect.poll(() => page.inputValue("#text"), pollOptions).toBe("half a sentence")
    expect(await page.evaluate(() => document.activeElement?.id)).toBe("text")
  })

  const problem = () => page.textContent("#dev-problem", { timeout: 100 }).catch(() => "")

  /** Opens a new page while the server cannot run. */
  const newPage = async () => {
    const other = await browser.newPage()
    await other.goto(url)
    return other
  }

  it.each([
    {
      what: "a syntax error",
      file: "src/features/todo/startSection.tsx",
      broken: (text: string) => `const = 1\n${text}`,
      says: /startSection\.tsx:1:7/
    },
    {
      what: "a Layer that fails",
      file: "src/layers/node/Ids.ts",
      broken: (text: string) => text.replace("Layer.succeed(Ids,", 'Layer.die("no ids today") ?? Layer.succeed(Ids,'),
      says: /evenstar: no ids today/
    },
    {
      what: "a module that throws",
      file: "src/main.ts",
      broken: (text: string) => `${text}\nthrow new Error("no main today")\n`,
      says: /src\/main\.ts:\d+[\s\S]*no main today/
    }
  ])("shows $what in the page and the terminal until it is fixed", async ({ broken, file, says }) => {
    const whole = readFileSync(join(directory, file), "utf8")
    const before = said.length
    await page.evaluate(() => Object.assign(window, { same: true }))
    change(file, broken)
    await expect.poll(problem, pollOptions).toMatch(says)
    expect(said.slice(before)).toMatch(says)
    expect([await isSame(), await page.inputValue("#text")]).toEqual([true, "half a sentence"])
    const other = await newPage()
    expect(await other.textContent("[role=alert]")).toMatch(says)
    change(file, () => whole)
    await expect.poll(() => page.getAttribute("html", "data-build").catch(() => null), pollOptions).not.toBeNull()
    await expect.poll(isSame, pollOptions).toBe(false)
    expect(await problem()).toBe("")
    await expect.poll(() => page.inputValue("#text"), pollOptions).toBe("half a sentence")
    await expect.poll(() => other.textContent("label[for=text]").catch(() => ""), pollOptions).toContain("done?")
    await other.close()
  })
})
