// Two windows share a list live in Chromium, across disconnects, restarts and without JavaScript.
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import type { Browser, Page } from "playwright-core"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { type Process, startProcess } from "../http/server.ts"
import { isSkipped, launch } from "./chromium.ts"
import { cuttableProxy } from "./cuttableProxy.ts"
import { openRename } from "./listPage.ts"

describe.skipIf(isSkipped)("lists in Chromium", { timeout: 60_000 }, () => {
  let browser: Browser
  let server: Process
  const directory = mkdtempSync(join(tmpdir(), "evenstar-"))

  beforeAll(async () => {
    browser = await launch()
    server = await startProcess(directory)
  })
  afterAll(async () => {
    await browser.close()
    await server.stop("SIGTERM")
    rmSync(directory, { recursive: true })
  })

  const window = async (javaScriptEnabled = true) => {
    const page = await (await browser.newContext({ javaScriptEnabled })).newPage()
    const complaints: Array<string> = []
    page.on("console", (message) => {
      if (message.type() === "error" || message.type() === "warning") complaints.push(message.text())
    })
    page.on("pageerror", (error) => complaints.push(error.message))
    return { page, complaints }
  }
  const add = async (page: Page, text: string) => {
    await page.fill("#text", text)
    await page.press("#text", "Enter")
  }
  const texts = (page: Page) => page.locator("#todos .text").allTextContents()
  const shows = (page: Page, expected: ReadonlyArray<string>) =>
    expect.poll(() => texts(page), { timeout: 15_000 }).toEqual(expected)
  const isLive = (page: Page) => page.locator('#connection[data-state="live"]').waitFor()
  const newList = async (page: Page, url: string, text: string) => {
    await page.goto(url)
    await add(page, text)
    await page.waitForURL(/\/lists\//)
    await isLive(page)
    return new URL(page.url()).pathname
  }

  it("shows each window's changes in the other one", async () => {
    const a = await window()
    const b = await window()
    const path = await newList(a.page, server.url, "milk")
    await b.page.goto(`${server.url}${path}`)
    await isLive(b.page)
    await add(b.page, "bread")
    await shows(a.page, ["milk", "bread"])
    await expect.poll(() => b.page.inputValue("#text")).toBe("")
    await add(a.page, "<i>cheese</i>")
    await shows(b.page, ["milk", "bread", "<i>cheese</i>"])

    await a.page.getByRole("button", { name: "Completed: milk" }).click()
    await b.page.locator("li.completed", { hasText: "milk" }).waitFor()
    await expect.poll(() => b.page.textContent("#left")).toBe("2 items left")

    await (await openRename(b.page, "bread")).fill("rye bread")
    await b.page.locator("details[open] button").click()
    await shows(a.page, ["milk", "rye bread", "<i>cheese</i>"])

    await a.page.getByRole("button", { name: "Delete: <i>cheese</i>" }).click()
    await shows(b.page, ["milk", "rye bread"])

    await b.page.getByRole("link", { name: "Active" }).click()
    await isLive(b.page)
    expect(await b.page.locator("#todos > li:visible").count()).toBe(1)
    await b.page.getByRole("link", { name: "Completed" }).click()
    await isLive(b.page)
    expect(await b.page.locator("#todos > li:visible .text").allTextContents()).toEqual(["milk"])

    await a.page.getByRole("button", { name: "Complete all" }).click()
    await expect.poll(() => b.page.locator("#todos > li:visible").count()).toBe(2)
    await a.page.getByRole("button", { name: "Clear completed" }).click()
    await shows(b.page, [])

    await a.page.goto(server.url)
    expect(await a.page.locator(".lists .text").allTextContents()).toEqual(["milk"])
    expect([...a.complaints, ...b.complaints]).toEqual([])
  })

  it("creates one list with one todo on a double click, and a second todo on a later submit", async () => {
    const { page } = await window()
    await page.goto(server.url)
    await page.fill("#text", "first")
    await page.locator('form[action="/lists"] button').dblclick()
    await page.waitForURL(/\/lists\//)
    await isLive(page)
    await page.fill("#text", "twice")
    await page.locator(".entry button").dblclick()
    await shows(page, ["first", "twice"])
    await expect.poll(() => page.inputValue("#text")).toBe("")
    await add(page, "twice")
    await shows(page, ["first", "twice", "twice"])
    await page.goto(server.url)
    expect(await page.locator('.lists a[href^="/lists/"]').count()).toBe(1)
  })

  it("shows what a disconnected window missed, once each, after it reconnects", async () => {
    const proxy = await cuttableProxy(server.url)
    const a = await window()
    const b = await window()
    const path = await newList(a.page, server.url, "first")
    await b.page.goto(`${proxy.url}${path}`)
    await isLive(b.page)
    proxy.cut()
    await b.page.locator('#connection[data-state="reconnecting"]').waitFor()
    for (const text of ["second", "third", "fourth"]) {
      await add(a.page, text)
      await a.page.locator("#todos .text", { hasText: text }).waitFor()
    }
    expect(await texts(b.page)).toEqual(["first"])
    proxy.mend()
    await shows(b.page, ["first", "second", "third", "fourth"])
    await isLive(b.page)
    proxy.close()
  })

  it("keeps all data across a crash and reconnects the open page", async () => {
    const { page } = await window()
    const path = await newList(page, server.url, "kept")
    const { port } = new URL(server.url)
    await server.stop("SIGKILL")
    await page.locator('#connection[data-state="reconnecting"]').waitFor()
    server = await startProcess(directory, { PORT: port })
    await fetch(`${server.url}/api${path}/todos`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ text: "new" })
    })
    await shows(page, ["kept", "new"])
    await isLive(page)
  })

  it("works with plain forms without JavaScript", async () => {
    const { page } = await window(false)
    await page.goto(server.url)
    await add(page, "paper")
    await page.waitForURL(/\/lists\//)
    await add(page, "pen")
    await shows(page, ["paper", "pen"])
    await page.getByRole("button", { name: "Completed: pen" }).click()
    await page.locator("li.completed", { hasText: "pen" }).waitFor()
    await page.getByRole("button", { name: "Clear completed" }).click()
    await shows(page, ["paper"])
  })
})
