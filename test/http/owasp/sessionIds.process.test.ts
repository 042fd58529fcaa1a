import { it as effectIt } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { describe, expect, it } from "vitest"
import { VisitorId } from "../../../src/domain/StoredEvent.ts"
import { Ids } from "../../../src/layers/node/Ids.ts"
import { SessionStore } from "../../../src/layers/sessions/SessionStore.ts"
import * as SessionStoreBackend from "../../../src/layers/sessions/SessionStoreBackend.ts"
import { settings } from "../../support.ts"
import {
  allSessionCookies,
  client,
  directory,
  filesOf,
  hashOf,
  idOf,
  opens,
  owner,
  parsed,
  production,
  server,
  sessionCookies,
  spellings,
  useServers,
  visitor
} from "./support.ts"

useServers()

describe("Session ID Properties", () => {
  it("OWASP: Session ID Name Fingerprinting: a generic name that reveals no software", async () => {
    for (const { url } of [server, production]) {
      const { headers, set } = await client(url).post("/lists", { text: "milk" })
      expect(parsed(set).name).toMatch(/^(__Host-)?session-[0-9a-f]{8}$/)
      for (const name of ["server", "x-powered-by", "via"]) expect(headers.get(name)).toBeNull()
    }
  })

  it("OWASP: Session ID Length: 256 bits", async () => {
    const { who } = await visitor()
    const id = idOf(who.cookie())
    expect(id).toMatch(/^[A-Za-z0-9_-]{43}$/)
    expect(Buffer.from(id, "base64url")).toHaveLength(32)
  })

  effectIt.scoped(
    "OWASP: Session ID Entropy: of 1,000 ids all differ, and each bit is as often 0 as 1 (ASVS 7.2.3)",
    () =>
      Effect.gen(function* () {
        const sessions = yield* SessionStore
        const count = 1000
        const visitorId = VisitorId.make("6f9619ff-8b86-4d01-b42d-00cf4fc964ff")
        const made = yield* Effect.replicateEffect(sessions.create(visitorId, ""), count)
        const ids = made.map(({ id }) => Buffer.from(id, "base64url"))
        expect(new Set(ids.map(String)).size).toBe(count)
        const bits = ids.map((id) => [...id].flatMap((byte) => Array.from({ length: 8 }, (_, at) => (byte >> at) & 1)))
        /** How often two rows of bits agree, in standard deviations from chance. */
        const deviation = (agreements: number, of: number) => Math.abs(agreements - of / 2) / (Math.sqrt(of) / 2)
        for (let at = 0; at < 256; at++) {
          const ones = bits.reduce((sum, row) => sum + (row[at] ?? 0), 0)
          expect(deviation(ones, count)).toBeLessThan(6)
        }
        // Neither the bits of an id nor consecutive ids are correlated.
        const all = bits.flat()
        for (const distance of [1, 2, 8, 128, 256]) {
          const agreements = all.filter((bit, at) => bit === all[at + distance]).length
          expect(deviation(agreements, all.length - distance)).toBeLessThan(6)
        }
      }).pipe(Effect.provide(SessionStoreBackend.layerMemory.pipe(Layer.provide([Ids.layer, settings()]))))
  )

  it("OWASP: Session ID Content (or Value): meaningless; its data is on the server only", async () => {
    const { list, who } = await visitor()
    const before = who.cookie()
    await who.post(`${list}/access`, { access: "private" })
    await who.newList("bread")
    expect(who.cookie()).toBe(before)
    await who.createPasskey()
    const bytes = Buffer.from(idOf(who.cookie()), "base64url")
    const { text } = await who.get("/account")
    const handle = /sessions\/([^/]+)\/revoke/.exec(text)?.[1] ?? ""
    expect(handle).not.toBe("")
    const known = [handle, list.slice("/lists/".length), who.authenticator.credentialId, String(Date.now()).slice(0, 6)]
    for (const text of [bytes.toString("latin1"), bytes.toString("hex"), idOf(who.cookie())]) {
      for (const word of known) expect(text).not.toContain(word)
    }
    // Another session of the same browser in the same second has nothing in common.
    const second = Buffer.from(idOf((await visitor()).who.cookie()), "base64url")
    const shared = [...bytes].filter((byte, at) => byte === second[at]).length
    expect(shared).toBeLessThan(8)
  })
})

