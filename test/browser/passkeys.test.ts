// Sign-in with Chromium's virtual authenticator: a private list on two devices, revocation and
// sign-out with open pages, failed ceremonies, and strangers' views of restricted lists.
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import type { Browser, CDPSession, Page } from "playwright-core"
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from "vitest"
import { type Process, startProcess } from "../http/server.ts"
import { isSkipped, launch } from "./chromium.ts"

/** A window's virtual authenticator and its DevTools session. */
interface Key {
  readonly session: CDPSession
  readonly authenticatorId: string
}

describe.skipIf(isSkipped)("passkeys in Chromium", { timeout: 60_000 }, () => {
  let browser: Browser
  let server: Process
  let site: string
  const directory = mkdtempSync(join(tmpdir(), "evenstar-"))
  beforeAll(async () => {
    browser = await launch()
    server = await startProcess(directory, { SIGN_IN_RATE_LIMIT: "0" })
    // The relying party id is a host name; without PUBLIC_URL it is localhost.
    site = server.url.replace("127.0.0.1", "localhost")
  })
  afterAll(async () => {
    await browser.close()
    await server.stop("SIGTERM")
    rmSync(directory, { recursive: true })
  })

  /** A device: a fresh profile with one window. Collects unexpected console errors. */
  const device = async () => {
    const context = await browser.newContext()
    onTestFinished(() => context.close())
    const page = await context.newPage()
    const complaints: Array<string> = []
    page.on("console", (message) => {
      const isExpected = /with (a )?status (of )?40[134]/.test(message.text())
      if (!isExpected && /error|warning/.test(message.type())) complaints.push(message.text())
    })
    page.on("pageerror", (error) => complaints.push(error.message))
    return { page, complaints }
  }
  /** Gives the window an authenticator with automatic presence and user verification. */
  const authenticator = async (page: Page): Promise<Key> => {
    const session = await page.context().newCDPSession(page)
    await session.send("WebAuthn.enable")
    const { authenticatorId } = await session.send("WebAuthn.addVirtualAuthenticator", {
      options: {
        protocol: "ctap2",
        transport: "internal",
        hasResidentKey: true,
        hasUserVerification: true,
        isUserVerified: true,
        automaticPresenceSimulation: true
      }
    })
    return { session, authenticatorId }
  }
  const credentialsOf = async ({ authenticatorId, session }: Key) =>
    (await session.send("WebAuthn.getCredentials", { authenticatorId })).credentials
  /** Copies a passkey to another device, as a password manager's sync does. */
  const copy = async (
    from: Key,
    { authenticatorId, session }: Key,
    changed: { readonly credentialId?: string } = {}
  ) => {
    for (const credential of await credentialsOf(from)) {
      await session.send("WebAuthn.addCredential", { authenticatorId, credential: { ...credential, ...changed } })
    }
  }
  const remove = ({ authenticatorId, session }: Key) =>
    session.send("WebAuthn.removeVirtualAuthenticator", { authenticatorId })

  const isLive = (page: Page) => page.locator('#connection[data-state="live"]').waitFor()
  const newList = async (page: Page, text: string, url = site) => {
    await page.goto(url)
    await page.fill("#text", text)
    await page.press("#text", "Enter")
    await page.waitForURL(/\/lists\//)
    await isLive(page)
    return new URL(page.url()).pathname
  }
  const makeFor = async (page: Page, access: string) => {
    await page.selectOption("select#access", access)
    const loaded = page.waitForEvent("load")
    await page.getByRole("button", { name: "Change" }).click()
    await loaded
    expect(await page.locator("#who-may").getAttribute("data-access")).toBe(access)
  }
  const button = (page: Page, name: string) => page.getByRole("button", { name, exact: true })
  const heading = (page: Page, name: string) => page.getByRole("heading", { name }).waitFor()
  const createPasskey = async (page: Page) => {
    await page.goto(`${site}/account`)
    await button(page, "Create a passkey").click()
    await heading(page, "You are signed in")
  }
  const signIn = async (page: Page) => {
    await page.goto(`${site}/account`)
    await button(page, "Sign in with a passkey").click()
    await heading(page, "You are signed in")
  }
  const lists = (page: Page) => page.locator(".lists .text").allTextContents()
  /** An open page that detects the loss of access by itself. */
  const isLost = (page: Page) => page.getByRole("heading", { name: "Not found" }).waitFor({ timeout: 10_000 })

  /** Opens a private list on a second device with the same passkey. */
  const sharing = async () => {
    const [phone, laptop] = [await device(), await device()]
    const [key, other] = [await authenticator(phone.page), await authenticator(laptop.page)]
    const path = await newList(phone.page, "milk")
    await makeFor(phone.page, "private")
    await createPasskey(phone.page)
    await copy(key, other)
    await signIn(laptop.page)
    await laptop.page.goto(`${site}${path}`)
    await isLive(laptop.page)
    return { laptop, path, phone }
  }

  it("opens a private list on a second device with its passkey until the first device revokes it", async () => {
    const [phone, laptop] = [await device(), await device()]
    const [key, other] = [await authenticator(phone.page), await authenticator(laptop.page)]
    const path = await newList(phone.page, "milk")
    await makeFor(phone.page, "private")
    await phone.page.locator(".note", { hasText: "Only this browser's cookie" }).getByRole("link").click()
    await phone.page.waitForURL(`${site}/account`)
    await button(phone.page, "Create a passkey").click()
    await heading(phone.page, "You are signed in")
    expect(await phone.page.locator("#sessions li").count()).toBe(1)
    expect(await phone.page.locator("#sessions li").textContent()).toContain("(this one)")
    expect(await phone.page.locator("#passkeys li").count()).toBe(1)
    // The last passkey has no remove button.
    expect(await button(phone.page, "Remove").count()).toBe(0)
    await phone.page.goto(`${site}${path}`)
    await isLive(phone.page)
    expect(await phone.page.locator(".note").count()).toBe(0)

    await laptop.page.goto(`${site}${path}`)
    await heading(laptop.page, "Not found")
    await copy(key, other)
    await signIn(laptop.page)
    expect(await laptop.page.locator("#sessions li").count()).toBe(2)
    await laptop.page.goto(site)
    expect(await lists(laptop.page)).toEqual(["milk"])
    await laptop.page.locator(".lists a").click()
    await isLive(laptop.page)
    await laptop.page.fill("#text", "bread")
    await laptop.page.press("#text", "Enter")
    await expect.poll(() => phone.page.locator("#todos .text").allTextContents()).toEqual(["milk", "bread"])
    // The second device owns the list too.
    expect(await laptop.page.locator("select#access").inputValue()).toBe("private")

    await phone.page.goto(`${site}/account`)
    await phone.page
      .locator("#sessions li")
      .filter({ hasNotText: "(this one)" })
      .getByRole("button", { name: "Revoke" })
      .click()
    await expect.poll(() => phone.page.locator("#sessions li").count()).toBe(1)
    await isLost(laptop.page)
    await phone.page.goto(`${site}${path}`)
    await isLive(phone.page)
    expect([...phone.complaints, ...laptop.complaints]).toEqual([])
  })

  it("closes open pages on every device when signing out everywhere", async () => {
    const { laptop, path, phone } = await sharing()
    const second = await phone.page.context().newPage()
    await second.goto(`${site}${path}`)
    await isLive(second)

    await button(phone.page, "Sign out everywhere").click()
    await phone.page.waitForURL(`${site}/`)
    expect(await lists(phone.page)).toEqual([])
    await isLost(laptop.page)
    await isLost(second)
    // Signing in restores everything.
    await signIn(laptop.page)
    await laptop.page.goto(`${site}${path}`)
    await isLive(laptop.page)
    expect([...phone.complaints, ...laptop.complaints]).toEqual([])
  })

  it("leaves other devices signed in when one signs out, and the back button shows nothing", async () => {
    const { laptop, path, phone } = await sharing()
    await laptop.page.goto(`${site}/account`)
    await button(laptop.page, "Sign out").click()
    await laptop.page.waitForURL(`${site}/`)
    await laptop.page.goBack()
    await heading(laptop.page, "Your lists and polls on every device")
    await laptop.page.goBack()
    await isLost(laptop.page)
    await phone.page.goto(`${site}${path}`)
    await isLive(phone.page)
    expect([...phone.complaints, ...laptop.complaints]).toEqual([])
  })

  it("adds a second passkey and removes the first; one device does not register twice", async () => {
    const { complaints, page } = await device()
    const first = await authenticator(page)
    await createPasskey(page)
    await button(page, "Add a passkey").click()
    await expect.poll(() => page.textContent("#error")).toBe("This device has a passkey already.")
    expect(await page.locator("#passkeys li").count()).toBe(1)

    await remove(first)
    const second = await authenticator(page)
    await button(page, "Add a passkey").click()
    await expect.poll(() => page.locator("#passkeys li").count()).toBe(2)
    await button(page, "Remove").first().click()
    await expect.poll(() => page.locator("#passkeys li").count()).toBe(1)
    await button(page, "Sign out").click()
    await page.waitForURL(`${site}/`)
    expect(await credentialsOf(second)).toHaveLength(1)
    await signIn(page)
    expect(complaints).toEqual([])
  })

  describe("reports a failed ceremony and lets the next one succeed", () => {
    const saysSo = async (page: Page, name: string) => {
      await button(page, name).click()
      await expect
        .poll(() => page.textContent("#error"), { timeout: 20_000 })
        .toMatch(/^Nothing happened: the passkey was not used/)
      expect(await page.getAttribute("#error", "role")).toBe("alert")
      expect(await button(page, name).isEnabled()).toBe(true)
    }
    it("reports a device without a passkey for this site", async () => {
      const { complaints, page } = await device()
      await authenticator(page)
      await page.goto(`${site}/account`)
      await saysSo(page, "Sign in with a passkey")
      await button(page, "Create a passkey").click()
      await heading(page, "You are signed in")
      expect(complaints).toEqual([])
    })

    it("reports a failed user verification", async () => {
      const { complaints, page } = await device()
      const { authenticatorId, session } = await authenticator(page)
      const verify = (isUserVerified: boolean) =>
        session.send("WebAuthn.setUserVerified", { authenticatorId, isUserVerified })
      await page.goto(`${site}/account`)
      await verify(false)
      await saysSo(page, "Create a passkey")
      await verify(true)
      await button(page, "Create a passkey").click()
      await heading(page, "You are signed in")
      await button(page, "Sign out").click()
      await page.waitForURL(`${site}/`)
      await page.goto(`${site}/account`)
      await verify(false)
      await saysSo(page, "Sign in with a passkey")
      expect(complaints).toEqual([])
    })

    it("reports an authenticator timeout", async () => {
      const { complaints, page } = await device()
      const { authenticatorId, session } = await authenticator(page)
      // The server's timeout of one minute is too long for a test.
      await page.route("**/api/account/passkeys/options", async (route) => {
        const response = await route.fetch()
        await route.fulfill({ response, json: { ...(await response.json()), timeout: 1000 } })
      })
      await page.goto(`${site}/account`)
      await session.send("WebAuthn.setAutomaticPresenceSimulation", { authenticatorId, enabled: false })
      const said = saysSo(page, "Create a passkey")
      // The button is disabled meanwhile, so that no second ceremony starts.
      await expect.poll(() => button(page, "Create a passkey").isDisabled()).toBe(true)
      await said
      await session.send("WebAuthn.setAutomaticPresenceSimulation", { authenticatorId, enabled: true })
      await button(page, "Create a passkey").click()
      await heading(page, "You are signed in")
      expect(complaints).toEqual([])
    })

    it("leaves the page usable while an authenticator is waiting for a touch", async () => {
      const { complaints, page } = await device()
      const { authenticatorId, session } = await authenticator(page)
      await page.goto(`${site}/account`)
      await session.send("WebAuthn.setAutomaticPresenceSimulation", { authenticatorId, enabled: false })
      await button(page, "Create a passkey").click()
      await expect.poll(() => button(page, "Create a passkey").isDisabled()).toBe(true)
      await newList(page, "milk")
      await session.send("WebAuthn.setAutomaticPresenceSimulation", { authenticatorId, enabled: true })
      await createPasskey(page)
      await page.goto(site)
      expect(await lists(page)).toEqual(["milk"])
      expect(complaints).toEqual([])
    })

    it("reports a passkey unknown to this server", async () => {
      const { complaints, page } = await device()
      const key = await authenticator(page)
      await createPasskey(page)
      await button(page, "Sign out").click()
      await page.waitForURL(`${site}/`)
      const other = await authenticator(await page.context().newPage())
      await copy(key, other, { credentialId: Buffer.alloc(32, 7).toString("base64") })
      await remove(key)
      await copy(other, await authenticator(page))
      await page.goto(`${site}/account`)
      await button(page, "Sign in with a passkey").click()
      await expect.poll(() => page.textContent("#error")).toBe("This passkey could not be confirmed; please try again")
      expect(complaints).toEqual([])
    })
  })

  it("explains on an IP address that passkeys need a host name", async () => {
    const { complaints, page } = await device()
    await page.goto(`${site.replace("localhost", "127.0.0.1")}/account`)
    const note = page.locator(".note", { hasText: "Passkeys of this site work at" })
    expect(await note.getByRole("link").getAttribute("href")).toBe(`${site}/account`)
    expect(await button(page, "Create a passkey").count()).toBe(0)
    expect(await page.textContent("main")).toContain("the lists and polls that you have made here stay here")
    await note.getByRole("link").click()
    await page.waitForURL(`${site}/account`)
    expect(await page.locator(".note").count()).toBe(0)
    expect(complaints).toEqual([])
  })

  describe("list with restricted access", () => {
    it("read-only: shows strangers live content without controls", async () => {
      const [owner, stranger] = [await device(), await device()]
      const path = await newList(owner.page, "milk")
      await stranger.page.goto(`${site}${path}`)
      await isLive(stranger.page)
      const controls = stranger.page.locator("main :is(input, button, select, summary):visible")
      expect(await controls.count()).toBeGreaterThan(3)
      await makeFor(owner.page, "read-only")
      // On the open page, and after a reload.
      await expect.poll(() => controls.count()).toBe(0)
      await stranger.page.reload()
      await isLive(stranger.page)
      expect(await controls.count()).toBe(0)
      await isLive(owner.page)
      await owner.page.fill("#text", "bread")
      await owner.page.press("#text", "Enter")
      await expect.poll(() => stranger.page.locator("#todos .text").allTextContents()).toEqual(["milk", "bread"])
      expect(await controls.count()).toBe(0)
      expect(await owner.page.locator("main :is(input, button, select, summary):visible").count()).toBeGreaterThan(3)
      await makeFor(owner.page, "link")
      await expect.poll(() => controls.count()).toBeGreaterThan(3)
      expect([...owner.complaints, ...stranger.complaints]).toEqual([])
    })

    it("private: removes a stranger's open page within seconds and keeps the owner's", async () => {
      const [owner, stranger] = [await device(), await device()]
      const path = await newList(owner.page, "milk")
      const second = await owner.page.context().newPage()
      await second.goto(`${site}${path}`)
      await isLive(second)
      await stranger.page.goto(`${site}${path}`)
      await isLive(stranger.page)
      await makeFor(owner.page, "private")
      await isLost(stranger.page)
      expect(await stranger.page.content()).not.toContain("milk")
      await expect.poll(() => second.locator("#who-may").getAttribute("data-access")).toBe("private")
      await second.fill("#text", "bread")
      await second.press("#text", "Enter")
      await expect.poll(() => second.locator("#todos .text").allTextContents()).toEqual(["milk", "bread"])
      expect([...owner.complaints, ...stranger.complaints]).toEqual([])
    })
  })
})
