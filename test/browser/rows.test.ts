// A row's controls with double clicks, held keys and no mouse: one effect each, and nearby focus.
import type { Browser } from "playwright-core"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { serverForFile } from "../http/server.ts"
import { isSkipped, launch } from "./chromium.ts"
import { focused, isLive, newList, openWindow, rowOf, shows } from "./listPage.ts"

describe.skipIf(isSkipped)("rows in Chromium", { timeout: 60_000 }, () => {
  let browser: Browser
  const server = serverForFile()
  beforeAll(async () => {
    browser = await launch()
  })
  afterAll(async () => {
    await browser.close()
  })

  const open = async (...todos: [string, ...Array<string>]) => {
    const { page } = await openWindow(browser)
    const path = await newList(page, server.url, ...todos)
    return { page, path }
  }
  const button = (page: Awaited<ReturnType<typeof open>>["page"], name: string) => page.getByRole("button", { name })

  it.each([0, 150])("deletes one todo on a double click with presses of %d ms", async (delay) => {
    const { page } = await open("one", "two", "three", "four")
    await button(page, "Delete: one").dblclick({ delay })
    await shows(page, ["two", "three", "four"])
    // A separate click counts, whichever row is under the pointer.
    await button(page, "Delete: two").click()
    await button(page, "Delete: three").click()
    await shows(page, ["four"])
  })

  it("completes one todo on a double click and opens no rename field", async () => {
    const { page } = await open("one", "two")
    await button(page, "Completed: one").dblclick({ delay: 150 })
    await page.locator("li.completed", { hasText: "one" }).waitFor()
    await button(page, "Completed: two").click()
    await page.locator("li.completed", { hasText: "two" }).waitFor()
    expect(await page.locator("li.completed").count()).toBe(2)
    await rowOf(page, "one").locator("summary").dblclick({ delay: 150 })
    expect(await page.locator("details[open]").count()).toBe(1)
  })

  it("ignores a click on a row that has just moved under the pointer", async () => {
    const { page, path } = await open("one", "two", "three")
    await button(page, "Delete: one").hover()
    const id = (await rowOf(page, "one").getAttribute("id"))?.slice("todo-".length)
    await fetch(`${server.url}/api${path}/todos/${id}`, { method: "DELETE" })
    await shows(page, ["two", "three"])
    await page.mouse.down()
    await page.mouse.up()
    await button(page, "Delete: three").click()
    await shows(page, ["two"])
  })

  it("treats a double tap as one tap", async () => {
    const { page } = await openWindow(browser, { hasTouch: true })
    await newList(page, server.url, "one", "two", "three")
    const box = await button(page, "Delete: one").boundingBox()
    const [x, y] = [(box?.x ?? 0) + 10, (box?.y ?? 0) + 10]
    await page.evaluate(() => {
      // The second tap comes just after the first one's row was removed.
      document.addEventListener("htmx:sse:after:message", () => Object.assign(window, { changed: true }), {
        once: true
      })
    })
    await page.touchscreen.tap(x, y)
    await page.waitForFunction(() => "changed" in window)
    await page.touchscreen.tap(x, y)
    await button(page, "Completed: three").tap()
    await page.locator("li.completed", { hasText: "three" }).waitFor()
    await shows(page, ["two", "three"])
  })

  it("moves the focus to the next row, then the previous one, then the new-todo field", async () => {
    const { page } = await open("one", "two", "three")
    await button(page, "Delete: two").focus()
    await page.keyboard.press("Enter")
    await shows(page, ["one", "three"])
    expect(await focused(page)).toBe("Delete: three")
    await page.keyboard.press("Enter")
    await shows(page, ["one"])
    expect(await focused(page)).toBe("Delete: one")
    await page.keyboard.press("Enter")
    await shows(page, [])
    expect(await focused(page)).toBe("text")
  })

  it("deletes one todo on a held key", async () => {
    const { page } = await open("one", "two", "three")
    await button(page, "Delete: one").focus()
    await page.keyboard.down("Enter")
    await shows(page, ["two", "three"])
    for (let n = 0; n < 5; n++) await page.keyboard.down("Enter")
    await page.keyboard.up("Enter")
    await button(page, "Completed: three").click()
    await page.locator("li.completed").waitFor()
    await shows(page, ["two", "three"])
  })

  it("keeps the focus through completion, remote deletion, filters and toggle-all", async () => {
    const { page, path } = await open("one", "two", "three")
    await button(page, "Completed: two").focus()
    await page.keyboard.press(" ")
    await page.locator("li.completed", { hasText: "two" }).waitFor()
    expect(await focused(page)).toBe("Completed: two")
    const id = (await rowOf(page, "two").getAttribute("id"))?.slice("todo-".length)
    await fetch(`${server.url}/api${path}/todos/${id}`, { method: "DELETE" })
    await shows(page, ["one", "three"])
    expect(await focused(page)).toBe("Completed: three")

    await page.getByRole("link", { name: "Active" }).click()
    await isLive(page)
    await button(page, "Completed: one").focus()
    await page.keyboard.press(" ")
    await expect.poll(() => page.locator("#todos > li:visible").count()).toBe(1)
    expect(await focused(page)).toBe("Completed: three")

    await button(page, "Clear completed").focus()
    await page.keyboard.press(" ")
    await expect.poll(() => button(page, "Clear completed").count()).toBe(0)
    expect(await focused(page)).toBe("Complete all")
  })
})
