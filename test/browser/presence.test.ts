// Presence in two browsers: how many have a page open, also after one of them has died.
import type { Browser, Page } from "playwright-core"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { serverForFile } from "../http/server.ts"
import { isSkipped, launch } from "./chromium.ts"
import { isLive, newList, openWindow } from "./listPage.ts"

const says = (page: Page, text: string) =>
  expect.poll(() => page.locator("#presence").textContent(), { timeout: 20_000 }).toBe(text)
const two = "2 people have this page open"

describe.skipIf(isSkipped)("presence", { timeout: 120_000 }, () => {
  let browser: Browser
  const server = serverForFile()
  beforeAll(async () => {
    browser = await launch()
  })
  afterAll(async () => {
    await browser.close()
  })

  it("counts people, not tabs, and tells a tab that joins", async () => {
    const [anna, ben] = [await openWindow(browser), await openWindow(browser)]
    const path = await newList(anna.page, server.url, "milk")
    await says(anna.page, "")
    await ben.page.goto(server.url + path)
    await isLive(ben.page)
    for (const { page } of [anna, ben]) await says(page, two)
    const tab = await anna.page.context().newPage()
    await tab.goto(server.url + path)
    await says(tab, two)
    await says(ben.page, two)
    await ben.page.context().close()
    for (const page of [anna.page, tab]) await says(page, "")
    expect([anna.complaints, ben.complaints]).toEqual([[], []])
    await anna.page.context().close()
  })
})
