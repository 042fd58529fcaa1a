// What every page has around its content: icons and manifest, print style, error pages, and points
// in time in the reader's zone.
import type { Browser, Page } from "playwright-core"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { serverForFile } from "../http/server.ts"
import { isSkipped, launch } from "./chromium.ts"
import { newList, openWindow, rowOf, shows } from "./listPage.ts"

const schemes = ["light", "dark"] as const

/** Computed colours of an element. */
const colorsOf = (page: Page, selector: string) =>
  page
    .locator(selector)
    .first()
    .evaluate((element) => {
      const { backgroundColor, color } = getComputedStyle(element)
      return [backgroundColor, color]
    })
const isVisible = (page: Page, selector: string) => page.locator(selector).first().isVisible()

describe.skipIf(isSkipped)("pages in Chromium", { timeout: 60_000 }, () => {
  let browser: Browser
  const server = serverForFile({ SIGN_IN_RATE_LIMIT: "0" })
  beforeAll(async () => {
    browser = await launch()
  })
  afterAll(async () => {
    await browser.close()
  })

  it("have a manifest without errors, whose icons have the sizes that it says", async () => {
    const { complaints, page } = await openWindow(browser)
    await page.goto(server.url)
    const devtools = await page.context().newCDPSession(page)
    const { data = "", errors, url } = await devtools.send("Page.getAppManifest")
    expect([url, errors]).toEqual([`${server.url}/manifest.webmanifest`, []])
    const { icons, name }: { name: string; icons: ReadonlyArray<{ src: string; sizes: string }> } = JSON.parse(data)
    expect(name).toBe("Evenstar")
    expect(icons).toHaveLength(4)
    const touch = await page.locator('link[rel="apple-touch-icon"]').getAttribute("href")
    for (const { sizes, src } of [...icons, { src: touch ?? "", sizes: "180x180" }]) {
      const [width, height] = await page.evaluate(async (address) => {
        const image = new Image()
        image.src = address
        await image.decode()
        return [image.naturalWidth, image.naturalHeight]
      }, src)
      expect(width).toBe(height)
      if (sizes !== "any") expect([src, `${width}x${height}`]).toEqual([src, sizes])
    }
    expect(complaints).toEqual([])
    await page.context().close()
  })

  it.each(schemes)("have the browser's surfaces in the page's colour: %s", async (colorScheme) => {
    const { page } = await openWindow(browser, { colorScheme })
    await page.goto(server.url)
    const theme = await page.evaluate(() => {
      const probe = document.createElement("p")
      const metas = Array.from(document.querySelectorAll<HTMLMetaElement>('meta[name="theme-color"]'))
      probe.style.color = metas.find(({ media }) => matchMedia(media).matches)?.content ?? ""
      document.body.append(probe)
      return getComputedStyle(probe).color
    })
    expect((await colorsOf(page, "body"))[0]).toBe(theme)
    await page.context().close()
  })

  it("print only their content, black on white, with boxes to tick", async () => {
    const { page } = await openWindow(browser, { colorScheme: "dark" })
    await newList(page, server.url, "milk", "bread")
    await rowOf(page, "milk").locator(".check").click()
    await rowOf(page, "milk").locator('[aria-pressed="true"]').waitFor()
    const controls = ["header h1", ".site", "#add", ".filters", "#toggle-all", "summary", ".plain", ".access"]
    for (const control of controls) expect([control, await isVisible(page, control)]).toEqual([control, true])
    await page.emulateMedia({ media: "print" })
    for (const control of controls) expect([control, await isVisible(page, control)]).toEqual([control, false])
    await shows(page, ["milk", "bread"])
    const white = "rgb(255, 255, 255)"
    const black = "rgb(0, 0, 0)"
    expect(await colorsOf(page, "body")).toEqual([white, black])
    expect(await colorsOf(page, "#todos")).toEqual([white, black])
    expect((await colorsOf(page, "#todos .text"))[1]).toBe(black)
    const boxes = await page.locator("#todos .check").evaluateAll((all) =>
      all.map((box) => {
        const { borderTopColor, borderTopStyle } = getComputedStyle(box)
        return [box.checkVisibility(), borderTopStyle, borderTopColor, getComputedStyle(box, "::before").content]
      })
    )
    expect(boxes).toEqual([
      [true, "solid", black, '"✓"'],
      [true, "solid", black, "none"]
    ])
    await page.goto(server.url)
    expect(await isVisible(page, ".lists .text")).toBe(true)
    expect(await isVisible(page, "h2:has-text('Polls')")).toBe(false)
    await page.context().close()
  })

  it.each(schemes)("explain an error, with the style sheet and without: %s", async (colorScheme) => {
    for (const isStyled of [true, false]) {
      const { complaints, page } = await openWindow(browser, { colorScheme, viewport: { width: 320, height: 600 } })
      if (!isStyled) await page.route(/\.css$/, (route) => route.abort())
      await page.goto(`${server.url}/lists/AAAAAAAAAAAAAAAAAAAAAA`)
      await page.getByText("There is no such list.").waitFor()
      const [, color = ""] = await colorsOf(page, "body")
      const isLight = Number(/\d+/.exec(color)?.[0]) > 128
      expect([isStyled, isLight]).toEqual([isStyled, colorScheme === "dark"])
      expect(await page.evaluate(() => document.scrollingElement?.scrollWidth)).toBe(320)
      // The page itself is a 404.
      expect(complaints.filter((text) => !/404|ERR_FAILED/.test(text))).toEqual([])
      await page.getByRole("link", { name: "To the start page" }).click()
      await page.waitForURL(`${server.url}/`)
      await page.context().close()
    }
  })

  it("lead from a refused form back to its page, without a script", async () => {
    const { page } = await openWindow(browser, { javaScriptEnabled: false })
    await page.goto(server.url)
    await page.fill("#text", "milk")
    await page.press("#text", "Enter")
    await page.waitForURL(/\/lists\//)
    const list = page.url()
    await page.fill("#text", "   ")
    await page.press("#text", "Enter")
    await page.getByRole("heading", { name: "That can't be used" }).waitFor()
    await page.getByRole("link", { name: "Back to the page" }).click()
    await page.waitForURL(list)
    await page.context().close()
  })

  it("show points in time in the reader's format and zone", async () => {
    const { complaints, page } = await openWindow(browser, { locale: "de-DE", timezoneId: "Asia/Tokyo" })
    const devtools = await page.context().newCDPSession(page)
    await devtools.send("WebAuthn.enable")
    await devtools.send("WebAuthn.addVirtualAuthenticator", {
      options: {
        protocol: "ctap2",
        transport: "internal",
        hasResidentKey: true,
        hasUserVerification: true,
        isUserVerified: true,
        automaticPresenceSimulation: true
      }
    })
    await page.goto(`${server.url.replace("127.0.0.1", "localhost")}/account`)
    await page.getByRole("button", { name: "Create a passkey" }).click()
    await page.getByRole("heading", { name: "You are signed in" }).waitFor()
    const times = await page.locator("time").evaluateAll((all) =>
      all.map((element) => {
        const at = element instanceof HTMLTimeElement ? element.dateTime : ""
        const expected = new Date(at).toLocaleString("de-DE", {
          dateStyle: "medium",
          timeStyle: "short",
          timeZone: "Asia/Tokyo"
        })
        const { lang, textContent, title } = element instanceof HTMLElement ? element : document.body
        return {
          isLocal: textContent === expected,
          lang,
          isUtc: title === `${at.slice(0, 10)} ${at.slice(11, 16)} UTC`
        }
      })
    )
    expect(times).toHaveLength(4)
    for (const time of times) expect(time).toEqual({ isLocal: true, lang: "de-DE", isUtc: true })
    expect(complaints).toEqual([])
    await page.context().close()
  })
})
