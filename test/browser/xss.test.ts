// Cross-site scripting through every field and parameter that a page shows, in Chromium: no script
// runs, no other site is contacted, no CSP violation occurs, and the input is displayed as text.
import { mkdtempSync, rmSync } from "node:fs"
import { createServer } from "node:http"
import { tmpdir } from "node:os"
import { join } from "node:path"
import type { Browser, BrowserContext, Page } from "playwright-core"
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from "vitest"
import { makeClient } from "../http/client.ts"
import { type Process, startProcess } from "../http/server.ts"
import { isSkipped, launch } from "./chromium.ts"
import { all, isHeader, payloads, some, texts } from "./payloads.ts"

describe.skipIf(isSkipped)("cross-site scripting in Chromium", { timeout: 120_000 }, () => {
  let browser: Browser
  let server: Process
  const directory = mkdtempSync(join(tmpdir(), "evenstar-"))
  beforeAll(async () => {
    browser = await launch()
    server = await startProcess(directory, {
      COMMAND_RATE_LIMIT: "0",
      SESSION_RATE_LIMIT: "0",
      SIGN_IN_RATE_LIMIT: "0"
    })
  })
  afterAll(async () => {
    await browser.close()
    await server.stop("SIGTERM")
    rmSync(directory, { recursive: true })
  })

  /** A window that records forbidden effects on its pages; `found` returns and clears them. */
  const watched = async (own = server.url) => {
    const context = await browser.newContext()
    const found: Array<string> = []
    await context.exposeFunction("__report", (what: string) => void found.push(what))
    await context.addInitScript(`
      Object.defineProperty(window, "__xss", { set() { __report("a script ran") }, get() {} })
      document.addEventListener("securitypolicyviolation", (event) =>
        __report("a violation of " + event.effectiveDirective + " by " + event.blockedURI))
    `)
    // Chromium resolves no other name than this machine's: such requests end unsent. They are
    // observed, not intercepted, as interception turns Chromium's cache off.
    const isForeign = (address: string) => {
      const { origin, protocol } = new URL(address)
      return origin.replace(/^ws/, "http") !== own && /^(https?|wss?):/.test(protocol)
    }
    context.on("request", (request) => {
      if (isForeign(request.url())) found.push(`a request to ${request.url()}`)
    })
    const page = await context.newPage()
    page.on("websocket", (socket) => {
      if (isForeign(socket.url())) found.push(`a socket to ${socket.url()}`)
    })
    page.on("dialog", (dialog) => {
      found.push(`a dialog: ${dialog.message()}`)
      return dialog.dismiss()
    })
    page.on("console", (message) => {
      if (/Content.Security.Policy|Refused to/i.test(message.text())) found.push(message.text())
    })
    page.on("pageerror", (error) => found.push(error.message))
    onTestFinished(() => context.close())
    return { context, page, found }
  }
  const enter = (context: BrowserContext, cookie = "") => {
    const [name = "", value = ""] = cookie.split("=")
    return context.addCookies([{ name, value, url: server.url }])
  }
  /**
   * On any page: no part of a payload has become an element or an attribute. A path of this site
   * may have it encoded: an error page links to the page that it was asked from.
   */
  const strange =
    'main :is(script, img, svg, math, iframe, style, meta, base, template, hx-partial, [style], [onerror], [onfocus], [hx-on\\:load], [hx-get], [autofocus], [href^="javascript:" i], [href*="evil"]:not([href^="/"]), [href^="//"], [href^="/\\\\"], [src*="evil"], [action*="evil"])'
  /** After two painted frames, queued scripts have run. */
  const settle = (page: Page) =>
    page.evaluate(async (selector) => {
      await new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(done))))
      return {
        isSet: "__xss" in window && window.__xss !== undefined,
        strange: document.querySelectorAll(selector).length
      }
    }, strange)
  const isLive = (page: Page) => page.locator('#connection[data-state="live"]').waitFor()
  const isClean = async (page: Page, found: ReadonlyArray<string>) => {
    const { isSet, strange } = await settle(page)
    expect([page.url(), isSet, strange, found]).toEqual([page.url(), false, 0, []])
  }
  const shown = (page: Page) => page.locator("#todos .text").allTextContents()

  describe("controls: unescaped payloads are detected", () => {
    const serve = async (csp: string | undefined, body: string) => {
      const own = createServer((_, response) => {
        if (csp !== undefined) response.setHeader("content-security-policy", csp)
        response.setHeader("content-type", "text/html; charset=utf-8")
        response.end(`<!doctype html><title>x</title><main>${body}</main>`)
      })
      await new Promise<void>((resolve) => own.listen(0, "127.0.0.1", resolve))
      onTestFinished(() => void own.close())
      const address = own.address()
      return `http://127.0.0.1:${typeof address === "object" && address !== null ? address.port : 0}`
    }
    const finds = async (csp: string | undefined, body: string, expected: RegExp) => {
      const url = await serve(csp, body)
      const { found, page } = await watched(url)
      await page.goto(url)
      await expect.poll(() => found.join("\n")).toMatch(expected)
    }
    it.each([
      ["a script", /a script ran/],
      ["an image's error", /a script ran/],
      ["SVG's load", /a script ran/],
      ["the end of an attribute and its tag", /a dialog: 1/],
      ["a script of another site", /a request to https:\/\/evil\.example\/x\.js/],
      ["an image of another site", /a request to https:\/\/evil\.example\/x\.png/],
      ["a refresh", /a request to https:\/\/evil\.example\//],
      ["a style", /a request to https:\/\/evil\.example\/x/]
    ] as const)("%s", (name, expected) => finds(undefined, payloads[name], expected))
    it("a CSP violation", async () => {
      const response = await fetch(server.url)
      const csp = response.headers.get("content-security-policy") ?? ""
      await finds(csp, payloads["a script"], /a violation of script-src-elem by inline/)
      await finds(csp, payloads["an image of another site"], /a violation of img-src by https:\/\/evil/)
      await finds(csp, payloads["a base"], /a violation of base-uri/)
      await finds(csp, payloads["a style's attribute"], /a violation of style-src-attr/)
    })
  })

  it("todos when added, from the feed, from the page, and when renamed", async () => {
    const { found, page } = await watched()
    await page.goto(server.url)
    await page.fill("#text", "first")
    await page.press("#text", "Enter")
    await page.waitForURL(/\/lists\//)
    await isLive(page)
    for (const [at, text] of texts.entries()) {
      await page.fill("#text", text)
      await page.press("#text", "Enter")
      await expect.poll(async () => (await shown(page)).length, { timeout: 10_000 }).toBe(at + 2)
    }
    expect(await shown(page)).toEqual(["first", ...texts])
    await isClean(page, found)

    await page.reload()
    await isLive(page)
    expect(await shown(page)).toEqual(["first", ...texts])
    // An open row's field contains the text without characters that no field accepts.
    await page.locator("#todos details").evaluateAll((all) => all.map((it) => it.toggleAttribute("open", true)))
    await expect
      .poll(() =>
        page.locator("details input").evaluateAll((all: Array<HTMLInputElement>) => all.map((it) => it.value))
      )
      .toEqual(["first", ...texts].map((text) => text.replaceAll(/[\r\n]/g, "")))
    await page.locator("#todos details").evaluateAll((all) => all.map((it) => it.toggleAttribute("open", false)))
    await isClean(page, found)

    const path = new URL(page.url()).pathname
    const { todos } = await (await fetch(`${server.url}/api${path}`)).json()
    for (const [at, text] of texts.toReversed().entries()) {
      const [first] = todos
      await fetch(`${server.url}/api${path}/todos/${first.todoId}`, {
        method: "PATCH",
        headers: { "content-type": "application/json" },
        body: JSON.stringify({ text: `${at} ${text}` })
      })
      await expect.poll(async () => (await shown(page))[0]).toBe(`${at} ${text}`)
    }
    // Typed into an open field, too.
    await page.locator("summary").nth(1).click()
    await expect.poll(() => page.locator("details[open] input").inputValue()).not.toBe("")
    await page.locator("details[open] input").fill(payloads["a double quote"])
    await page.locator("details[open] button").click()
    await expect.poll(async () => (await shown(page))[1]).toBe(payloads["a double quote"].trim())
    await isClean(page, found)
    for (const filter of ["active", "completed"]) {
      await page.goto(`${server.url}${path}?filter=${filter}`)
      await isLive(page)
      await isClean(page, found)
    }
  })

  it("a list's title on its page and on the start page", async () => {
    const { context, found, page } = await watched()
    const who = makeClient(server.url)
    for (const text of texts) {
      const path = await who.newList(text)
      await enter(context, who.cookie())
      await page.goto(`${server.url}${path}`)
      await isLive(page)
      expect(await page.evaluate(() => document.querySelector("title")?.textContent)).toBe(`${text.trim()} · Evenstar`)
      await isClean(page, found)
    }
    const titles = async () => {
      await page.goto(server.url)
      return page.locator(".lists .text").allTextContents()
    }
    await expect.poll(async () => (await titles()).toSorted()).toEqual(texts.map((text) => text.trim()).toSorted())
    await isClean(page, found)
  })

  it("URLs: filters, ids of lists and todos, file names, unknown pages", async () => {
    const { found, page } = await watched()
    const path = await makeClient(server.url).newList()
    for (const payload of some) {
      const text = encodeURIComponent(payload)
      const addresses = [
        `${path}?filter=${text}`,
        `/?${text}=${text}#${text}`,
        `/lists/${text}`,
        `/lists/${text}/feed`,
        `/static/${text}`,
        `/account/${text}?error=${text}`,
        `/${text}`,
        `/api/lists/${text}`,
        `/api/${text}`
      ]
      for (const address of addresses) {
        await page.goto(`${server.url}${address}`)
        await isClean(page, found)
      }
    }
    // Chromium encodes what it sends; a raw request need not, and the response never repeats it.
    for (const address of [`${path}?filter="><script>`, '/lists/"><script>', "/static/'><script>"]) {
      expect(await (await fetch(`${server.url}${address}`)).text()).not.toMatch(/><script>/)
    }
  })

  /** Submits a form from another page, as an attacker can; the response is displayed as a page. */
  const submit = async (page: Page, action: string, fields: Record<string, string>) => {
    const answered = page.waitForResponse((response) => response.request().method() === "POST")
    const loaded = page.waitForEvent("load")
    await page.evaluate(
      ([to, entries]) => {
        const form = document.createElement("form")
        form.method = "post"
        form.action = to
        for (const [name, value] of entries) {
          const input = document.createElement("textarea")
          input.name = name
          input.value = value
          form.append(input)
        }
        document.body.append(form)
        form.submit()
      },
      [action, Object.entries(fields)] as const
    )
    await loaded
    return (await answered).status()
  }
  it("a refused form's response as a page", async () => {
    const { context, found, page } = await watched()
    const who = makeClient(server.url)
    const path = await who.newList()
    await enter(context, who.cookie())
    await page.goto(server.url)
    for (const payload of all) {
      expect(await submit(page, `${path}/access`, { access: payload })).toBe(400)
      // The input is not repeated.
      expect(await page.textContent("main")).toContain('access: Expected "link", "read-only" or "private"')
      await isClean(page, found)
    }
    for (const payload of some) {
      const long = payload.padEnd(501, "x")
      const id = encodeURIComponent(payload)
      const tries: ReadonlyArray<readonly [string, Record<string, string>]> = [
        [`${path}/todos`, { text: long }],
        [`${path}/todos`, { text: "x", idempotencyKey: `${payload} ` }],
        ["/lists", { text: long, idempotencyKey: payload }],
        [`${path}/todos/${id}/rename`, { text: "x" }],
        [`/account/sessions/${id}/revoke`, {}]
      ]
      for (const [action, fields] of tries) {
        const status = await submit(page, action, fields)
        expect([action, status >= 400 && status < 500]).toEqual([action, true])
        await isClean(page, found)
      }
    }
  })

  it("a refused form's message in the page's live region", async () => {
    const { context, found, page } = await watched()
    const who = makeClient(server.url)
    const path = await who.newList()
    await enter(context, who.cookie())
    await page.goto(`${server.url}${path}`)
    await isLive(page)
    for (const text of texts) {
      await page.locator("#error").evaluate((region) => region.replaceChildren())
      await page.locator('[name="completed"]').evaluate((field, value) => field.setAttribute("value", value), text)
      await page.getByRole("button", { name: "Complete all" }).click()
      await expect.poll(() => page.textContent("#error")).toContain('completed: Expected "true" or "false"')
      expect(await page.locator("#error *").count()).toBe(1)
      await isClean(page, found)
    }
    await page
      .locator('[name="idempotencyKey"]')
      .evaluate((field) => field.setAttribute("value", '"><img src=x onerror=alert(1)>'))
    await page.fill("#text", "x")
    await page.press("#text", "Enter")
    await expect.poll(() => page.textContent("#error")).toContain("Idempotency-Key")
    await isClean(page, found)
  })

  it("a User-Agent on the account page", async () => {
    const { context, found, page } = await watched()
    for (const payload of all.filter(isHeader)) {
      const headers = { "user-agent": payload }
      const who = makeClient(server.url)
      const call = async (path: string, json: unknown) =>
        JSON.parse((await who.request("POST", `/api/account/${path}`, { json, headers })).text)
      await call("passkeys", who.authenticator.create(await call("passkeys/options", {})))
      await enter(context, who.cookie())
      await page.goto(`${server.url}/account`)
      for (const rows of ["#sessions", "#passkeys"]) {
        expect(await page.locator(`${rows} strong`).getAttribute("title")).toBe(payload.trim())
      }
      await isClean(page, found)
    }
  })

  it("responses of the JSON API opened as pages", async () => {
    const { found, page } = await watched()
    const path = await makeClient(server.url).newList()
    const list = `${server.url}/api${path}`
    for (const payload of all) {
      const refused = { method: "PATCH", url: list, json: { access: payload, [payload]: 1 } }
      const others = [
        { method: "POST", url: `${list}/todos`, json: { text: payload } },
        { method: "POST", url: `${server.url}/api/account/sign-in`, json: { type: payload, response: payload } },
        { method: "GET", url: list, json: undefined },
        { method: "GET", url: `${server.url}/events?after=${encodeURIComponent(payload)}`, json: undefined }
      ]
      const tries = some.includes(payload) ? [refused, ...others] : [refused]
      for (const { json, method, url } of tries) {
        // The real response with its headers, under a URL that can be opened.
        await page.route("**/probe", async (route) =>
          route.fulfill({
            response: await route.fetch({
              url,
              method,
              ...(json === undefined
                ? {}
                : { headers: { "content-type": "application/json" }, postData: JSON.stringify(json) })
            })
          })
        )
        await page.goto(`${server.url}/probe`)
        await settle(page)
        await page.unroute("**/probe")
        expect([url, found]).toEqual([url, []])
      }
    }
    // The detail repeats the input; its media type and nosniff keep it text.
    const refused = await fetch(`${list}/todos`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ text: 1, "<script>window.__xss=1</script>": 1 })
    })
    expect(await refused.text()).toContain("<script>")
    expect([refused.headers.get("content-type"), refused.headers.get("x-content-type-options")]).toEqual([
      "application/problem+json",
      "nosniff"
    ])
  })

  it("cookies and other headers", async () => {
    const { context, found, page } = await watched()
    const path = await makeClient(server.url).newList()
    for (const payload of some) {
      await context.setExtraHTTPHeaders({
        cookie: `session=${payload}; theme=${payload}`,
        "x-forwarded-host": payload,
        "x-forwarded-for": payload,
        "accept-language": payload,
        "hx-current-url": payload,
        "last-event-id": payload
      })
      for (const address of ["/", path, "/account", "/nothing", `/api${path}`]) {
        await page.goto(`${server.url}${address}`)
        expect(await page.content()).not.toContain("__xss")
        await isClean(page, found)
      }
    }
  })
})
