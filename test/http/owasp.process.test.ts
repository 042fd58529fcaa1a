// The OWASP Session Management Cheat Sheet item by item over real HTTP, each test named after its
// item, and the additions of ASVS 5's session chapter (V7). "Renewal Timeout" and the client-side
// extras are optional and not implemented.
import { spawn } from "node:child_process"
import { createHash, randomBytes } from "node:crypto"
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs"
import { IncomingMessage, request, ServerResponse } from "node:http"
import { Socket } from "node:net"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { it as effectIt } from "@effect/vitest"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as TestClock from "effect/TestClock"
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from "vitest"
import { LogId, VisitorId } from "../../src/domain/StoredEvent.ts"
import { type Exchange, Visitor } from "../../src/http/account/Visitor.ts"
import * as AccountsBackend from "../../src/layers/accounts/AccountsBackend.ts"
import { Ownership } from "../../src/layers/aggregates/Ownership.ts"
import { EventStore } from "../../src/layers/eventStore/EventStore.ts"
import { Ids } from "../../src/layers/node/Ids.ts"
import { Postgres } from "../../src/layers/postgres/Postgres.ts"
import * as RateLimitsBackend from "../../src/layers/rateLimits/RateLimitsBackend.ts"
import { SessionStore } from "../../src/layers/sessions/SessionStore.ts"
import * as SessionStoreBackend from "../../src/layers/sessions/SessionStoreBackend.ts"
import { Sql } from "../../src/layers/sqlite/Sql.ts"
import { settings } from "../support.ts"
import { makeClient } from "./client.ts"
import { type Process, program, startProcess } from "./server.ts"

const root = mkdtempSync(join(tmpdir(), "evenstar-"))
const newDirectory = () => mkdtempSync(join(root, "data-"))
const unlimited = { SIGN_IN_RATE_LIMIT: "0", SESSION_RATE_LIMIT: "0", COMMAND_RATE_LIMIT: "0" }

let server: Process
let production: Process
const directory = newDirectory()
beforeAll(async () => {
  server = await startProcess(directory, unlimited)
  production = await startProcess(newDirectory(), {
    ...unlimited,
    NODE_ENV: "production",
    TRUST_PROXY: "true"
  })
})
afterAll(async () => {
  await Promise.all([server.stop("SIGTERM"), production.stop("SIGTERM")])
  rmSync(root, { recursive: true })
})

/** A server with its own settings for one test. */
const serve = async (env: Record<string, string>) => {
  const own = await startProcess(newDirectory(), { ...unlimited, ...env })
  onTestFinished(async () => void (await own.stop("SIGKILL")))
  return own
}

type Client = ReturnType<typeof makeClient>
const client = (url = server.url) => makeClient(url)
/** A visitor with a session, and the path of their list. */
const visitor = async (url = server.url) => {
  const who = client(url)
  return { who, list: await who.newList() }
}
/** A visitor whose only list is private: access to it proves their session. */
const owner = async (url = server.url) => {
  const { list, who } = await visitor(url)
  await who.post(`${list}/access`, { access: "private" })
  return { list, who }
}
const idOf = (cookie = "") => cookie.slice(cookie.indexOf("=") + 1)

/** Whether a cookie opens the private list. */
const opens = async (cookie: string | undefined, list: string, url = server.url) => {
  const thief = client(url)
  thief.setCookie(cookie)
  const answers = [await thief.get(list), await thief.get(`/api${list}`)]
  return answers.every(({ status }) => status === 200)
}

