// Commands show at once, on a slow link that is cut too: texts as rows, buttons as pressed.
import type { Browser, Page } from "playwright-core"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { serverForFile } from "../http/server.ts"
import { isSkipped, launch } from "./chromium.ts"
import { cuttableProxy } from "./cuttableProxy.ts"
import { add, newList, openWindow, shows, texts } from "./listPage.ts"

declare global {
  interface Window {
    /** The texts of the list's rows, each time they differ from those of the frame before. */
    seenTexts: Array<Array<string>>
  }
}

/** Records what a reader sees, frame by frame. */
const record = (page: Page) =>
  page.evaluate(() => {
    window.seenTexts = []
    const look = () => {
      const now = Array.from(document.querySelectorAll("#todos .text"), ({ textContent }) => textContent ?? "")
      if (JSON.stringify(now) !== JSON.stringify(window.seenTexts.at(-1))) window.seenTexts.push(now)
      requestAnimationFrame(look)
    }
    look()
  })

describe.skipIf(isSkipped)("sent commands in Chromium", { timeout: 60_000 }, () => {
  let browser: Browser
  const server = serverForFile({ COMMAND_RATE_LIMIT: "0", SESSION_RATE_LIMIT: "0" })
  beforeAll(async () => {
    browser = await launch()
  })
  afterAll(async () => {
    await browser.close()
  })

  it("add rows at once: 20 texts in order on a link of 400 ms that is cut, none lost, none flickers", async () => {
    const proxy = await cuttableProxy(server.url, { delay: 200 })
    const { page } = await openWindow(browser)
    await newList(page, proxy.url, "first")
    await record(page)
    const typed = Array.from({ length: 20 }, (_, index) => `todo ${index}`)
    await page.focus("#text")
    for (const [index, text] of typed.entries()) {
      if (index === 8) proxy.cut()
      await page.keyboard.type(`${text}\n`)
      if (index === 12) proxy.mend()
    }
    // Before most of them have reached the server.
    expect(await page.locator("#todos .text").allTextContents()).toEqual(["first", ...typed])
    expect(await page.locator("#todos .pending").count()).toBeGreaterThan(10)
    await expect.poll(() => texts(page), { timeout: 45_000 }).toEqual(["first", ...typed])
    await expect.poll(() => page.locator("#todos .pending").count()).toBe(0)
    const all = ["first", ...typed]
    for (const frame of await page.evaluate(() => window.seenTexts)) expect(frame).toEqual(all.slice(0, frame.length))
    const lengths = await page.evaluate(() => window.seenTexts.map(({ length }) => length))
    expect(lengths).toEqual([...lengths].sort((a, b) => a - b))
    proxy.close()
  })

  it("press a button at once on a slow link, and take it back when it is refused", async () => {
    const proxy = await cuttableProxy(server.url, { delay: 200 })
    const { page } = await openWindow(browser)
    await newList(page, proxy.url, "first", "second")
    const check = page.getByRole("button", { name: "Completed: first" })
    const pressed = () => check.getAttribute("aria-pressed")
    await check.click()
    expect([await pressed(), await page.locator("li.completed").count()]).toEqual(["true", 0])
    // Another row changes meanwhile.
    await page.getByRole("button", { name: "Completed: second" }).click()
    await page.locator("li.completed", { hasText: "first" }).waitFor()
    expect(await pressed()).toBe("true")
    await page.locator("li.completed", { hasText: "second" }).waitFor()
    await page.route(/\/reopen$/, (route) => route.fulfill({ status: 409, body: "Not now" }))
    await check.click()
    await page.locator("#error", { hasText: "Not now" }).waitFor()
    expect(await pressed()).toBe("true")
    proxy.close()
  })

  it("take a row back when its text is refused", async () => {
    const { page } = await openWindow(browser)
    await newList(page, server.url, "first")
    await page.route(/\/todos$/, (route) => route.fulfill({ status: 409, body: "The list is full" }))
    await add(page, "second")
    await page.locator("#error", { hasText: "The list is full" }).waitFor()
    expect(await page.locator("#todos .text").allTextContents()).toEqual(["first"])
    await page.unroute(/\/todos$/)
    await page.press("#text", "Enter")
    await shows(page, ["first", "second"])
    await expect.poll(() => page.locator("#todos .pending").count()).toBe(0)
  })

  it("add no row where the view doesn't show the newest", async () => {
    const { page } = await openWindow(browser)
    const path = await newList(page, server.url, "first")
    await page.goto(`${server.url}${path}?filter=completed`)
    await record(page)
    await add(page, "second")
    await page.locator("#notice", { hasText: "Added" }).waitFor()
    expect(await page.evaluate(() => window.seenTexts)).toEqual([[]])
  })
})
