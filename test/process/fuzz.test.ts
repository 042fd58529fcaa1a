// Thousands of generated requests, almost valid and broken, over raw sockets against the real
// process: no 5xx, no crash, a correct response to each, and nothing appended that no response
// reports.
import { type ChildProcess, spawn } from "node:child_process"
import { once } from "node:events"
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import Database from "better-sqlite3"
import fc from "fast-check"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { makeClient } from "../http/client.ts"
import { program } from "../http/server.ts"
import { type Change, changes, hostileCbor, isSameSignature, signedParts } from "./fuzz/authenticator.ts"
import { found, piece } from "./fuzz/requests.ts"
import { exchange, problemsOf } from "./fuzz/responses.ts"
import { isBroken, type Piece, write } from "./fuzz/wire.ts"

/** `startProcess` passes stderr through; here all output is collected. */
const start = async (directory: string, env: Record<string, string>) => {
  const limits = [
    "STREAM_LIMIT",
    "STREAM_LIMIT_PER_SESSION",
    "STREAM_LIMIT_PER_ADDRESS",
    "COMMAND_RATE_LIMIT",
    "SESSION_RATE_LIMIT",
    "SIGN_IN_RATE_LIMIT"
  ].map((name) => [name, "0"])
  const child = spawn(process.execPath, program, {
    cwd: join(import.meta.dirname, "../.."),
    env: { PATH: process.env["PATH"], PORT: "0", DATA_DIR: directory, ...Object.fromEntries(limits), ...env },
    stdio: ["ignore", "pipe", "pipe"]
  })
  let said = ""
  const url = await new Promise<string>((resolve, reject) => {
    child.once("exit", (code) => reject(new Error(`The server ended at its start with ${code}: ${said}`)))
    for (const output of [child.stdout, child.stderr]) {
      output.on("data", (part) => {
        said += part
        const found = /Evenstar is at (http:\S+)/.exec(said)?.[1]
        if (found !== undefined) resolve(found)
      })
    }
  })
  return { child, url, said: () => said }
}

const number = (value: unknown) => (typeof value === "number" ? value : Number.NaN)