/** A Set-Cookie header: name, value, and attributes in lower case. */
const parsed = (header: string | null) => {
  const [pair = "", ...rest] = (header ?? "").split(/; */)
  return {
    name: pair.slice(0, pair.indexOf("=")),
    value: idOf(pair),
    attributes: new Map(rest.map((text) => [text.split("=")[0]?.toLowerCase() ?? "", text.split("=")[1] ?? ""]))
  }
}
/** Every Set-Cookie of a session: start, passkey registration, sign-in, sign-out. */
const sessionCookies = async (url: string) => {
  const who = client(url)
  const set: Array<string> = []
  const call = async (path: string, json: unknown) => {
    const { headers, status, text } = await who.request("POST", `/api/account/${path}`, { json })
    const cookie = headers.get("set-cookie")
    expect(status).toBeLessThan(300)
    if (cookie !== null) set.push(cookie)
    return JSON.parse(text)
  }
  await call("passkeys", who.authenticator.create(await call("passkeys/options", {})))
  await call("sign-in", who.authenticator.get(await call("sign-in/options", {})))
  set.push((await who.post("/account/sign-out")).set ?? "")
  expect(set).toHaveLength(4)
  return set
}
const allSessionCookies = async () => [await sessionCookies(server.url), await sessionCookies(production.url)].flat()

/** A raw request with any or repeated headers: `fetch` would refuse or normalize them. */
const send = (method: string, path: string, cookie: string | ReadonlyArray<string>, form?: string) =>
  new Promise<{ status: number; set: ReadonlyArray<string>; text: string }>((resolve, reject) => {
    const headers = form === undefined ? {} : { "content-type": "application/x-www-form-urlencoded" }
    const outgoing = request(
      `${server.url}${path}`,
      { method, headers: { ...headers, cookie: typeof cookie === "string" ? cookie : [...cookie] } },
      (response) => {
        const parts: Array<Buffer> = []
        response.on("data", (part: Buffer) => parts.push(part))
        response.on("end", () =>
          resolve({
            status: response.statusCode ?? 0,
            set: response.headers["set-cookie"] ?? [],
            text: Buffer.concat(parts).toString("latin1")
          })
        )
      }
    )
    outgoing.on("error", reject)
    outgoing.end(form)
  })

/** Visitor on a real store in this process, with a controlled clock. */
const visitorLayer = () =>
  Visitor.layer.pipe(
    Layer.provide([AccountsBackend.layer, RateLimitsBackend.layer, Layer.mock(Ownership, {})]),
    Layer.provide([SessionStoreBackend.layer, Layer.mock(EventStore, { logId: LogId.make("log"), isShared: false })]),
    Layer.provide([Sql.layer, Ids.layer]),
    Layer.provide(Postgres.layerNone),
    Layer.provide(settings({ SESSION_CLEANUP_INTERVAL: "1000 days" }))
  )
const exchange = (cookie?: string): Exchange => {
  const message = new IncomingMessage(new Socket())
  if (cookie !== undefined) message.headers.cookie = cookie
  return { message, response: new ServerResponse(message) }
}
/** Max-Age of a response's cookie. */
const daysOf = ({ response }: Exchange) => {
  const [, seconds] = /Max-Age=(\d+)/.exec(`${response.getHeader("set-cookie")}`) ?? []
  return seconds === undefined ? undefined : Number(seconds) / (24 * 60 * 60)
}

/** Encodings in which forbidden bytes could appear. */
const spellings = (bytes: Buffer) => [
  bytes.toString("base64url"),
  bytes.toString("base64"),
  bytes.toString("hex"),
  bytes.toString("hex").toUpperCase(),
  bytes.toString("latin1"),
  [...bytes].join(","),
  [...bytes].join(", ")
]
const hashOf = (id: string) => createHash("sha256").update(id).digest()
/** The contents of all files of a data directory, as latin1. */
const filesOf = (path: string) =>
  readdirSync(path, { recursive: true, withFileTypes: true }).flatMap((file) =>
    file.isFile() ? [readFileSync(join(file.parentPath, file.name)).toString("latin1")] : []
  )

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

