// Sign-in and sign-out over HTTP with a software authenticator: merged visitors, ended sessions.
import { describe, expect, it } from "vitest"
import { makeAuthenticator } from "../../authenticator.ts"
import { makeClient } from "../client.ts"
import { serverForFile } from "../server.ts"

const server = serverForFile({ SIGN_IN_RATE_LIMIT: "0", SESSION_RATE_LIMIT: "0" })

const client = () => makeClient(server.url)
const handles = (html: string) =>
  [...html.matchAll(/\/account\/sessions\/([^/]+)\/revoke/g)].map(([, handle]) => handle)

/** A feed's status, and a promise of its end. */
const follow = async (path: string, cookie: string | undefined) => {
  const response = await fetch(`${server.url}${path}/feed`, { headers: cookie === undefined ? {} : { cookie } })
  return { status: response.status, ended: response.text() }
}

describe("account", () => {
  it("merges the lists of both devices", async () => {
    const phone = client()
    const laptop = client()
    const first = await phone.newList("from the phone")
    await phone.post(`${first}/access`, { access: "private" })
    expect((await phone.createPasskey()).status).toBe(201)
    const second = await laptop.newList("from the laptop")
    expect((await laptop.get(first)).status).toBe(404)
    expect((await laptop.signIn(phone.authenticator)).status).toBe(200)

    for (const device of [phone, laptop]) {
      const { text } = await device.get("/")
      expect([text.includes("from the phone"), text.includes("from the laptop")]).toEqual([true, true])
      expect((await device.get(first)).status).toBe(200)
      expect((await device.post(`${second}/access`, { access: "private" })).status).toBe(303)
    }
    expect((await client().get(second)).status).toBe(404)
  })

  it("does not replay another visitor's response in the same session under the same key", async () => {
    const [browser, other] = [client(), client()]
    await browser.newList()
    await browser.createPasskey()
    await other.newList()
    await other.createPasskey()
    const create = () =>
      browser.request("POST", "/api/lists", { json: {}, headers: { "idempotency-key": "order-0001" } })
    const first = await create()
    expect((await create()).text).toBe(first.text)
    expect((await browser.signIn(other.authenticator)).status).toBe(200)
    const second = await create()
    expect(second.status).toBe(201)
    expect(second.text).not.toBe(first.text)
  })

  it("renews the session id at each sign-in and invalidates the old one", async () => {
    const visitor = client()
    await visitor.newList()
    const before = visitor.cookie()
    await visitor.createPasskey()
    const signedIn = visitor.cookie()
    expect(signedIn).not.toBe(before)
    await visitor.signIn()
    expect(visitor.cookie()).not.toBe(signedIn)
    for (const old of [before, signedIn]) {
      const thief = client()
      thief.setCookie(old)
      expect((await thief.get("/account")).text).not.toContain("You are signed in")
      expect((await thief.get("/")).text).not.toContain("Your lists")
    }
  })

  it("signs in on a new device", async () => {
    const [phone, laptop] = [client(), client()]
    await phone.newList("milk")
    await phone.createPasskey()
    expect((await laptop.signIn(phone.authenticator)).status).toBe(200)
    expect((await laptop.get("/")).text).toContain("milk")
  })

  it("gives no access to a replayed first form after its sender has signed in", async () => {
    const form = { text: "milk", idempotencyKey: "6f9619ff-8b86-4d01-b42d-00cf4fc964ff" }
    const [visitor, twin, thief] = [client(), client(), client()]
    const { headers } = await visitor.post("/lists", form)
    const path = headers.get("location") ?? ""
    expect((await twin.post("/lists", form)).headers.get("location")).toBe(path)
    expect((await twin.post(`${path}/access`, { access: "private" })).status).toBe(303)
    await visitor.createPasskey()
    const { set, status } = await thief.post("/lists", form)
    expect([status, set]).toEqual([303, null])
    expect((await thief.get(path)).status).toBe(404)
  })

  it("expires the cookie, deletes the session and closes its feeds at sign-out", async () => {
    const visitor = client()
    const list = await visitor.newList()
    await visitor.createPasskey()
    const cookie = visitor.cookie()
    const feed = await follow(list, cookie)
    expect(feed.status).toBe(200)
    const out = await visitor.post("/account/sign-out")
    expect([out.status, out.set]).toEqual([303, expect.stringMatching(/^session-[0-9a-f]{8}=; .*Max-Age=0/)])
    await feed.ended
    visitor.setCookie(cookie)
    expect((await visitor.get("/account")).text).not.toContain("You are signed in")
  })

  it("lists its sessions with device and last use, and ends one or all", async () => {
    const [phone, laptop, stranger] = [client(), client(), client()]
    const list = await phone.newList()
    await phone.post(`${list}/access`, { access: "private" })
    await phone.createPasskey()
    await laptop.request("POST", "/lists", {
      form: { text: "bread" },
      headers: { "user-agent": "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0" }
    })
    await laptop.signIn(phone.authenticator)
    const { text } = await phone.get("/account")
    expect(text).toContain("Firefox on Linux")
    expect(text).toMatch(/last used <time datetime="\d{4}-/i)
    expect(handles(text)).toHaveLength(2)
    const feed = await follow(list, laptop.cookie())

    await stranger.newList()
    await stranger.createPasskey()
    for (const handle of handles(text)) {
      expect((await stranger.post(`/account/sessions/${handle}/revoke`)).status).toBe(404)
    }
    const [own] = handles((await stranger.get("/account")).text)
    const other = handles(text).find((handle) => text.indexOf(`${handle}/revoke`) > text.indexOf("Firefox")) ?? own
    expect((await phone.post(`/account/sessions/${other}/revoke`)).status).toBe(303)
    await feed.ended
    expect((await laptop.get(list)).status).toBe(404)
    expect((await phone.get(list)).status).toBe(200)

    await laptop.signIn(phone.authenticator)
    const everywhere = await phone.post("/account/sign-out-everywhere")
    expect([everywhere.status, everywhere.set]).toEqual([303, expect.stringContaining("Max-Age=0")])
    expect((await laptop.get("/account")).text).not.toContain("You are signed in")
    expect((await stranger.get("/account")).text).toContain("You are signed in")
  })

  it("adds and removes passkeys, but never the last one", async () => {
    const visitor = client()
    const second = client().authenticator
    await visitor.newList()
    await visitor.createPasskey()
    const remove = (id: string) => visitor.post("/account/passkeys/remove", { credentialId: id })
    expect((await remove(visitor.authenticator.credentialId)).status).toBe(404)
    expect((await visitor.createPasskey(second)).status).toBe(201)
    expect((await remove(visitor.authenticator.credentialId)).status).toBe(303)
    expect((await client().signIn(visitor.authenticator)).status).toBe(401)
    expect((await client().signIn(second)).status).toBe(200)
  })

  it("accepts and forgets passkeys with long ids, up to the length that authenticators use", async () => {
    const visitor = client()
    const long = makeAuthenticator(server.url.replace("127.0.0.1", "localhost"), { idLength: 1000 })
    await visitor.createPasskey()
    expect((await visitor.createPasskey(long)).status).toBe(201)
    expect((await visitor.post("/account/passkeys/remove", { credentialId: long.credentialId })).status).toBe(303)
    const longer = makeAuthenticator(server.url.replace("127.0.0.1", "localhost"), { idLength: 1030 })
    expect((await visitor.createPasskey(longer)).status).toBe(400)
  })

  it("does not reveal why a sign-in failed, and reveals nothing without one", async () => {
    const known = client()
    await known.createPasskey()
    const failures = [
      await client().signIn(),
      await client().signIn(makeClient(server.url, { origin: "https://evil.example" }).authenticator),
      await client().call("/account/sign-in", known.authenticator.get({ challenge: "AAAA" }))
    ]
    for (const { body, status } of failures) {
      expect([status, body.code]).toEqual([401, "UNAUTHENTICATED"])
    }
    expect(failures[0]?.body).toEqual(failures[1]?.body)
    const visitor = client()
    await visitor.newList()
    for (const path of ["sign-out", "sign-out-everywhere", "sessions/x/revoke", "passkeys/remove"]) {
      expect([path, (await visitor.post(`/account/${path}`)).status]).toEqual([path, 401])
    }
    expect((await visitor.call("/account/sign-in", { id: 7 })).status).toBe(400)
  })
})
