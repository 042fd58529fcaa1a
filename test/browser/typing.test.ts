// Input typed during a request or without a connection arrives in order, exactly once.
import type { Browser } from "playwright-core"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { serverForFile } from "../http/server.ts"
import { isSkipped, launch } from "./chromium.ts"
import { cuttableProxy } from "./cuttableProxy.ts"
import {
  add,
  focused,
  holdResponses,
  isLive,
  newList,
  openRename,
  openWindow,
  rowOf,
  shows,
  texts
} from "./listPage.ts"

const todos = /\/todos$/

describe.skipIf(isSkipped)("typing in Chromium", { timeout: 60_000 }, () => {
  let browser: Browser
  const server = serverForFile()
  beforeAll(async () => {
    browser = await launch()
  })
  afterAll(async () => {
    await browser.close()
  })

  it("keeps text typed while a todo is being added, whatever the response", async () => {
    const { page } = await openWindow(browser)
    await newList(page, server.url, "first")
    const answers = await holdResponses(page, todos)
    await add(page, "second")
    await answers.count(1)
    await page.locator("#text").pressSequentially("half a th")
    await answers.next()
    await shows(page, ["first", "second"])
    await page.locator("#text").pressSequentially("ird")
    expect(await page.inputValue("#text")).toBe("half a third")
    // Blank input is refused and stays visible; it does not overwrite what was typed since.
    await add(page, "  ")
    await answers.count(1)
    await page.locator("#text").pressSequentially("fourth")
    await answers.release()
    await page.getByRole("list", { name: "Not saved" }).locator("li").waitFor()
    expect(await page.inputValue("#text")).toBe("fourth")
    await page.getByRole("button", { name: "Discard" }).click()
    await page.press("#text", "Enter")
    await shows(page, ["first", "second", "fourth"])
  })

  it("adds all todos in order, once each, with fast typing and 400 ms of latency", async () => {
    const { page, complaints } = await openWindow(browser)
    await newList(page, server.url, "first")
    const devtools = await page.context().newCDPSession(page)
    await devtools.send("Network.enable")
    await devtools.send("Network.emulateNetworkConditions", {
      offline: false,
      latency: 400,
      downloadThroughput: -1,
      uploadThroughput: -1
    })
    const typed = Array.from({ length: 8 }, (_, n) => `todo ${n}`)
    await page.focus("#text")
    for (const text of typed) await page.keyboard.type(`${text}\n`)
    await page.keyboard.type("and")
    await shows(page, ["first", ...typed])
    expect(await page.inputValue("#text")).toBe("and")
    expect(complaints).toEqual([])
  })

  it("adds pasted text once on a double or held Enter", async () => {
    const { page } = await openWindow(browser)
    await newList(page, server.url, "first")
    await page.focus("#text")
    await page.keyboard.insertText("pasted")
    await page.keyboard.press("Enter")
    await page.keyboard.press("Enter")
    await page.keyboard.insertText("held")
    await page.keyboard.down("Enter")
    await page.keyboard.down("Enter")
    await page.keyboard.up("Enter")
    await shows(page, ["first", "pasted", "held"])
    await add(page, "last")
    await shows(page, ["first", "pasted", "held", "last"])
  })

  it("restores refused text to the field so that it can be sent again", async () => {
    const { page } = await openWindow(browser)
    await newList(page, server.url, "first")
    await page.route(todos, (route) => route.fulfill({ status: 409, body: "The list is full" }))
    await add(page, "second")
    await page.locator("#error", { hasText: "The list is full" }).waitFor()
    expect(await page.inputValue("#text")).toBe("second")
    await page.unroute(todos)
    await page.press("#text", "Enter")
    await shows(page, ["first", "second"])
    expect([await page.inputValue("#text"), await page.textContent("#error")]).toEqual(["", ""])
  })

  it("reuses the Idempotency-Key for the same text after an unclear response, not for other text", async () => {
    const { page } = await openWindow(browser)
    await newList(page, server.url, "first")
    const failing = async () => {
      await page.route(todos, async (route) => {
        await route.fetch()
        await route.fulfill({ status: 500, body: "Something went wrong" })
      })
    }
    await failing()
    await add(page, "second")
    await expect.poll(() => page.inputValue("#text")).toBe("second")
    await page.unroute(todos)
    await page.press("#text", "Enter")
    await expect.poll(() => page.inputValue("#text")).toBe("")
    await add(page, "third")
    await shows(page, ["first", "second", "third"])
    await failing()
    await add(page, "fourth")
    await expect.poll(() => page.inputValue("#text")).toBe("fourth")
    await page.unroute(todos)
    await add(page, "fifth")
    await shows(page, ["first", "second", "third", "fourth", "fifth"])
  })

  it("queues visibly without a connection and sends in order, once each, on reconnect", async () => {
    const proxy = await cuttableProxy(server.url)
    const { page } = await openWindow(browser)
    await newList(page, proxy.url, "first")
    proxy.cut()
    await add(page, "second")
    await add(page, "third")
    await page.locator("#text").pressSequentially("fourth")
    const unsent = page.locator("#todos .pending .text")
    await expect.poll(() => unsent.allTextContents(), { timeout: 10_000 }).toEqual(["second", "third"])
    expect(await page.textContent("#error")).toContain("Not saved yet")
    proxy.mend()
    await shows(page, ["first", "second", "third"])
    expect([await page.inputValue("#text"), await unsent.count()]).toEqual(["fourth", 0])
    await page.press("#text", "Enter")
    await shows(page, ["first", "second", "third", "fourth"])
    proxy.close()
  })

  it("reports a button press that gets no response", async () => {
    const proxy = await cuttableProxy(server.url)
    const { page } = await openWindow(browser)
    await newList(page, proxy.url, "first")
    proxy.cut()
    await page.getByRole("button", { name: "Delete: first" }).click()
    await page.locator("#error", { hasText: "No answer came" }).waitFor()
    proxy.close()
  })

  it("adds what was sent but unanswered when leaving the page", async () => {
    const { page } = await openWindow(browser)
    const path = await newList(page, server.url, "first")
    const answers = await holdResponses(page, todos)
    await add(page, "second")
    await answers.count(1)
    await add(page, "third")
    await page.goto(server.url)
    await page.goto(`${server.url}${path}`)
    await shows(page, ["first", "second", "third"])
  })

  it("carries sent and unsent input over to a list that is being created", async () => {
    const { page } = await openWindow(browser)
    await page.goto(server.url)
    const answers = await holdResponses(page, /\/lists$/, { leadsElsewhere: true })
    await page.focus("#text")
    await page.keyboard.type("first\n")
    await answers.count(1)
    await page.keyboard.type("second\nthird\nhalf")
    await answers.release()
    await page.waitForURL(/\/lists\//)
    await shows(page, ["first", "second", "third"])
    expect([await page.inputValue("#text"), await focused(page)]).toEqual(["half", "text"])
    await page.keyboard.type(" a todo\n")
    await shows(page, ["first", "second", "third", "half a todo"])
    await page.goto(server.url)
    expect(await page.locator(".lists li").count()).toBe(1)
  })

  it("keeps the text of a refused list in its field", async () => {
    const { page } = await openWindow(browser)
    await page.goto(server.url)
    await add(page, "  ")
    await expect.poll(() => page.textContent("#error")).not.toBe("")
    expect([await page.inputValue("#text"), new URL(page.url()).pathname]).toEqual(["  ", "/"])
  })

  it("keeps text typed during a rename; Escape restores the original", async () => {
    const { page } = await openWindow(browser)
    await newList(page, server.url, "first")
    const answers = await holdResponses(page, /\/rename$/)
    await page.locator("summary").click()
    const field = page.locator("details input")
    await expect.poll(() => field.inputValue()).toBe("first")
    await field.fill("second")
    await field.press("Enter")
    await answers.count(1)
    await field.pressSequentially(" and more")
    await answers.next()
    await shows(page, ["second"])
    expect(await field.inputValue()).toBe("second and more")
    // Submitted again during the first request: the last value wins.
    await field.press("Enter")
    await answers.count(1)
    await field.fill("third")
    await field.press("Enter")
    await answers.release()
    await shows(page, ["third"])
    await expect.poll(() => page.locator("details[open]").count()).toBe(0)
    expect(await focused(page)).toBe("Rename: third")
    await page.keyboard.press("Enter")
    await field.fill("fourth")
    await field.press("Escape")
    expect(await page.locator("details[open]").count()).toBe(0)
    await page.locator("summary").click()
    await expect.poll(() => field.inputValue()).toBe("third")
  })

  it("keeps an edited rename field when the todo is renamed elsewhere", async () => {
    const a = await openWindow(browser)
    const b = await openWindow(browser)
    const path = await newList(a.page, server.url, "one", "two")
    await b.page.goto(`${server.url}${path}`)
    await isLive(b.page)
    for (const text of ["one", "two"]) {
      await (await openRename(a.page, text)).fill(`mine: ${text}`)
    }
    // The first field has no focus.
    for (const text of ["one", "two"]) {
      const field = await openRename(b.page, text)
      await field.fill(`${text} theirs`)
      await field.press("Enter")
      await rowOf(a.page, `${text} theirs`).waitFor()
    }
    expect(await texts(a.page)).toEqual(["one theirs", "two theirs"])
    for (const text of ["one", "two"]) {
      expect(await rowOf(a.page, text).locator("details input").inputValue()).toBe(`mine: ${text}`)
    }
    // Unedited fields follow, open or closed.
    await rowOf(b.page, "one").locator("summary").click()
    await rowOf(a.page, "one").locator("details button").click()
    await expect.poll(() => rowOf(b.page, "one").locator("details input").inputValue()).toBe("mine: one")
  })

  it("submits input-method text after composition ends and keeps ongoing composition", async () => {
    const { page } = await openWindow(browser)
    await newList(page, server.url, "first")
    const answers = await holdResponses(page, todos)
    const devtools = await page.context().newCDPSession(page)
    const compose = (text: string) =>
      devtools.send("Input.imeSetComposition", { text, selectionStart: text.length, selectionEnd: text.length })
    await page.focus("#text")
    await compose("にほ")
    await devtools.send("Input.insertText", { text: "日本" })
    await page.keyboard.press("Enter")
    await answers.count(1)
    await compose("ご")
    await answers.release()
    await shows(page, ["first", "日本"])
    expect(await page.inputValue("#text")).toBe("ご")
    await devtools.send("Input.insertText", { text: "語" })
    await page.keyboard.press("Enter")
    await shows(page, ["first", "日本", "語"])
  })

  it("adds one todo or list per submit after a back/forward-cache restore", async () => {
    const { page } = await openWindow(browser)
    await newList(page, server.url, "first")
    await add(page, "again")
    await shows(page, ["first", "again"])
    await page.goto(server.url)
    await page.goBack()
    await isLive(page)
    await add(page, "again")
    await shows(page, ["first", "again", "again"])
    await page.goBack().catch(() => undefined)
    await page.goto(server.url)
    await add(page, "another")
    await page.waitForURL(/\/lists\//)
    await page.goBack()
    await add(page, "another")
    await page.waitForURL(/\/lists\//)
    await shows(page, ["another"])
    await page.goto(server.url)
    expect(await page.locator(".lists li").count()).toBe(3)
  })
})
