// Rate limits over real HTTP: keys, responses, and isolation of other clients.
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterEach, describe, expect, it } from "vitest"
import { makeClient } from "./client.ts"
import { type Process, startProcess } from "./server.ts"

let server: Process | undefined
const directory = mkdtempSync(join(tmpdir(), "evenstar-"))
const start = async (env: Record<string, string>) => {
  server = await startProcess(mkdtempSync(join(directory, "data-")), env)
  return server.url
}
afterEach(async () => {
  await server?.stop("SIGTERM")
  server = undefined
})

describe("rate limits", () => {
  it("count commands by session, or by address without one", async () => {
    const url = await start({ COMMAND_RATE_LIMIT: "3" })
    const [a, b, nobody] = [makeClient(url), makeClient(url), makeClient(url)]
    // The first command of each has no session.
    const path = await a.newList()
    await b.newList()
    const add = (who: typeof a) => who.request("POST", `/api${path}/todos`, { json: { text: "x" } })
    expect([(await add(a)).status, (await add(a)).status, (await add(a)).status]).toEqual([201, 201, 201])
    const refused = await add(a)
    expect([refused.status, JSON.parse(refused.text).code]).toEqual([429, "RATE_LIMITED"])
    expect(Number(refused.headers.get("retry-after"))).toBeGreaterThanOrEqual(1)
    expect(refused.headers.get("content-type")).toBe("application/problem+json")
    expect((await a.post(`${path}/todos`, { text: "x" })).status).toBe(429)
    expect((await add(b)).status).toBe(201)
    expect((await add(nobody)).status).toBe(201)
    expect((await add(nobody)).status).toBe(429)
    expect((await a.get(path)).status).toBe(200)
  })

  it("count new sessions by address before anything is created", async () => {
    const url = await start({ SESSION_RATE_LIMIT: "2" })
    const known = makeClient(url)
    await known.newList()
    await makeClient(url).newList()
    const late = makeClient(url)
    const refused = await late.post("/lists", { text: "too often" })
    expect([refused.status, refused.set]).toEqual([429, null])
    expect((await late.call("/account/sign-in/options")).status).toBe(429)
    expect((await known.post("/lists", { text: "more" })).status).toBe(303)
    const metrics = await known.get("/metrics")
    expect(metrics.text).toContain("evenstar_sessions_created_total 2\n")
    expect(metrics.text).toContain('evenstar_rate_limited_total{limit="session"} 2\n')
    expect(metrics.text).toContain("evenstar_log_head_sequence 6\n")
  })

  it("count sign-in attempts by address", async () => {
    const url = await start({ SIGN_IN_RATE_LIMIT: "2" })
    const visitor = makeClient(url)
    expect((await visitor.createPasskey()).status).toBe(201)
    expect((await makeClient(url).signIn()).status).toBe(401)
    const refused = await visitor.signIn()
    expect([refused.status, refused.body.code]).toEqual([429, "RATE_LIMITED"])
  })

  it("hide everything, even existing ids, from an address that guesses ids", async () => {
    const url = await start({ COMMAND_RATE_LIMIT: "5", TRUST_PROXY: "true" })
    const path = await makeClient(url).newList()
    const ask = (to: string, from: string) =>
      fetch(`${url}${to}`, { headers: { "x-forwarded-for": `1.1.1.1, ${from}` } })
    const guess = (n: number) => `/api/lists/${String(n).padStart(22, "A")}`
    const statuses = []
    for (let n = 0; n < 7; n++) statuses.push((await ask(guess(n), "10.0.0.1")).status)
    expect(statuses).toEqual([404, 404, 404, 404, 404, 429, 429])
    expect((await ask(`/api${path}`, "10.0.0.1")).status).toBe(429)
    expect((await ask(path, "10.0.0.1")).status).toBe(429)
    expect((await ask(`${path}/feed`, "10.0.0.1")).status).toBe(429)
    expect((await ask(`/api${path}`, "10.0.0.2")).status).toBe(200)
  })

  it("do not lock neighbours of a guesser out of lists that they own or have opened", async () => {
    const url = await start({ COMMAND_RATE_LIMIT: "5" })
    const [owner, guest, other] = [makeClient(url), makeClient(url), makeClient(url)]
    const path = await owner.newList()
    const unopened = await owner.newList()
    await guest.newList()
    const visitor = makeClient(url)
    for (const who of [guest, visitor]) expect((await who.get(path)).status).toBe(200)
    for (let n = 0; n < 7; n++) await other.get(`/lists/${String(n).padStart(22, "A")}`)
    expect((await other.get(`/lists/${"B".repeat(22)}`)).status).toBe(429)
    for (const to of [path, `/api${path}`, `/analytics?listId=${path.slice(7)}`]) {
      expect([to, (await owner.get(to)).status, (await guest.get(to)).status]).toEqual([to, 200, 200])
      // Without a session, the network is recorded as having opened it.
      expect((await visitor.get(to)).status).toBe(200)
    }
    expect((await owner.post(`${path}/todos`, { text: "x" })).status).toBe(303)
    expect([(await owner.get(unopened)).status, (await guest.get(unopened)).status]).toEqual([200, 429])
    // A withdrawn list is refused like any other.
    expect((await owner.post(`${path}/access`, { access: "private" })).status).toBe(303)
    expect([(await owner.get(path)).status, (await guest.get(path)).status]).toEqual([200, 429])
  })

  it("cap the sessions of one address together, and charge a command by its size", async () => {
    const url = await start({ COMMAND_RATE_LIMIT: "20", SESSION_RATE_LIMIT: "0" })
    const sessions = Array.from({ length: 20 }, () => makeClient(url))
    const statuses: Array<number> = []
    for (const session of sessions) {
      const path = await session.newList()
      for (let n = 0; n < 10; n++) statuses.push((await session.post(`${path}/todos`, { text: "x" })).status)
    }
    // Each first list is two events; some of the minute's tokens are left.
    const stored = statuses.filter((status) => status === 303).length
    expect(stored).toBeLessThan(90)
    expect(statuses).toContain(429)
  })

  it("use the socket's address without a trusted proxy", async () => {
    const url = await start({ SESSION_RATE_LIMIT: "1" })
    const begin = (from: string) =>
      makeClient(url).request("POST", "/lists", { form: {}, headers: { "x-forwarded-for": from } })
    expect([(await begin("10.0.0.1")).status, (await begin("10.0.0.2")).status]).toEqual([303, 429])
    await server?.stop("SIGTERM")
    const trusting = await start({ SESSION_RATE_LIMIT: "1", TRUST_PROXY: "true" })
    const through = (from: string) =>
      makeClient(trusting).request("POST", "/lists", { form: {}, headers: { "x-forwarded-for": from } })
    expect((await through("10.0.0.1")).status).toBe(303)
    expect((await through("10.0.0.2")).status).toBe(303)
    expect((await through("6.6.6.6, 10.0.0.2")).status).toBe(429)
  })

  it("are disabled by 0", async () => {
    const url = await start({ SESSION_RATE_LIMIT: "0", COMMAND_RATE_LIMIT: "0" })
    const answers = await Promise.all(Array.from({ length: 200 }, () => makeClient(url).post("/lists", { text: "x" })))
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([303]))
    rmSync(directory, { recursive: true, force: true })
  })
})
