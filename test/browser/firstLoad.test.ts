// First page load in production mode: bytes on the wire, caching, nothing that blocks rendering.
import type { Browser } from "playwright-core"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { serverForFile } from "../http/server.ts"
import { isSkipped, launch } from "./chromium.ts"

describe.skipIf(isSkipped)("first load in Chromium", { timeout: 60_000 }, () => {
  let browser: Browser
  const server = serverForFile({ NODE_ENV: "production" })
  beforeAll(async () => {
    browser = await launch()
  })
  afterAll(async () => {
    await browser.close()
  })

  /** All responses of a page's first load with an empty cache: type and encoded size in bytes. */
  const load = async (path: string) => {
    const page = await (await browser.newContext()).newPage()
    const complaints: Array<string> = []
    page.on("console", (message) => complaints.push(message.text()))
    page.on("pageerror", ({ message }) => complaints.push(message))
    const devtools = await page.context().newCDPSession(page)
    await devtools.send("Network.enable")
    const sizes = new Map<string, number>()
    devtools.on("Network.loadingFinished", ({ encodedDataLength, requestId }) =>
      sizes.set(requestId, encodedDataLength)
    )
    const answers: Array<{ id: string; url: string; type: string; status: number; headers: Record<string, string> }> =
      []
    devtools.on("Network.responseReceived", ({ requestId, response, type }) => {
      const headers = Object.entries(response.headers).map(([name, value]) => [name.toLowerCase(), value])
      const { status, url } = response
      answers.push({ id: requestId, url: new URL(url).pathname, type, status, headers: Object.fromEntries(headers) })
    })
    await page.goto(`${server.url}${path}`, { waitUntil: "load" })
    return { page, complaints, answers, bytes: () => [...sizes.values()].reduce((sum, size) => sum + size, 0) }
  }

  it("transfers less than 40 KB for /, in few immutable responses", async () => {
    const { answers, bytes, complaints, page } = await load("/")
    // The icon may load later.
    await page.waitForLoadState("networkidle")
    console.log(`The first load of / is ${bytes()} bytes in ${answers.length} answers`)
    expect(bytes()).toBeGreaterThan(1000)
    expect(bytes()).toBeLessThan(40_000)
    expect(answers.map(({ type }) => type).sort()).toEqual(expect.arrayContaining(["Document", "Script", "Stylesheet"]))
    expect(answers.length).toBeLessThanOrEqual(4)
    for (const { headers, status, type } of answers) {
      expect([type, status]).toEqual([type, 200])
      if (type === "Document") continue
      expect(headers["cache-control"]).toBe("public, max-age=31536000, immutable")
      if (type !== "Other") expect(headers["content-encoding"]).toBe("br")
    }
    expect(complaints).toEqual([])
    // The loaded script works: it has enhanced the form.
    await page.fill("#text", "milk")
    await page.press("#text", "Enter")
    await page.waitForURL(/\/lists\//)
    await page.locator('#connection[data-state="live"]').waitFor()
  })

  it.each(["/", "/analytics", "/account"])(
    "%s has one style sheet, no blocking script, integrity hashes and module preloads",
    async (path) => {
      const { answers, complaints, page } = await load(path)
      expect(complaints).toEqual([])
      expect(answers.filter(({ type }) => type === "Stylesheet")).toHaveLength(1)
      const scripts = await page
        .locator("script")
        .evaluateAll((all) =>
          all.map((it) =>
            it instanceof HTMLScriptElement ? [it.type, it.integrity, it.src === "" ? it.text : ""] : []
          )
        )
      expect(scripts.length).toBeGreaterThan(0)
      // A module never blocks the parser; no script is inline.
      for (const script of scripts) expect(script).toEqual(["module", expect.stringMatching(/^sha384-/), ""])
      const links = await page
        .locator("link")
        .evaluateAll((all) =>
          all.map((it) => (it instanceof HTMLLinkElement ? [it.rel, it.integrity, new URL(it.href).pathname] : []))
        )
      for (const [rel, integrity] of links) {
        if (rel === "stylesheet" || rel === "modulepreload") expect(integrity).toMatch(/^sha384-/)
      }
      const loaded = answers.filter(({ type }) => type === "Script").map(({ url }) => url)
      const preloads = links.flatMap(([rel, , url]) => (rel === "modulepreload" ? [url] : []))
      expect(preloads.sort()).toEqual([...new Set(loaded)].sort())
      const meta = await page.locator('meta[name="viewport"], meta[charset]').count()
      expect([meta, await page.locator("html[lang]").count(), (await page.title()) !== ""]).toEqual([2, 1, true])
    }
  )

  it("does not run a file that was modified in transit", async () => {
    const page = await (await browser.newContext()).newPage()
    const complaints: Array<string> = []
    page.on("console", (message) => complaints.push(message.text()))
    await page.route(/\/static\/index\..*\.js$/, async (route) => {
      const response = await route.fetch()
      await route.fulfill({ response, body: `${await response.text()}\nwindow.changed = true` })
    })
    await page.goto(server.url)
    await expect.poll(() => complaints.join("\n")).toMatch(/integrity/)
    expect(await page.evaluate(() => "changed" in window)).toBe(false)
  })
})
