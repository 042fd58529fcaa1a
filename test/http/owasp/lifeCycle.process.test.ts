import { randomBytes } from "node:crypto"
import { it as effectIt } from "@effect/vitest"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as TestClock from "effect/TestClock"
import { describe, expect, it } from "vitest"
import { VisitorId } from "../../../src/domain/StoredEvent.ts"
import { Visitor } from "../../../src/http/account/Visitor.ts"
import {
  client,
  daysOf,
  exchange,
  idOf,
  opens,
  owner,
  parsed,
  send,
  serve,
  server,
  useServers,
  visitor,
  visitorLayer
} from "./support.ts"

useServers()

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
