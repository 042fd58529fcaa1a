// A page whose server hasn't its script or its style, as during a change of the release: it says so, and comes back by itself.
import type { Browser, Page } from "playwright-core"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { serverOfFile } from "../http/server.ts"
import { launch, mayBeLeftOut } from "./chromium.ts"
import { add, isLive, newList, openWindow, shows } from "./listPage.ts"

describe.skipIf(mayBeLeftOut)("a page that misses its files", { timeout: 60_000 }, () => {
  let browser: Browser
  const server = serverOfFile({ NODE_ENV: "production" })
  beforeAll(async () => {
    browser = await launch()
  })
  afterAll(async () => {
    await browser.close()
  })

  /** The server hasn't the file until the test says that it has: it is asked for another name. */
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
    // What others import.
    ["/analytics", /\/static\/index\..*\.js$/],
    ["/account", /\/static\/account\..*\.js$/],
    ["/", /\/static\/style\..*\.css$/]
  ])("of %s: %s", async (path, file) => {
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

  it("keeps what was typed into it", async () => {
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

  it("does not try for ever, and then still works as plain forms", async () => {
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

  it("without any answer to its script says so all the same", async () => {
    const { page } = await openWindow(browser)
    await page.route(/\/static\/index\..*\.js$/, (route) => route.abort())
    await page.goto(server.url)
    await hint(page).waitFor({ state: "visible", timeout: 20_000 })
  })
})
