// Changes by others on an open page: it ends up as a fresh page would be, and no row moves while a
// pointer is down.
import type { Browser, Page } from "playwright-core"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { serverForFile } from "../http/server.ts"
import { isSkipped, launch } from "./chromium.ts"
import { isLive, newList, openWindow, rowOf, shows, texts } from "./listPage.ts"

interface Todo {
  readonly todoId: string
  readonly completed: boolean
}

describe.skipIf(isSkipped)("changes on a list's page in Chromium", { timeout: 60_000 }, () => {
  let browser: Browser
  const server = serverForFile({ COMMAND_RATE_LIMIT: "0", SESSION_RATE_LIMIT: "0" })
  beforeAll(async () => {
    browser = await launch()
  })
  afterAll(async () => {
    await browser.close()
  })

  const call = async (method: string, path: string, json?: object) => {
    const response = await fetch(`${server.url}/api${path}`, {
      method,
      ...(json === undefined ? {} : { body: JSON.stringify(json), headers: { "content-type": "application/json" } })
    })
    expect(response.status).toBeLessThan(300)
    return response.status === 204 ? undefined : response.json()
  }
  const todosOf = async (path: string): Promise<ReadonlyArray<Todo>> => (await call("GET", path)).todos
  const idOf = async (page: Page, text: string) => (await rowOf(page, text).getAttribute("id"))?.slice("todo-".length)
  /** What a reader sees. */
  const seen = (page: Page) =>
    page.evaluate(() =>
      Array.from(document.querySelectorAll("#pages, #todos > li, #bar > *"), ({ className, id, textContent }) =>
        [id, className, textContent].join(" ")
      )
    )

  it("leaves the page as a fresh one is after any changes", async () => {
    const { page, complaints } = await openWindow(browser)
    const path = await newList(page, server.url, "first")
    for (let index = 0; index < 54; index++) await call("POST", `${path}/todos`, { text: `todo ${index}` })
    await page.reload()
    await isLive(page)
    for (let step = 0; step < 30; step++) {
      const todos = await todosOf(path)
      const todo = todos[(step * 7919) % todos.length]
      const one = `${path}/todos/${todo?.todoId}`
      const kind = step % 4
      if (kind === 0) await call("PATCH", one, { completed: todo?.completed !== true })
      else if (kind === 1) await call("PATCH", one, { text: `renamed ${step}` })
      else if (kind === 2) await call("DELETE", one)
      else await call("POST", `${path}/todos`, { text: `added ${step}` })
    }
    const { page: fresh } = await openWindow(browser)
    await fresh.goto(server.url + path)
    await isLive(fresh)
    await expect.poll(() => seen(page)).toEqual(await seen(fresh))
    expect(complaints).toEqual([])
  })

  it("gets the whole when it lacks a row that has changed", async () => {
    const { page } = await openWindow(browser)
    const path = await newList(page, server.url, "one", "two", "three", "four", "five", "six")
    await page.evaluate(() => {
      document.querySelector("#todos > li")?.remove()
    })
    const [first] = await todosOf(path)
    await call("PATCH", `${path}/todos/${first?.todoId}`, { text: "uno" })
    await shows(page, ["uno", "two", "three", "four", "five", "six"])
  })

  it("keeps rows in their place while a pointer is down, and shows their content", async () => {
    const { page } = await openWindow(browser)
    const path = await newList(page, server.url, "one", "two", "three", "four", "five", "six")
    await rowOf(page, "three").locator(".text").hover()
    await page.mouse.down()
    await call("PATCH", `${path}/todos/${await idOf(page, "five")}`, { completed: true })
    await page.locator("li.completed", { hasText: "five" }).waitFor()
    const before = await rowOf(page, "three").boundingBox()
    await call("DELETE", `${path}/todos/${await idOf(page, "one")}`)
    // Sent after the deletion, so that the page has received it.
    await page.evaluate((url) => fetch(url).then((it) => it.text()), server.url + path)
    expect(await texts(page)).toContain("one")
    expect(await rowOf(page, "three").boundingBox()).toEqual(before)
    await page.mouse.up()
    await shows(page, ["two", "three", "four", "five", "six"])
  })
})
