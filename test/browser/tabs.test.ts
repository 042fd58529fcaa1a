// Tabs of one browser share one stream, since HTTP/1.1 allows six connections per host.
import type { Browser, BrowserContext, Page } from "playwright-core"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { serverForFile } from "../http/server.ts"
import { isSkipped, launch } from "./chromium.ts"
import { cuttableProxy } from "./cuttableProxy.ts"
import { add, isLive, shows, texts } from "./listPage.ts"

describe.skipIf(isSkipped)("tabs of one browser", { timeout: 120_000 }, () => {
  let browser: Browser
  const server = serverForFile()
  beforeAll(async () => {
    browser = await launch()
  })
  afterAll(async () => {
    await browser.close()
  })

  const streamsOpen = async () => {
    const metrics = await (await fetch(`${server.url}/metrics`)).text()
    return Number(/^evenstar_streams_open(?:\{[^}]*\})? (\d+)$/m.exec(metrics)?.[1])
  }
  const newList = async (text: string) => {
    const made = await fetch(`${server.url}/api/lists`, { method: "POST" })
    const { listId } = await made.json()
    await command(`/lists/${listId}`, text)
    return `/lists/${listId}`
  }
  const command = (list: string, text: string) =>
    fetch(`${server.url}/api${list}/todos`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ text })
    })
  const openTab = async (context: BrowserContext, url: string) => {
    const page = await context.newPage()
    const complaints: Array<string> = []
    page.on("console", (message) => /error|warning/.test(message.type()) && complaints.push(message.text()))
    page.on("pageerror", ({ message }) => complaints.push(message))
    await page.goto(url)
    await isLive(page)
    return { page, complaints }
  }

  it("updates ten tabs of ten lists live over one stream", async () => {
    const context = await browser.newContext()
    const tabs: Array<{ page: Page; list: string; complaints: Array<string> }> = []
    for (let n = 0; n < 10; n++) {
      const list = await newList(`list ${n}`)
      tabs.push({ list, ...(await openTab(context, `${server.url}${list}`)) })
    }
    for (const [n, { list, page }] of tabs.entries()) {
      await command(list, "from elsewhere")
      await shows(page, [`list ${n}`, "from elsewhere"])
      await add(page, "from here")
      await shows(page, [`list ${n}`, "from elsewhere", "from here"])
    }
    await expect.poll(streamsOpen).toBe(1)
    for (const { complaints } of tabs) expect(complaints).toEqual([])
    // Closing a tab closes its feed only.
    for (const { page } of tabs.splice(1)) await page.close()
    const [first] = tabs
    await command(first?.list ?? "", "still live")
    await expect.poll(() => first && texts(first.page)).toContain("still live")
    await context.close()
    await expect.poll(streamsOpen, { timeout: 10_000 }).toBe(0)
  })

  it("recovers two tabs of one list, another list and a dashboard after a disconnect", async () => {
    const proxy = await cuttableProxy(server.url)
    const context = await browser.newContext()
    const [one, two] = [await newList("one"), await newList("two")]
    const tabs = []
    for (const path of [one, one, two, "/analytics"]) tabs.push(await openTab(context, `${proxy.url}${path}`))
    proxy.cut()
    for (const { page } of tabs) await page.locator('#connection[data-state="reconnecting"]').waitFor()
    await command(one, "missed")
    proxy.mend()
    for (const { page } of tabs) await isLive(page)
    const [a, b, c] = tabs
    if (a === undefined || b === undefined || c === undefined) throw new Error("There are four")
    await shows(a.page, ["one", "missed"])
    await shows(b.page, ["one", "missed"])
    await shows(c.page, ["two"])
    await context.close()
    proxy.close()
  })

  it("removes a list that became private and keeps the other tabs live", async () => {
    const owner = await browser.newContext()
    const page = await owner.newPage()
    await page.goto(server.url)
    await add(page, "secret")
    await page.waitForURL(/\/lists\//)
    const stranger = await browser.newContext()
    const other = await newList("open")
    const closing = await openTab(stranger, page.url())
    const staying = await openTab(stranger, `${server.url}${other}`)
    await page.selectOption("#access", "private")
    await page.getByRole("button", { name: "Change" }).click()
    await closing.page.getByRole("heading", { name: "Not found" }).waitFor()
    await command(other, "still live")
    await shows(staying.page, ["open", "still live"])
    await isLive(staying.page)
    await owner.close()
    await stranger.close()
  })

  it("shows in the owner's other tab that the list is deleted", async () => {
    const owner = await browser.newContext()
    const page = await owner.newPage()
    await page.goto(server.url)
    await add(page, "old")
    await page.waitForURL(/\/lists\//)
    const { page: other } = await openTab(owner, page.url())
    await page.evaluate((path) => fetch(`/api${path}`, { method: "DELETE" }), new URL(page.url()).pathname)
    for (const tab of [page, other]) await tab.getByRole("heading", { name: "Deleted" }).waitFor()
    await owner.close()
  })

  it.each([
    ["has no SharedWorker", (context: BrowserContext) => context.addInitScript("delete window.SharedWorker")],
    [
      "can't load it",
      (context: BrowserContext) =>
        context.addInitScript("window.SharedWorker = class { constructor() { throw new Error() } }")
    ]
  ])("opens one stream per tab in a browser that %s", async (_, prepare) => {
    const context = await browser.newContext()
    await prepare(context)
    const [one, two] = [await newList("one"), await newList("two")]
    const a = await openTab(context, `${server.url}${one}`)
    const b = await openTab(context, `${server.url}${two}`)
    await command(one, "more")
    await shows(a.page, ["one", "more"])
    await add(b.page, "and more")
    await shows(b.page, ["two", "and more"])
    expect(await streamsOpen()).toBe(2)
    await context.close()
    await expect.poll(streamsOpen, { timeout: 10_000 }).toBe(0)
  })

  it("is live again after navigating away and back", async () => {
    const context = await browser.newContext()
    const list = await newList("one")
    const { page } = await openTab(context, `${server.url}${list}`)
    await page.goto(`${server.url}/account`)
    await command(list, "meanwhile")
    await page.goBack()
    await isLive(page)
    await shows(page, ["one", "meanwhile"])
    await command(list, "afterwards")
    await shows(page, ["one", "meanwhile", "afterwards"])
    await context.close()
  })
})