describe("Session Management Implementation", () => {
  it("OWASP: Built-in Session Management Implementations: the store has only an id's SHA-256", async () => {
    const { who } = await owner()
    await who.createPasskey()
    const id = idOf(who.cookie())
    const found = (bytes: Buffer | string) =>
      filesOf(directory).some((file) =>
        (typeof bytes === "string" ? [bytes] : spellings(bytes)).some((spelling) => file.includes(spelling))
      )
    await expect.poll(() => found(hashOf(id))).toBe(true)
    expect([found(id), found(Buffer.from(id, "base64url"))]).toEqual([false, false])
  })

  it("OWASP: Used vs. Accepted Session ID Exchange Mechanisms: accepts cookies only (ASVS 7.2.1)", async () => {
    const { list, who } = await owner()
    const id = idOf(who.cookie())
    expect(await opens(who.cookie(), list)).toBe(true)
    const other = client()
    const queries = ["session", "sid", "id", "token", "__Host-session", "cookie"].map((name) => `?${name}=${id}`)
    for (const suffix of [...queries, `;session=${id}`, `;jsessionid=${id}`, `#session=${id}`]) {
      for (const path of [list, `/api${list}`, `${list}/feed`]) {
        expect([path, suffix, (await other.get(`${path}${suffix}`)).status]).toEqual([path, suffix, 404])
      }
    }
    for (const [name, value] of [
      ["authorization", `Bearer ${id}`],
      ["authorization", id],
      ["x-session", id],
      ["x-session-id", id],
      ["x-auth-token", id],
      ["cookie2", `session=${id}`],
      ["set-cookie", `session=${id}`]
    ] as const) {
      expect([name, (await other.request("GET", list, { headers: { [name]: value } })).status]).toEqual([name, 404])
    }
    const added = { text: "bread", session: id, "__Host-session": id }
    expect((await other.post(`${list}/todos`, added)).status).toBe(404)
    expect((await other.request("POST", `/api${list}/todos`, { json: { text: "bread" } })).status).toBe(404)
  })

  it("OWASP: Used vs. Accepted Session ID Exchange Mechanisms: no body and no other header contains it", async () => {
    const { list, who } = await owner()
    await who.createPasskey()
    const id = idOf(who.cookie())
    const json = { headers: { "content-type": "application/json" } }
    const answers = [
      await who.get("/"),
      await who.get(list),
      await who.get("/account"),
      await who.get(`/api${list}`),
      await who.get(`/lists/${id}`),
      await who.get(`/static/${"x".repeat(43)}`),
      await who.get("/metrics"),
      await who.get("/health"),
      await who.post(`${list}/todos`, { text: "" }),
      await who.post(`${list}/todos`, { text: "bread" }),
      await who.request("POST", `/api${list}/todos`, json),
      await who.request("POST", "/api/account/sign-in", { json: {} }),
      await who.request("POST", "/api/account/passkeys/options", { json: {} })
    ]
    for (const { headers, text } of answers) {
      for (const spelling of [id, ...spellings(hashOf(id))]) expect(text).not.toContain(spelling)
      headers.forEach((value, name) => {
        if (name !== "set-cookie") expect(value).not.toContain(id)
      })
    }
    // The feed is endless: read its first event only.
    const abort = new AbortController()
    const feed = await fetch(`${server.url}${list}/feed`, {
      headers: { cookie: who.cookie() ?? "" },
      signal: abort.signal
    })
    const { value } = (await feed.body?.getReader().read()) ?? {}
    abort.abort()
    expect(Buffer.from(value ?? []).toString()).not.toContain(id)
  })

  it("OWASP: Transport Layer Security: HSTS on every response and Secure cookies in production", async () => {
    const { list, who } = await visitor(production.url)
    const headers = { "x-forwarded-proto": "https" }
    const added = await who.request("POST", `${list}/todos`, { form: { text: "bread" }, headers })
    const get = (path: string) => who.request("GET", path, { headers })
    const answers = [await get("/"), await get("/nothing"), await get(`/api${list}`), added]
    for (const { headers } of answers) {
      const [, seconds] = /^max-age=(\d+)/.exec(headers.get("strict-transport-security") ?? "") ?? []
      expect(Number(seconds)).toBeGreaterThanOrEqual(31_536_000)
    }
    for (const header of await sessionCookies(production.url)) {
      expect(parsed(header).attributes.has("secure")).toBe(true)
    }
    // On localhost, HSTS would affect every other server there.
    expect((await client().get("/")).headers.get("strict-transport-security")).toBeNull()
  })
})

describe("Cookies", () => {
  it("OWASP: Secure Attribute: in production, with a mandatory __Host- prefix", async () => {
    for (const header of await sessionCookies(production.url)) {
      const { attributes, name } = parsed(header)
      expect([name, attributes.has("secure")]).toEqual([expect.stringMatching(/^__Host-session-[0-9a-f]{8}$/), true])
    }
    const { list, who } = await owner(production.url)
    expect(await opens(who.cookie(), list, production.url)).toBe(true)
    // A cookie planted by plain HTTP or a sibling host has another name.
    expect(await opens(`session=${idOf(who.cookie())}`, list, production.url)).toBe(false)
  })

  it("OWASP: HttpOnly Attribute: on every cookie", async () => {
    for (const header of await allSessionCookies()) expect(parsed(header).attributes.has("httponly")).toBe(true)
  })

  it("OWASP: SameSite Attribute: Lax, and cross-site requests change nothing", async () => {
    for (const header of await allSessionCookies()) expect(parsed(header).attributes.get("samesite")).toBe("Lax")
    const { list, who } = await owner()
    for (const headers of [
      { "sec-fetch-site": "cross-site" },
      { "sec-fetch-site": "same-site" },
      { origin: "https://evil.example" },
      { origin: "null" }
    ]) {
      const form = { text: "planted" }
      expect((await who.request("POST", `${list}/todos`, { form, headers })).status).toBe(403)
      expect((await who.request("POST", "/account/sign-out", { headers })).status).toBe(403)
      expect((await who.request("POST", "/api/account/sign-in/options", { json: {}, headers })).status).toBe(403)
    }
    expect((await who.get(list)).text).not.toContain("planted")
  })

  it("OWASP: Domain and Path Attributes: no Domain, and Path=/", async () => {
    for (const header of await allSessionCookies()) {
      const { attributes } = parsed(header)
      expect([attributes.has("domain"), attributes.get("path")]).toEqual([false, "/"])
    }
  })

  it("OWASP: Expire and Max-Age Attributes: persistent, since it alone opens an anonymous visitor's lists", async () => {
    const days = 24 * 60 * 60
    for (const header of await allSessionCookies()) {
      const { attributes, value } = parsed(header)
      expect([attributes.has("expires"), attributes.get("max-age")]).toEqual([false, `${value === "" ? 0 : 30 * days}`])
    }
  })
})
