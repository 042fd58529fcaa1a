// The analytics dashboard in Chromium: charts, live updates, both colour schemes, phone width,
// keyboard, and tables without JavaScript.
import type { Browser, BrowserContextOptions, Page } from "playwright-core"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { serverForFile } from "../http/server.ts"
import { isSkipped, launch } from "./chromium.ts"

describe.skipIf(isSkipped)("dashboard in Chromium", { timeout: 60_000 }, () => {
  let browser: Browser
  const server = serverForFile()
  beforeAll(async () => {
    browser = await launch()
    await addTodos(3)
  })
  afterAll(() => browser.close())

  const post = async (path: string, json: unknown) => {
    const response = await fetch(`${server.url}/api${path}`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify(json)
    })
    return response.json()
  }
  /** Todos of a separate list, all completed. */
  const addTodos = async (count: number) => {
    const { listId } = await post("/lists", {})
    for (let n = 0; n < count; n++) await post(`/lists/${listId}/todos`, { text: `secret ${n}` })
    await post(`/lists/${listId}/toggle-all`, { completed: true })
  }

  const window = async (options: BrowserContextOptions = {}) => {
    const page = await (await browser.newContext(options)).newPage()
    const complaints: Array<string> = []
    page.on("console", (message) => {
      if (message.type() === "error" || message.type() === "warning") complaints.push(message.text())
    })
    page.on("pageerror", (error) => complaints.push(error.message))
    return { page, complaints }
  }
  const isLive = (page: Page) => page.locator('#connection[data-state="live"]').waitFor()
  const open = async (page: Page, query = "") => {
    await page.goto(`${server.url}/analytics${query}`)
    await isLive(page)
    await page.locator("#daily_counts canvas").waitFor()
  }
  const headline = async (page: Page, name: string) =>
    Number(await page.locator("#headline div", { hasText: name }).locator("strong").textContent())

  /** Counts the opaque pixels of a chart by colour. */
  const colours = (page: Page, name: string) =>
    page.locator(`#${name} canvas`).evaluate((canvas: HTMLCanvasElement) => {
      const copy = new OffscreenCanvas(canvas.width, canvas.height).getContext("2d", { willReadFrequently: true })
      copy?.drawImage(canvas, 0, 0)
      const { data } = copy?.getImageData(0, 0, canvas.width, canvas.height) ?? { data: [] }
      const counts: Record<string, number> = {}
      for (let at = 0; at < data.length; at += 4) {
        if (data[at + 3] !== 255) continue
        const colour = `rgb(${data[at]}, ${data[at + 1]}, ${data[at + 2]})`
        counts[colour] = (counts[colour] ?? 0) + 1
      }
      return counts
    })
  const swatch = (page: Page, series: number) =>
    page.locator(`#daily_counts .series-${series}`).evaluate((it) => getComputedStyle(it).color)

  it("draws every chart in its legend's colours, light and dark, without console errors", async () => {
    const { complaints, page } = await window({ colorScheme: "light" })
    await open(page)
    for (const name of ["daily_counts", "event_rate", "completion_funnel", "time_to_complete", "active_lists"]) {
      await expect.poll(async () => Object.keys(await colours(page, name)).length).toBeGreaterThan(1)
      expect(await page.locator(`#${name}`).getByRole("img").getAttribute("aria-label")).toMatch(/\d/)
    }
    const light = await swatch(page, 1)
    await expect.poll(async () => (await colours(page, "daily_counts"))[light]).toBeGreaterThan(100)
    await page.emulateMedia({ colorScheme: "dark" })
    const dark = await swatch(page, 1)
    expect(dark).not.toBe(light)
    await expect.poll(async () => (await colours(page, "daily_counts"))[dark]).toBeGreaterThan(100)
    expect((await colours(page, "daily_counts"))[light]).toBeUndefined()
    expect(complaints).toEqual([])
    expect(await page.content()).not.toContain("secret")
  })

  it("updates live and keeps opened tables open", async () => {
    const { complaints, page } = await window()
    await open(page)
    const before = await headline(page, "Todos added")
    await page.locator("#daily_counts summary").click()
    const canvas = await page.locator("#daily_counts canvas").elementHandle()
    const painted = JSON.stringify(await colours(page, "daily_counts"))

    const other = await window()
    await other.page.goto(server.url)
    await other.page.fill("#text", "milk")
    await other.page.press("#text", "Enter")
    await other.page.waitForURL(/\/lists\//)

    await expect.poll(() => headline(page, "Todos added"), { timeout: 15_000 }).toBe(before + 1)
    await expect.poll(() => page.locator("#daily_counts td").first().textContent()).toBe(String(before + 1))
    await expect.poll(async () => JSON.stringify(await colours(page, "daily_counts"))).not.toBe(painted)
    expect(await page.locator("#daily_counts details[open]").count()).toBe(1)
    expect(await canvas?.evaluate((it) => it.isConnected)).toBe(true)
    expect([...complaints, ...other.complaints]).toEqual([])
  })

  it("opens the table behind a chart with the keyboard", async () => {
    const { page } = await window()
    await open(page)
    const table = page.locator("#completion_funnel table")
    expect(await table.isVisible()).toBe(false)
    await page.locator("#completion_funnel summary").focus()
    await page.keyboard.press("Enter")
    await table.waitFor()
    expect(await table.locator("thead th").allTextContents()).toEqual(["Stage", "Todos", "Of those added"])
    expect(await table.locator("tbody th").first().textContent()).toBe("Added")
    await page.keyboard.press("Tab")
    expect(await page.evaluate(() => document.activeElement?.getAttribute("aria-label"))).toMatch(/the numbers$/)
  })

  it("narrows the figures to one of the visitor's lists", async () => {
    const { complaints, page } = await window()
    await page.goto(server.url)
    await page.fill("#text", "only this")
    await page.press("#text", "Enter")
    await page.waitForURL(/\/lists\//)
    await page.getByRole("link", { name: "Analytics" }).click()
    await page.getByLabel("List", { exact: true }).selectOption("only this")
    await page.getByRole("button", { name: "Show" }).click()
    await page.waitForURL(/listId=/)
    await isLive(page)
    await expect.poll(() => headline(page, "Todos added"), { timeout: 15_000 }).toBe(1)
    expect(await page.locator("#active_lists, #event_rate").count()).toBe(0)
    await page.getByRole("link", { name: "7 days" }).click()
    await page.waitForURL(/from=\d{4}-\d{2}-\d{2}&listId=/)
    expect(complaints).toEqual([])
  })

  it("fits a phone screen", async () => {
    const { page } = await window({ viewport: { width: 360, height: 740 } })
    await open(page)
    const widths = () =>
      page.evaluate(() => ({
        page: document.documentElement.scrollWidth - document.documentElement.clientWidth,
        charts: Array.from(
          document.querySelectorAll(".plot"),
          (it) => it.querySelector(".uplot")?.clientWidth === it.clientWidth
        )
      }))
    await expect.poll(widths).toEqual({ page: 0, charts: [true, true, true, true, true] })
    await page.setViewportSize({ width: 1280, height: 800 })
    await expect.poll(widths).toEqual({ page: 0, charts: [true, true, true, true, true] })
  })

  it("shows tables and a filter form without JavaScript", async () => {
    const { page } = await window({ javaScriptEnabled: false })
    await page.goto(`${server.url}/analytics`)
    for (const name of ["daily_counts", "completion_funnel", "busiest_hours"]) {
      expect(await page.locator(`#${name} table`).isVisible()).toBe(true)
    }
    expect(await page.locator(".chart").first().isVisible()).toBe(false)
    await page.fill("[name=from]", "2020-01-01")
    await page.fill("[name=to]", "2020-01-31")
    await page.getByRole("button", { name: "Show" }).click()
    await page.waitForURL(/from=2020-01-01&to=2020-01-31/)
    expect(await page.textContent("#daily_counts")).toContain("Nothing in these days")
  })
})
