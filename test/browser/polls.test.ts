// Polls in Chromium: live votes in two windows until the owner's close, also without JavaScript.
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import type { Browser, Page } from "playwright-core"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { type Process, startProcess } from "../http/server.ts"
import { isSkipped, launch } from "./chromium.ts"
import { isLive, openWindow } from "./listPage.ts"

const closed = "This poll is closed: no more votes are counted"

describe.skipIf(isSkipped)("polls in Chromium", { timeout: 60_000 }, () => {
  let browser: Browser
  let server: Process
  const directory = mkdtempSync(join(tmpdir(), "evenstar-"))

  beforeAll(async () => {
    browser = await launch()
    server = await startProcess(directory)
  })
  afterAll(async () => {
    await browser.close()
    await server.stop("SIGTERM")
    rmSync(directory, { recursive: true })
  })

  /** Creates a poll from the start page; returns its path. */
  const newPoll = async (page: Page, question: string, ...options: ReadonlyArray<string>) => {
    await page.goto(server.url)
    await page.fill("#question", question)
    await page.fill("#options", options.join("\n"))
    await page.getByRole("button", { name: "Start a poll" }).click()
    await page.waitForURL(/\/polls\//)
    return new URL(page.url()).pathname
  }
  const vote = (page: Page, text: string) => page.getByRole("button", { name: `Vote for: ${text}` }).click()
  /** The widths of the bars and their labels. */
  const counts = async (page: Page) => ({
    bars: await page.locator("#options meter").evaluateAll((bars) => bars.map((bar) => bar.getAttribute("value"))),
    words: await page.locator("#options small").allTextContents()
  })
  const shows = (page: Page, ...votes: ReadonlyArray<number>) =>
    expect
      .poll(() => counts(page), { timeout: 15_000 })
      .toEqual({ bars: votes.map(String), words: votes.map((n) => (n === 1 ? "1 vote" : `${n} votes`)) })

  it("shows votes, changed votes and the close in two windows live", async () => {
    const owner = await openWindow(browser)
    const guest = await openWindow(browser)
    const path = await newPoll(owner.page, "Tea <or> coffee?", "Tea", "Coffee", "<i>Water</i>")
    await isLive(owner.page)
    await guest.page.goto(`${server.url}${path}`)
    await isLive(guest.page)
    expect(await guest.page.textContent("h2")).toBe("Tea <or> coffee?")
    expect(await guest.page.locator("#options .text").allTextContents()).toEqual(["Tea", "Coffee", "<i>Water</i>"])

    await vote(guest.page, "Tea")
    await shows(owner.page, 1, 0, 0)
    await shows(guest.page, 1, 0, 0)
    await vote(owner.page, "Tea")
    await shows(guest.page, 2, 0, 0)
    await vote(guest.page, "<i>Water</i>")
    await shows(owner.page, 1, 0, 1)
    await shows(guest.page, 1, 0, 1)
    await guest.page.reload()
    expect(await guest.page.textContent("#notice")).toBe("You voted: <i>Water</i>")
    await isLive(guest.page)

    expect(await guest.page.getByRole("button", { name: "Close the poll" }).count()).toBe(0)
    await owner.page.getByRole("button", { name: "Close the poll" }).click()
    for (const { page } of [owner, guest]) {
      await expect.poll(() => page.textContent("#poll-state")).toBe("This poll is closed.")
      expect(await page.locator("#options button:enabled").count()).toBe(0)
      expect(await page.getByRole("button", { name: "Close the poll" }).count()).toBe(0)
    }
    await owner.page.goto(server.url)
    expect(await owner.page.locator("#polls a").allTextContents()).toEqual(["Tea <or> coffee?closed"])
    await guest.page.goto(server.url)
    expect(await guest.page.locator("#polls a").count()).toBe(0)
    expect([...owner.complaints, ...guest.complaints]).toEqual([])
  })

  it("counts two rapid votes of a new visitor as one changed vote", async () => {
    const owner = await openWindow(browser)
    const path = await newPoll(owner.page, "Which?", "This", "That")
    const { page } = await openWindow(browser)
    await page.goto(`${server.url}${path}`)
    await isLive(page)
    await page.locator("#options button").evaluateAll((buttons) => {
      for (const button of buttons) if (button instanceof HTMLElement) button.click()
    })
    await shows(page, 0, 1)
    await shows(owner.page, 0, 1)
  })

  it("shows why a vote after the close was refused, beside its button", async () => {
    const owner = await openWindow(browser)
    const path = await newPoll(owner.page, "Still open?", "Yes", "No")
    await owner.page.getByRole("button", { name: "Close the poll" }).click()
    const { page } = await openWindow(browser)
    await page.goto(`${server.url}${path}`)
    await isLive(page)
    // Simulates a page that has not received the close.
    await page
      .locator("#options button")
      .first()
      .evaluate((button) => button.removeAttribute("disabled"))
    await vote(page, "Yes")
    await expect.poll(() => page.textContent("#error")).toBe(closed)
    await shows(page, 0, 0)
  })

  it("works with plain forms without JavaScript", async () => {
    const owner = await openWindow(browser, { javaScriptEnabled: false })
    const path = await newPoll(owner.page, "Paper or pen?", "Paper", "Pen")
    const live = await openWindow(browser)
    await live.page.goto(`${server.url}${path}`)
    await isLive(live.page)
    const stranger = await openWindow(browser, { javaScriptEnabled: false })
    await stranger.page.goto(`${server.url}${path}`)
    await vote(stranger.page, "Paper")
    await shows(stranger.page, 1, 0)
    expect(await stranger.page.textContent("#notice")).toBe("You voted: Paper")
    await vote(stranger.page, "Pen")
    await shows(stranger.page, 0, 1)
    await shows(live.page, 0, 1)
    const late = await openWindow(browser, { javaScriptEnabled: false })
    await late.page.goto(`${server.url}${path}`)
    await owner.page.getByRole("button", { name: "Close the poll" }).click()
    await expect.poll(() => owner.page.textContent("#poll-state")).toBe("This poll is closed.")
    await vote(late.page, "Paper")
    await expect.poll(() => late.page.textContent("main")).toContain(closed)
    await shows(live.page, 0, 1)
  })

  it("shows an invalid poll's error beside its form and keeps the input", async () => {
    const { page } = await openWindow(browser)
    await page.goto(server.url)
    await page.fill("#question", "Why?")
    await page.fill("#options", "Because")
    await page.getByRole("button", { name: "Start a poll" }).click()
    await expect.poll(() => page.textContent("#poll-error")).toContain("A poll has at least 2 options")
    expect(await page.inputValue("#options")).toBe("Because")
    expect(new URL(page.url()).pathname).toBe("/")
  })

  it.each([320, 1024])("fits %i pixels with the longest allowed texts", async (width) => {
    const { page } = await openWindow(browser, { viewport: { width, height: 700 } })
    const long = "Donaudampfschifffahrtsgesellschaftskapitän".repeat(5).slice(0, 199)
    await newPoll(page, long, `${long}1`, `${long}2`, "短い")
    await isLive(page)
    const overflow = () => page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth)
    expect(await overflow()).toBeLessThanOrEqual(0)
    await page.goto(server.url)
    expect(await overflow()).toBeLessThanOrEqual(0)
  })
})
