// Narrow screens and any script: no horizontal scrolling at 320 pixels, a description on each page,
// and text in its own direction.
import type { Browser, Page } from "playwright-core"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { serverForFile } from "../http/server.ts"
import { isSkipped, launch } from "./chromium.ts"

const width = 320
/** A text of 500 characters without a break opportunity. */
const words = ["w".repeat(500), "ש".repeat(500), "🇸🇪".repeat(125), "_.-/".repeat(125)]

describe.skipIf(isSkipped)("pages in Chromium", { timeout: 60_000 }, () => {
  let browser: Browser
  const server = serverForFile({ COMMAND_RATE_LIMIT: "0" })
  beforeAll(async () => {
    browser = await launch()
  })
  afterAll(async () => {
    await browser.close()
  })

  const open = async (javaScriptEnabled: boolean) => {
    const context = await browser.newContext({ javaScriptEnabled, viewport: { width, height: 640 } })
    return context.newPage()
  }
  const add = async (page: Page, text: string) => {
    await page.fill("#text", text)
    await page.press("#text", "Enter")
  }
  /** Horizontal overflow in pixels, and the page's description. */
  const measure = (page: Page) =>
    page.evaluate(() => [
      document.scrollingElement?.scrollWidth ?? 0,
      document.querySelector('meta[name="description"]')?.getAttribute("content") ?? ""
    ])
  const expectNarrow = async (page: Page, path: string) => {
    await page.goto(`${server.url}${path}`)
    const [scrollWidth, description] = await measure(page)
    expect([path, scrollWidth]).toEqual([path, width])
    expect(description).toMatch(/\w{3}/)
  }

  it.each([true, false])("fit a narrow screen, with JavaScript (%s) and without", async (javaScriptEnabled) => {
    const page = await open(javaScriptEnabled)
    await page.goto(server.url)
    await add(page, words[0] ?? "")
    await page.waitForURL(/\/lists\//)
    const list = new URL(page.url()).pathname
    const texts = [...words.slice(1), ...Array.from({ length: 55 }, () => words.join("").slice(400, 900))]
    for (const text of texts) {
      await fetch(`${server.url}/api${list}/todos`, {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify({ text })
      })
    }
    const edit = `${list}/todos/${await page.locator("#todos li").first().getAttribute("id")}/edit`.replace("todo-", "")
    const others = [
      "/",
      edit,
      "/account",
      "/analytics",
      "/analytics?from=&to=2026-01-01",
      "/nothing",
      "/static/nothing"
    ]
    for (const path of [list, `${list}?page=2`, `${list}?filter=completed`, ...others]) await expectNarrow(page, path)
    await page.goto(`${server.url}${list}`)
    if (javaScriptEnabled) await page.locator("summary").first().click()
    expect((await measure(page))[0]).toBe(width)
    await page.context().close()
  })

  it("render each text in its own direction", async () => {
    const page = await open(true)
    await page.goto(server.url)
    const directionOf = (selector: string) =>
      page
        .locator(selector)
        .first()
        .evaluate((element) => [element.getAttribute("dir"), getComputedStyle(element).direction])
    await page.fill("#text", "שלום")
    expect(await directionOf("#text")).toEqual(["auto", "rtl"])
    await page.press("#text", "Enter")
    await page.waitForURL(/\/lists\//)
    expect(await directionOf("#todos .text")).toEqual(["auto", "rtl"])
    await page.locator("summary").click()
    await expect.poll(() => page.locator("details input").inputValue()).toBe("שלום")
    expect(await directionOf("details input")).toEqual(["auto", "rtl"])
    await page.goto(server.url)
    expect(await directionOf(".lists .text")).toEqual(["auto", "rtl"])
    await page.context().close()
  })

  it("lead to a todo added outside the visible part and keep unsaved input", async () => {
    const page = await open(true)
    await page.goto(server.url)
    await add(page, "first")
    await page.waitForURL(/\/lists\//)
    const list = new URL(page.url()).pathname
    for (let n = 1; n < 60; n++) {
      await fetch(`${server.url}/api${list}/todos`, {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify({ text: `todo ${n}` })
      })
    }
    await page.getByRole("link", { name: "Oldest" }).click()
    await page.locator('#connection[data-state="live"]').waitFor()
    expect(await page.locator("#todos .text").first().textContent()).toBe("first")
    await add(page, "the newest")
    await page.locator("#notice a").click()
    await page.locator("#todos .text", { hasText: "the newest" }).waitFor()
    await page.locator('#connection[data-state="live"]').waitFor()
    // On the newest page, the feed delivers it.
    await add(page, "newer still")
    await page.locator("#todos .text", { hasText: "newer still" }).waitFor()
    expect(await page.locator("#todos li").count()).toBe(50)
    await page.context().close()
  })

  it("rename a todo on a separate page without JavaScript", async () => {
    const page = await open(false)
    await page.goto(server.url)
    await add(page, "milk")
    await page.waitForURL(/\/lists\//)
    await page.locator("#todos .edit").click()
    expect(await page.inputValue("#text")).toBe("milk")
    await add(page, "oat milk")
    await page.locator("#todos .text", { hasText: "oat milk" }).waitFor()
    await page.context().close()
  })
})