describe("Session ID Life Cycle", () => {
  it("OWASP: Session ID Generation and Verification: never adopts an id that it did not generate", async () => {
    const own = randomBytes(32).toString("base64url")
    const visited = await send("GET", "/", `session=${own}`)
    expect([visited.status, visited.set]).toEqual([200, []])
    const begun = await send("POST", "/lists", `session=${own}`, "text=milk")
    expect(begun.status).toBe(303)
    expect(parsed(begun.set[0] ?? null).value).toMatch(/^[\w-]{43}$/)
    expect(parsed(begun.set[0] ?? null).value).not.toBe(own)
    const { list, who } = await owner()
    expect(await opens(`session=${own}`, list)).toBe(false)
    // The ceremonies start sessions too.
    const planted = client()
    planted.setCookie(`session=${own}`)
    await planted.call("/account/sign-in/options")
    expect(idOf(planted.cookie())).not.toBe(own)
    // An ended session's id is not adopted either.
    await who.createPasskey()
    const ended = who.cookie()
    await who.post("/account/sign-out")
    const again = client()
    again.setCookie(ended)
    await again.newList()
    expect(again.cookie()).not.toBe(ended)
    expect(await opens(ended, list)).toBe(false)
  })

  it("OWASP: Session ID Generation and Verification: reads start no session (ASVS 7.6.2)", async () => {
    const { list } = await visitor()
    const created = async () =>
      /^evenstar_sessions_created_total (\d+)$/m.exec((await client().get("/metrics")).text)?.[1]
    const before = await created()
    for (const path of [
      "/",
      list,
      `/api${list}`,
      "/account",
      "/nothing",
      "/static/x",
      "/api/openapi.json",
      "/health"
    ]) {
      for (const method of ["GET", "HEAD", "OPTIONS"]) expect((await client().request(method, path)).set).toBeNull()
    }
    expect((await client().post(`${list}/todos`, { text: "bread" })).set).toBeNull()
    expect((await client().post("/lists", { text: "" })).set).toBeNull()
    expect(await created()).toBe(before)
  })

  describe("OWASP: Manage Session ID as Any Other User Input: a new id at the next POST, never an error", () => {
    const valid = "A".repeat(43)
    const utf8 = (text: string) => Buffer.from(text).toString("latin1")
    const cookies: ReadonlyArray<readonly [string, string | ReadonlyArray<string>]> = [
      ["empty", "session="],
      ["without a value", "session"],
      ["nothing but separators", ";;; ;=;=="],
      ["too short", "session=abc"],
      ["one too long", `session=${valid}A`],
      ["a quoted one", `session="${valid}"`],
      ["standard base64", `session=${"+/".repeat(21)}=`],
      ["percent-encoded", `session=%41${"A".repeat(42)}`],
      ["8,000 characters", `session=${"A".repeat(8000)}`],
      ["a thousand cookies", Array.from({ length: 1000 }, (_, i) => `c${i}=1`).join("; ")],
      ["twice in one header", `session=${valid}; session=${"B".repeat(43)}`],
      ["twice in two headers", [`session=${valid}`, `session=${"B".repeat(43)}`]],
      ["SQL", "session=' OR '1'='1' --"],
      ["SQL that ends the statement", "session=x'); DROP TABLE sessions; --"],
      ["NoSQL", 'session={"$ne":null}'],
      ["a path", "session=../../../../etc/passwd"],
      ["a format", "session=%s%n%x%00"],
      ["an encoded line break", "session=%0d%0aSet-Cookie:%20evil=1"],
      ["a tab inside", `session=${"A".repeat(21)}\t${"A".repeat(21)}`],
      ["markup", 'session="><script>alert(1)</script>'],
      ["unicode", `session=${utf8("ключ".repeat(11).slice(0, 43))}`],
      ["full-width letters", `session=${utf8("Ａ".repeat(43))}`],
      ["bytes that are no UTF-8", "session=\xff\xfe\xc0\xaf\xed\xa0\x80"],
      ["a prototype's name", "session=__proto__; __proto__=session; constructor=prototype"]
    ]
    it.each(cookies)("%s", async (_, cookie) => {
      for (const path of ["/", "/account"]) {
        const visited = await send("GET", path, cookie)
        expect([path, visited.status, visited.set]).toEqual([path, 200, []])
        expect(visited.text).not.toMatch(/alert\(1\)|DROP TABLE|etc\/passwd/)
      }
      const begun = await send("POST", "/lists", cookie, "text=milk")
      expect([begun.status, begun.set.length]).toEqual([303, 1])
      const { name, value } = parsed(begun.set[0] ?? null)
      expect([name, value]).toEqual([expect.stringMatching(/^session-/), expect.stringMatching(/^[\w-]{43}$/)])
      expect(`${cookie}`).not.toContain(value)
      // The start page's list follows with its projection, a moment later.
      await expect.poll(async () => (await send("GET", "/", `session=${value}`)).text).toContain("Your lists")
    })

    it("refuses oversized headers before parsing cookies", async () => {
      expect((await send("GET", "/", `session=${"A".repeat(17_000)}`)).status).toBe(431)
      expect((await client().get("/health/live")).status).toBe(200)
    })
  })

  it("OWASP: Renew the Session ID After Any Privilege Level Change: the old id ends at once (ASVS 7.2.4)", async () => {
    const { list, who } = await owner()
    const ids = [who.cookie()]
    for (const change of [who.createPasskey, who.signIn, who.signIn, () => who.createPasskey(client().authenticator)]) {
      expect((await change()).status).toBeLessThan(300)
      ids.push(who.cookie())
    }
    expect(new Set(ids).size).toBe(5)
    for (const old of ids.slice(0, -1)) {
      expect(await opens(old, list)).toBe(false)
      const thief = client()
      thief.setCookie(old)
      expect((await thief.post("/account/sign-out")).status).toBe(401)
    }
    expect(await opens(ids.at(-1), list)).toBe(true)
  })

  it("OWASP: Renew the Session ID After Any Privilege Level Change: streams of the old id end", async () => {
    const { list, who } = await owner()
    const feed = await fetch(`${server.url}${list}/feed`, { headers: { cookie: who.cookie() ?? "" } })
    expect(feed.status).toBe(200)
    let isOpen = true
    void feed.text().then(() => {
      isOpen = false
    })
    await who.createPasskey()
    await expect.poll(() => isOpen).toBe(false)
  })

  it("OWASP: Considerations When Using Multiple Cookies: one cookie; of several a single live one counts", async () => {
    const { list, who } = await owner()
    const answer = await who.post("/lists", { text: "bread" })
    expect(answer.headers.getSetCookie().length).toBeLessThanOrEqual(1)
    const mine = who.cookie() ?? ""
    const name = mine.split("=")[0]
    const strangers = (await visitor()).who.cookie() ?? ""
    const seen = async (cookie: string | ReadonlyArray<string>) => (await send("GET", list, cookie)).status
    const each = async (both: string) => [both, await seen(both), await seen(both.split("; "))]
    expect(await seen(`theme=dark; ${mine}; lang=en`)).toBe(200)
    for (const neighbours of [
      "session=x",
      `${name}=x`,
      `${name}=`,
      `${name}=${"A".repeat(43)}`,
      `__Host-${mine}`,
      mine
    ]) {
      for (const both of [`${neighbours}; ${mine}`, `${mine}; ${neighbours}`])
        expect(await each(both)).toEqual([both, 200, 200])
    }
    for (const both of [`${mine}; ${strangers}`, `${strangers}; ${mine}`]) {
      expect(await each(both)).toEqual([both, 404, 404])
    }
  })
})