describe.each(["development", "production"])("generated requests, NODE_ENV=%s", (environment) => {
  const directory = mkdtempSync(join(tmpdir(), "evenstar-"))
  let child: ChildProcess
  let url: string
  let said: () => string
  let database: Database.Database
  let asset: string
  beforeAll(async () => {
    ;({ child, said, url } = await start(directory, { NODE_ENV: environment, PUBLIC_URL: "https://lists.example" }))
    database = new Database(join(directory, "evenstar.db"), { readonly: true })
    const { text } = await makeClient(url).get("/")
    asset = /\/static\/(index[^"]+)/.exec(text)?.[1] ?? ""
  })
  afterAll(() => {
    database.close()
    child.kill("SIGKILL")
    rmSync(directory, { recursive: true })
  })

  const ask = (sql: string, ...params: ReadonlyArray<unknown>) =>
    database
      .prepare(sql)
      .pluck()
      .all(...params)
  const written = () => ({
    head: number(ask("SELECT ifnull(MAX(sequence), 0) FROM events")[0]),
    sessions: new Set(ask("SELECT handle FROM sessions")),
    credentials: ask("SELECT credential_id FROM credentials"),
    users: ask("SELECT user_id FROM users"),
    answers: number(ask("SELECT COUNT(*) FROM answers")[0])
  })
  const commandsAfter = (head: number) =>
    number(ask("SELECT COUNT(DISTINCT command_id) FROM events WHERE sequence > ?", head)[0])

  /** Ids for a batch of requests, of lists and a signed-in visitor, recreated when destroyed. */
  const prepare = async () => {
    const [owner, member] = [makeClient(url), makeClient(url)]
    const list = await owner.newList()
    const done = await owner.request("POST", `/api${list}/todos`, { json: { text: "bread" } })
    const todo = await owner.request("POST", `/api${list}/todos`, { json: { text: "rye" } })
    const readOnly = await owner.newList()
    await owner.post(`${readOnly}/access`, { access: "read-only" })
    const hidden = await owner.newList()
    await owner.post(`${hidden}/access`, { access: "private" })
    const ownerless = await makeClient(url).request("POST", "/api/lists", { json: {} })
    const { body: options } = await member.call("/account/passkeys/options")
    const creation = member.authenticator.create(options)
    await member.call("/account/passkeys", creation)
    const { text } = await member.get("/account")
    const assertion = member.authenticator.get((await member.call("/account/sign-in/options")).body)
    const idOf = (path: string) => path.replace("/lists/", "")
    const values: Record<string, string> = {
      host: new URL(url).host,
      asset,
      list: idOf(list),
      readOnly: idOf(readOnly),
      private: idOf(hidden),
      ownerless: JSON.parse(ownerless.text).listId,
      todo: JSON.parse(todo.text).todoId,
      done: JSON.parse(done.text).todoId,
      owner: owner.cookie() ?? "",
      member: member.cookie() ?? "",
      handle: /sessions\/([^/]+)\/revoke/.exec(text)?.[1] ?? "",
      passkey: member.authenticator.credentialId,
      clientData: assertion.response.clientDataJSON,
      attestation: creation.response.attestationObject,
      authenticatorData: assertion.response.authenticatorData,
      signature: assertion.response.signature
    }
    const fill = (text: string) => text.replace(/\{(\w+)\}/g, (whole, name) => values[name] ?? whole)
    return (request: Piece): Piece => ({
      ...request,
      target: fill(request.target),
      headers: request.headers.map(([name, value]) => [name, fill(value)]),
      body: fill(request.body)
    })
  }

  const lives = () => expect([child.exitCode, child.signalCode]).toEqual([null, null])

  const seen = new Set<number>()
  it("each get a correct response and append only what it reports", async () => {
    const port = Number(new URL(url).port)
    await fc.assert(
      fc.asyncProperty(fc.array(piece, { minLength: 1, maxLength: 60, size: "max" }), async (pieces) => {
        const filled = await prepare()
        const before = written()
        const answers = await Promise.all(
          pieces.map(async (it) => {
            const request = filled(it)
            const got = await exchange(port, request, write(request))
            const [first] = got
            // Only CONNECT and aborted requests get no response.
            if (first === undefined && request.method !== "CONNECT")
              expect([request, isBroken(request)]).toEqual([request, true])
            if (first !== undefined) expect([request, problemsOf(request, first)]).toEqual([request, []])
            for (const { status } of got) expect(status).toBeLessThan(500)
            return got
          })
        )
        lives()
        for (const { status } of answers.flat()) seen.add(status)
        const done = answers.flat().filter(({ status }) => [200, 201, 204, 303].includes(status))
        const after = written()
        const commands = commandsAfter(before.head)
        const broken = pieces.filter(isBroken).length
        expect(commands).toBeLessThanOrEqual(done.length + broken)
        const begun = [...after.sessions].filter((handle) => !before.sessions.has(handle))
        expect(begun.length).toBeLessThanOrEqual(done.filter(({ setsSession }) => setsSession).length + broken)
        if (done.length + broken === 0) expect(after).toEqual(before)
      }),
      { numRuns: 75, endOnFailure: true, examples: found.map((piece) => [[piece]]) }
    )
    // The generator covers its targets.
    for (const status of [200, 201, 303, 400, 401, 403, 404, 415]) expect(seen).toContain(status)
  }, 400_000)

  it("refuse a passkey with any changed bytes", async () => {
    await fc.assert(
      fc.asyncProperty(fc.boolean(), fc.constantFrom(...signedParts), changes, async (isNew, part, change) => {
        const visitor = makeClient(url)
        if (!isNew) await visitor.createPasskey()
        const before = written()
        const { body: options } = await visitor.call(`/account/${isNew ? "passkeys" : "sign-in"}/options`)
        const made = isNew ? visitor.authenticator.create(options) : visitor.authenticator.get(options)
        const fields: Record<string, unknown> = made.response
        const whole = part === "id" ? made.id : fields[part]
        if (typeof whole !== "string") return
        const spoiled = change(Buffer.from(whole, "base64url")).toString("base64url")
        const sent = part === "id" ? { ...made, id: spoiled } : { ...made, response: { ...fields, [part]: spoiled } }
        const { status } = await visitor.call(`/account/${isNew ? "passkeys" : "sign-in"}`, sent)
        lives()
        if (spoiled === whole) return
        if (part === "signature" && isSameSignature(Buffer.from(whole, "base64url"), spoiled)) return
        // Unsigned bytes may differ: without attestation, the new key is not signed.
        expect(!isNew || part === "id" ? [400, 401] : [201, 400, 401]).toContain(status)
        if (status >= 400) expect(written().credentials).toEqual(before.credentials)
      }),
      {
        numRuns: 150,
        endOnFailure: true,
        examples: hostileCbor.map((bytes): [boolean, string, Change] => [true, "attestationObject", () => bytes])
      }
    )
  }, 400_000)

  it("leave no complaint in the output, and the process stops on request", async () => {
    const closed = once(child, "close")
    child.kill("SIGTERM")
    expect(await closed).toEqual([0, null])
    expect(/ERROR|FATAL|WARN|[Uu]nhandled|[Uu]ncaught/.test(said()) ? said() : "").toBe("")
  })
})
