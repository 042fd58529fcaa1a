import { createHash } from "node:crypto"
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs"
import { IncomingMessage, request, ServerResponse } from "node:http"
import { Socket } from "node:net"
import { tmpdir } from "node:os"
import { join } from "node:path"
import * as Layer from "effect/Layer"
import { afterAll, beforeAll, expect, onTestFinished } from "vitest"
import { LogId } from "../../../src/domain/StoredEvent.ts"
import { type Exchange, Visitor } from "../../../src/http/account/Visitor.ts"
import * as AccountsBackend from "../../../src/layers/accounts/AccountsBackend.ts"
import { Ownership } from "../../../src/layers/aggregates/Ownership.ts"
import { EventStore } from "../../../src/layers/eventStore/EventStore.ts"
import { Ids } from "../../../src/layers/node/Ids.ts"
import { Postgres } from "../../../src/layers/postgres/Postgres.ts"
import * as RateLimitsBackend from "../../../src/layers/rateLimits/RateLimitsBackend.ts"
import * as SessionStoreBackend from "../../../src/layers/sessions/SessionStoreBackend.ts"
import { Sql } from "../../../src/layers/sqlite/Sql.ts"
import { settings } from "../../support.ts"
import { makeClient } from "../client.ts"
import { type Process, startProcess } from "../server.ts"

let root = ""
export const newDirectory = () => mkdtempSync(join(root, "data-"))
export const unlimited = { SIGN_IN_RATE_LIMIT: "0", SESSION_RATE_LIMIT: "0", COMMAND_RATE_LIMIT: "0" }

export let server: Process
export let production: Process
export let directory = ""

/** Starts both servers before the tests of the file that calls this, and ends them afterwards. */
export const useServers = () => {
  beforeAll(async () => {
    root = mkdtempSync(join(tmpdir(), "evenstar-"))
    directory = newDirectory()
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
}

/** A server with its own settings for one test. */
export const serve = async (env: Record<string, string>) => {
  const own = await startProcess(newDirectory(), { ...unlimited, ...env })
  onTestFinished(async () => void (await own.stop("SIGKILL")))
  return own
}

export type Client = ReturnType<typeof makeClient>
export const client = (url = server.url) => makeClient(url)
/** A visitor with a session, and the path of their list. */
export const visitor = async (url = server.url) => {
  const who = client(url)
  return { who, list: await who.newList() }
}
/** A visitor whose only list is private: access to it proves their session. */
export const owner = async (url = server.url) => {
  const { list, who } = await visitor(url)
  await who.post(`${list}/access`, { access: "private" })
  return { list, who }
}
export const idOf = (cookie = "") => cookie.slice(cookie.indexOf("=") + 1)

/** Whether a cookie opens the private list. */
export const opens = async (cookie: string | undefined, list: string, url = server.url) => {
  const thief = client(url)
  thief.setCookie(cookie)
  const answers = [await thief.get(list), await thief.get(`/api${list}`)]
  return answers.every(({ status }) => status === 200)
}

/** A Set-Cookie header: name, value, and attributes in lower case. */
export const parsed = (header: string | null) => {
  const [pair = "", ...rest] = (header ?? "").split(/; */)
  return {
    name: pair.slice(0, pair.indexOf("=")),
    value: idOf(pair),
    attributes: new Map(rest.map((text) => [text.split("=")[0]?.toLowerCase() ?? "", text.split("=")[1] ?? ""]))
  }
}
/** Every Set-Cookie of a session: start, passkey registration, sign-in, sign-out. */
export const sessionCookies = async (url: string) => {
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
export const allSessionCookies = async () =>
  [await sessionCookies(server.url), await sessionCookies(production.url)].flat()

/** A raw request with any or repeated headers: `fetch` would refuse or normalize them. */
export const send = (method: string, path: string, cookie: string | ReadonlyArray<string>, form?: string) =>
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
export const visitorLayer = () =>
  Visitor.layer.pipe(
    Layer.provide([AccountsBackend.layer, RateLimitsBackend.layer, Layer.mock(Ownership, {})]),
    Layer.provide([SessionStoreBackend.layer, Layer.mock(EventStore, { logId: LogId.make("log"), isShared: false })]),
    Layer.provide([Sql.layer, Ids.layer]),
    Layer.provide(Postgres.layerNone),
    Layer.provide(settings({ SESSION_CLEANUP_INTERVAL: "1000 days" }))
  )
export const exchange = (cookie?: string): Exchange => {
  const message = new IncomingMessage(new Socket())
  if (cookie !== undefined) message.headers.cookie = cookie
  return { message, response: new ServerResponse(message) }
}
/** Max-Age of a response's cookie. */
export const daysOf = ({ response }: Exchange) => {
  const [, seconds] = /Max-Age=(\d+)/.exec(`${response.getHeader("set-cookie")}`) ?? []
  return seconds === undefined ? undefined : Number(seconds) / (24 * 60 * 60)
}

/** Encodings in which forbidden bytes could appear. */
export const spellings = (bytes: Buffer) => [
  bytes.toString("base64url"),
  bytes.toString("base64"),
  bytes.toString("hex"),
  bytes.toString("hex").toUpperCase(),
  bytes.toString("latin1"),
  [...bytes].join(","),
  [...bytes].join(", ")
]
export const hashOf = (id: string) => createHash("sha256").update(id).digest()
/** The contents of all files of a data directory, as latin1. */
export const filesOf = (path: string) =>
  readdirSync(path, { recursive: true, withFileTypes: true }).flatMap((file) =>
    file.isFile() ? [readFileSync(join(file.parentPath, file.name)).toString("latin1")] : []
  )
