// Actions of the tests on a list's page in Chromium.
import type { Browser, Page, Route } from "playwright-core"
import { expect } from "vitest"

/** A page in a fresh profile, and the console errors and page errors that it reports. */
export const openWindow = async (browser: Browser, options: Parameters<Browser["newContext"]>[0] = {}) => {
  const page = await (await browser.newContext(options)).newPage()
  const complaints: Array<string> = []
  page.on("console", (message) => {
    if (message.type() === "error" || message.type() === "warning") complaints.push(message.text())
  })
  page.on("pageerror", (error) => complaints.push(error.message))
  return { page, complaints }
}

export const add = async (page: Page, text: string) => {
  await page.fill("#text", text)
  await page.press("#text", "Enter")
}
export const texts = (page: Page) => page.locator("#todos > li:not(.pending) .text").allTextContents()
export const shows = (page: Page, expected: ReadonlyArray<string>) =>
  expect.poll(() => texts(page), { timeout: 15_000 }).toEqual(expected)
export const isLive = (page: Page) => page.locator('#connection[data-state="live"]').waitFor()
/** Creates a list with these todos in the page; returns its path. */
export const newList = async (page: Page, url: string, first: string, ...others: ReadonlyArray<string>) => {
  await page.goto(url)
  await add(page, first)
  await page.waitForURL(/\/lists\//)
  await isLive(page)
  for (const text of others) await add(page, text)
  await shows(page, [first, ...others])
  return new URL(page.url()).pathname
}
export const rowOf = (page: Page, text: string) => page.locator("#todos > li", { hasText: text })
/** Opens and returns a todo's rename field, which the page fills in a task after the click. */
export const openRename = async (page: Page, text: string) => {
  const row = rowOf(page, text)
  await row.locator("summary").click()
  const field = row.locator("details input")
  await expect.poll(() => field.inputValue()).toBe(text)
  return field
}
/** The focused element: its accessible name, or its tag. */
export const focused = (page: Page) =>
  page.evaluate(() => {
    const element = document.activeElement
    const labels = element?.getAttribute("aria-labelledby")?.split(" ") ?? []
    const name = labels.map((id) => document.getElementById(id)?.textContent).join(" ")
    return name || element?.id || element?.textContent || element?.tagName
  })

/**
 * Holds back responses until the test releases them: the server has already handled the request,
 * the page has no reply. Redirects cannot be held back, so their requests are delayed instead.
 */
export const holdResponses = async (page: Page, url: RegExp, { leadsElsewhere = false } = {}) => {
  const waiting: Array<() => Promise<void>> = []
  let isHeld = true
  const hold = async (route: Route) => {
    if (route.request().method() !== "POST" || !isHeld) return route.continue()
    if (leadsElsewhere) return waiting.push(() => route.continue())
    const response = await route.fetch()
    if (!isHeld) return route.fulfill({ response })
    return waiting.push(() => route.fulfill({ response }))
  }
  await page.route(url, hold)
  return {
    /** Resolves when this many responses are held back. */
    count: (expected: number) => expect.poll(() => waiting.length).toBe(expected),
    next: async () => {
      await expect.poll(() => waiting.length).toBeGreaterThan(0)
      await waiting.shift()?.()
    },
    release: async () => {
      isHeld = false
      for (const answer of waiting.splice(0)) await answer()
    }
  }
}