describe("Session Expiration", () => {
  const visits = Effect.gen(function* () {
    const visitors = yield* Visitor
    const begun = exchange()
    const { id } = yield* visitors.begin(begun, VisitorId.make("6f9619ff-8b86-4d01-b42d-00cf4fc964ff"))
    /** After some days: whether the session is valid, and its cookie's remaining days. */
    const later = Effect.fnUntraced(function* (days: number) {
      yield* TestClock.adjust(Duration.days(days))
      const visited = exchange(`session=${id}`)
      return { isKnown: (yield* visitors.of(visited)) !== null, kept: daysOf(visited) }
    })
    return { begun, later }
  })

  effectIt.scoped("OWASP: Idle Timeout: 30 days after the last visit; each visit begins them anew (ASVS 7.3.1)", () =>
    Effect.gen(function* () {
      const { begun, later } = yield* visits
      expect(daysOf(begun)).toBe(30)
      expect(yield* later(29)).toEqual({ isKnown: true, kept: 30 })
      expect(yield* later(29)).toEqual({ isKnown: true, kept: 30 })
      expect(yield* later(30)).toEqual({ isKnown: false, kept: undefined })
    }).pipe(Effect.provide(visitorLayer()))
  )

  effectIt.scoped("OWASP: Absolute Timeout: 90 days after the beginning, however often it is used (ASVS 7.3.2)", () =>
    Effect.gen(function* () {
      const { later } = yield* visits
      for (let day = 10; day < 90; day += 10) expect(yield* later(10)).toMatchObject({ isKnown: true })
      expect(yield* later(10)).toMatchObject({ isKnown: false })
    }).pipe(Effect.provide(visitorLayer()))
  )

  effectIt.scoped("OWASP: Expire and Max-Age Attributes: the cookie goes with its session, not after it", () =>
    Effect.gen(function* () {
      const { later } = yield* visits
      for (let day = 10; day < 90; day += 10)
        expect(yield* later(10)).toEqual({ isKnown: true, kept: Math.min(30, 90 - day) })
    }).pipe(Effect.provide(visitorLayer()))
  )

  const expired = async (url: string) => {
    const { list, who } = await owner(url)
    const cookie = who.cookie()
    await expect.poll(() => opens(cookie, list, url), { timeout: 10_000 }).toBe(false)
    // Nothing restores it; the next list starts a new session.
    expect((await who.post("/account/sign-out")).status).toBe(401)
    await who.newList()
    expect(who.cookie()).not.toBe(cookie)
  }

  it("OWASP: Idle Timeout: SESSION_TTL, enforced by the server", async () => {
    const { url } = await serve({ SESSION_TTL: "1 second" })
    await expired(url)
  })

  it("OWASP: Absolute Timeout: SESSION_ABSOLUTE_TTL, enforced by the server", async () => {
    const { url } = await serve({ SESSION_ABSOLUTE_TTL: "1 second" })
    await expired(url)
  })

  it("OWASP: Automatic Session Expiration: closes the feeds of an expired session", async () => {
    const { url } = await serve({ SESSION_TTL: "3 seconds", SESSION_CLEANUP_INTERVAL: "1 second" })
    const { list, who } = await owner(url)
    const feed = await fetch(`${url}${list}/feed`, { headers: { cookie: who.cookie() ?? "" } })
    expect(feed.status).toBe(200)
    let isOpen = true
    void feed.text().then(
      () => {
        isOpen = false
      },
      () => {}
    )
    await expect.poll(() => isOpen, { timeout: 10_000 }).toBe(false)
  })

  it("OWASP: Logout Button: one click away from every page; ends both sides (ASVS 7.4.1, 7.4.4)", async () => {
    const { list, who } = await owner()
    await who.createPasskey()
    for (const path of ["/", list]) expect((await who.get(path)).text).toContain('href="/account"')
    expect((await who.get("/account")).text).toContain('<form method="post" action="/account/sign-out">')
    const cookie = who.cookie()
    const out = await who.post("/account/sign-out")
    expect(parsed(out.set)).toMatchObject({ name: cookie?.split("=")[0], value: "" })
    expect(parsed(out.set).attributes.get("max-age")).toBe("0")
    expect(await opens(cookie, list)).toBe(false)
  })

  it("OWASP: Web Content Caching: responses of a session are no-store", async () => {
    const { list, who } = await owner()
    await who.createPasskey()
    const answers = [
      await who.get("/"),
      await who.get(list),
      await who.get("/account"),
      await who.get(`/api${list}`),
      await who.request("POST", `/api${list}/todos`, { json: { text: "bread" } }),
      await who.request("POST", "/api/account/sign-in/options", { json: {} }),
      await who.request("HEAD", list)
    ]
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 200, 201, 200, 200])
    for (const { headers } of answers) expect(headers.get("cache-control")).toBe("no-store")
    const feed = await fetch(`${server.url}${list}/feed`, { headers: { cookie: who.cookie() ?? "" } })
    expect(feed.headers.get("cache-control")).toBe("no-store")
    await feed.body?.cancel()
  })

  it("OWASP: Web Content Caching: refusals are no-store too, since they may depend on the session", async () => {
    const { list } = await owner()
    const stranger = client()
    for (const path of [list, `/api${list}`, `${list}/feed`, "/nothing"]) {
      const { headers, status } = await stranger.get(path)
      expect([path, status, headers.get("cache-control")]).toEqual([path, 404, "no-store"])
    }
  })
})

