// The first load of a page as production serves it: what comes over the line, and nothing that holds the first picture up.
import type { Browser } from "playwright-core"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { serverOfFile } from "../http/server.ts"
import { launch, mayBeLeftOut } from "./chromium.ts"

describe.skipIf(mayBeLeftOut)("the first load in Chromium", { timeout: 60_000 }, () => {
  let browser: Browser
  const server = serverOfFile({ NODE_ENV: "production" })
  beforeAll(async () => {
    browser = await launch()
  })
  afterAll(async () => {
    await browser.close()
  })

  /** All answers of a page's first load by a fresh browser: their kind, and the bytes that came over the line. */
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

  it("of / is less than 40 KB, compressed, in few answers that are kept for ever", async () => {
    const { answers, bytes, complaints, page } = await load("/")
    // The icon may come after the rest.
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
    // What was loaded works: the script has taken the form over.
    await page.fill("#text", "milk")
    await page.press("#text", "Enter")
    await page.waitForURL(/\/lists\//)
    await page.locator('#connection[data-state="live"]').waitFor()
  })

  it.each(["/", "/analytics", "/account"])(
    "%s has one style sheet, no script that blocks, a hash for each and preloads for what scripts import",
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
      // A module never blocks the parser; nothing is inline.
      for (const script of scripts) expect(script).toEqual(["module", expect.stringMatching(/^sha384-/), ""])
      const links = await page
        .locator("link")
        .evaluateAll((all) =>
          all.map((it) => (it instanceof HTMLLinkElement ? [it.rel, it.integrity, new URL(it.href).pathname] : []))
        )
      for (const [rel, integrity] of links) if (rel !== "icon") expect(integrity).toMatch(/^sha384-/)
      const loaded = answers.filter(({ type }) => type === "Script").map(({ url }) => url)
      const preloads = links.flatMap(([rel, , url]) => (rel === "modulepreload" ? [url] : []))
      expect(preloads.sort()).toEqual([...new Set(loaded)].sort())
      const meta = await page.locator('meta[name="viewport"], meta[charset]').count()
      expect([meta, await page.locator("html[lang]").count(), (await page.title()) !== ""]).toEqual([2, 1, true])
    }
  )

  it("a file that was changed on its way is not run", async () => {
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
