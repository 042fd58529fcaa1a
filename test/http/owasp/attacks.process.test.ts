// The OWASP Session Management Cheat Sheet item by item, and ASVS 5's session chapter (V7): attacks
// and how they are detected.
import { spawn } from "node:child_process"
import { randomBytes } from "node:crypto"
import { join } from "node:path"
import { describe, expect, it, onTestFinished } from "vitest"
import { program } from "../server.ts"
import {
  type Client,
  client,
  hashOf,
  idOf,
  newDirectory,
  opens,
  owner,
  send,
  serve,
  spellings,
  unlimited,
  useServers,
  visitor
} from "./support.ts"

useServers()

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