describe("Session Attacks Detection", () => {
  it("OWASP: Session ID Guessing and Brute Force Detection: unknown ids count for their address", async () => {
    const { url } = await serve({ COMMAND_RATE_LIMIT: "3", SESSION_RATE_LIMIT: "2" })
    const known = client(url)
    const list = await known.newList()
    const guess = () => {
      const guesser = client(url)
      guesser.setCookie(`session=${randomBytes(32).toString("base64url")}`)
      return guesser
    }
    // The limit holds for any presented id, so ids cannot be collected faster.
    expect((await guess().post("/lists", { text: "x" })).status).toBe(303)
    expect((await guess().post("/lists", { text: "x" })).status).toBe(429)
    for (let n = 0; n < 3; n++) await guess().post(`${list}/todos`, { text: "x" })
    expect((await guess().post(`${list}/todos`, { text: "x" })).status).toBe(429)
    // Visitors with a session continue.
    expect((await known.post(`${list}/todos`, { text: "x" })).status).toBe(303)
  })

  it("OWASP: Binding the Session ID to Other User Properties: a stolen database contains no usable id", async () => {
    const { list, who } = await owner()
    await who.createPasskey()
    const id = idOf(who.cookie())
    const handle = /sessions\/([^/]+)\/revoke/.exec((await who.get("/account")).text)?.[1] ?? ""
    expect(await opens(who.cookie(), list)).toBe(true)
    const stolen = [
      ...spellings(hashOf(id)).slice(0, 4),
      handle,
      handle.padEnd(43, "A"),
      who.authenticator.credentialId
    ]
    for (const value of stolen) expect((await send("GET", list, `session=${value}`)).status).toBe(404)
  })

  it("OWASP: Binding the Session ID to Other User Properties: the device is displayed, never enforced", async () => {
    const { list, who } = await owner()
    const headers = { "user-agent": "Somebody Else/1.0" }
    expect((await who.request("GET", list, { headers })).status).toBe(200)
  })

  it("OWASP: Logging Sessions Life Cycle: at LOG_LEVEL=trace no log line contains an id or its hash", async () => {
    const child = spawn(process.execPath, program, {
      cwd: join(import.meta.dirname, "../.."),
      env: {
        PATH: process.env["PATH"],
        NODE_ENV: "development",
        PORT: "0",
        DATA_DIR: newDirectory(),
        LOG_LEVEL: "trace",
        ...unlimited
      },
      stdio: ["ignore", "pipe", "pipe"]
    })
    onTestFinished(() => void child.kill("SIGKILL"))
    let said = ""
    for (const output of [child.stdout, child.stderr]) {
      output.on("data", (chunk) => {
        said += chunk
      })
    }
    const address = () => /Evenstar is at (http:\S+)/.exec(said)?.[1]
    await expect.poll(address, { timeout: 20_000 }).toBeDefined()
    const url = address() ?? ""

    const { list, who } = await owner(url)
    const second = client(url)
    const secrets: Array<string> = []
    const note = (of: Client) => secrets.push(idOf(of.cookie()))
    note(who)
    await who.createPasskey()
    note(who)
    await second.signIn(who.authenticator)
    note(second)
    const abort = new AbortController()
    await fetch(`${url}${list}/feed`, { headers: { cookie: who.cookie() ?? "" }, signal: abort.signal })
    await fetch(`${url}${list}/feed`, { headers: { cookie: second.cookie() ?? "" } })
    abort.abort()
    // Failures: a forged passkey, bad input, a used challenge, unknown sessions and lists.
    await client(url).signIn()
    await who.signIn(client(url).authenticator)
    await who.call("/account/passkeys", who.authenticator.create({ challenge: "AAAA" }))
    await who.post(`${list}/todos`, { text: "" })
    await who.get(`/lists/${"A".repeat(22)}`)
    const forged = client(url)
    forged.setCookie(`session=${randomBytes(32).toString("base64url")}`)
    note(forged)
    await forged.newList()
    note(forged)
    await who.signIn()
    note(who)
    await who.post("/account/sign-out-everywhere")
    const ended = new Promise((resolve) => child.once("close", resolve))
    child.kill("SIGTERM")
    await ended

    expect(new Set(secrets).size).toBe(6)
    for (const id of secrets) {
      const bytes = Buffer.from(id, "base64url")
      const unwanted = [id, ...spellings(bytes), ...spellings(hashOf(id)), ...spellings(hashOf(id).subarray(0, 8))]
      for (const spelling of unwanted) expect(said.includes(spelling)).toBe(false)
    }
  })

  it("OWASP: Simultaneous Session Logons: lists all and ends one or all (ASVS 7.4.3, 7.5.2)", async () => {
    const { list, who } = await owner()
    await who.createPasskey()
    const devices = [client(), client(), client()]
    for (const device of devices) await device.signIn(who.authenticator)
    const handles = async () =>
      [...(await who.get("/account")).text.matchAll(/sessions\/([^/]+)\/revoke/g)].map(([, it]) => it)
    expect(await handles()).toHaveLength(4)
    // One by one: an ended session's cookie opens nothing.
    const open = async () =>
      (await Promise.all(devices.map((device) => opens(device.cookie(), list)))).filter(Boolean).length
    const own = /sessions\/([^/]+)\/revoke/.exec((await who.get("/account")).text.split("(this one)")[1] ?? "")?.[1]
    const [other] = (await handles()).filter((handle) => handle !== own)
    expect((await who.post(`/account/sessions/${other}/revoke`)).status).toBe(303)
    expect([await open(), (await handles()).length]).toEqual([2, 3])
    // Nobody can end, or detect, a stranger's session.
    const stranger = client()
    await stranger.createPasskey()
    for (const handle of [own, "nothing"]) {
      expect((await stranger.post(`/account/sessions/${handle}/revoke`)).status).toBe(404)
    }
    expect((await who.post("/account/sign-out-everywhere")).status).toBe(303)
    expect([await open(), await opens(who.cookie(), list)]).toEqual([0, false])
    expect((await stranger.get("/account")).text).toContain("You are signed in")
  })

  it("OWASP: Session Attacks, fixation: a planted session gains nothing by the victim's sign-in", async () => {
    const { list: secret, who: victim } = await owner()
    await victim.createPasskey()
    const { who: attacker } = await visitor()
    const planted = attacker.cookie()
    const browser = client()
    browser.setCookie(planted)
    expect((await browser.signIn(victim.authenticator)).status).toBe(200)
    expect(browser.cookie()).not.toBe(planted)
    expect(await opens(browser.cookie(), secret)).toBe(true)
    attacker.setCookie(planted)
    expect(await opens(planted, secret)).toBe(false)
    expect((await attacker.get("/account")).text).not.toContain("You are signed in")
    // Nor by a response to a challenge of the planted session.
    expect((await attacker.signIn(victim.authenticator)).status).toBe(200)
    const { body } = await attacker.call("/account/sign-in/options")
    expect((await browser.call("/account/sign-in", victim.authenticator.get(body))).status).toBe(401)
  })
})
