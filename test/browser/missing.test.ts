// A page whose script or style sheet the server lacks, as in a deployment: notice and recovery.
import type { Browser, Page } from "playwright-core"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { serverForFile } from "../http/server.ts"
import { isSkipped, launch } from "./chromium.ts"
import { add, isLive, newList, openWindow, shows } from "./listPage.ts"

describe.skipIf(isSkipped)("page with missing assets", { timeout: 60_000 }, () => {
  let browser: Browser
  const server = serverForFile({ NODE_ENV: "production" })
  beforeAll(async () => {
    browser = await launch()
  })
  afterAll(async () => {
    await browser.close()
  })

  /** Requests another file name until the test makes the file available. */
  const missing = async (page: Page, file: RegExp) => {
    let isThere = false
    let asked = 0
    await page.route(file, (route) => {
      asked++
      const url = route.request().url()
      return route.continue(isThere ? {} : { url: url.replace(/\.[\w-]{8}\./, ".00000000.") })
    })
    return {
      asked: () => asked,
      arrives: () => {
        isThere = true
      }
    }
  }
  const hint = (page: Page) => page.locator(".missing")
  const isStarted = (page: Page) => page.locator("html[data-started]").waitFor()

  it.each([
    ["/", /\/static\/index\..*\.js$/],
    ["/analytics", /\/static\/analytics\..*\.js$/],
    // A module that other modules import.
    ["/analytics", /\/static\/index\..*\.js$/],
    ["/account", /\/static\/account\..*\.js$/],
    ["/", /\/static\/style\..*\.css$/]
  ])("recovers from %s: %s", async (path, file) => {
    const { page } = await openWindow(browser)
    const files = await missing(page, file)
    await page.goto(`${server.url}${path}`)
    await hint(page).filter({ hasText: "about to be loaded again" }).waitFor({ state: "visible" })
    await expect.poll(files.asked, { timeout: 10_000 }).toBeGreaterThan(1)
    files.arrives()
    await isStarted(page)
    expect(await hint(page).isVisible()).toBe(false)
    expect(await page.evaluate(() => sessionStorage.length)).toBe(0)
  })

  it("keeps unsaved input", async () => {
    const { page } = await openWindow(browser)
    const path = await newList(page, server.url, "first")
    const files = await missing(page, /\/static\/index\..*\.js$/)
    await page.goto(`${server.url}${path}`)
    await page.fill("#text", "half a sentence")
    files.arrives()
    await isStarted(page)
    await isLive(page)
    await expect.poll(() => page.inputValue("#text")).toBe("half a sentence")
    await page.press("#text", "Enter")
    await shows(page, ["first", "half a sentence"])
  })

  it("stops retrying after a bounded number of attempts and still works with plain forms", async () => {
    const { page } = await openWindow(browser)
    const files = await missing(page, /\/static\/index\..*\.js$/)
    await page.goto(server.url)
    await page.evaluate(() => sessionStorage.setItem("evenstar.recovery", "5"))
    await page.reload()
    await hint(page).filter({ hasText: "still missing" }).waitFor({ state: "visible" })
    const asked = files.asked()
    await add(page, "first")
    await page.waitForURL(/\/lists\//)
    await shows(page, ["first"])
    expect(asked).toBeLessThanOrEqual(4)
  })

  it("shows the notice when its script gets no response", async () => {
    const { page } = await openWindow(browser)
    await page.route(/\/static\/index\..*\.js$/, (route) => route.abort())
    await page.goto(server.url)
    await hint(page).waitFor({ state: "visible", timeout: 20_000 })
  })
})
