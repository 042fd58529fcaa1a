// The process opens no network connection that its operator has not configured, for every method on
// every path in its sources, with URLs wherever a client can put one.
import { execFile } from "node:child_process"
import { readdirSync, readFileSync, writeFileSync } from "node:fs"
import { createServer } from "node:http"
import type { AddressInfo } from "node:net"
import { join } from "node:path"
import { describe, expect, it, onTestFinished } from "vitest"
import { accepted, refused } from "../attestations.ts"
import { makeClient } from "../http/client.ts"
import { exchange } from "../http/raw.ts"
import { makeWorkspace } from "./support.ts"

const hook = join(import.meta.dirname, "outgoing.mjs")
const sources = join(import.meta.dirname, "../../src")

/** A server that only requests mention; counts its connections. */
const outside = async (onTestFinished: (cleanup: () => void) => void) => {
  let connections = 0
  const server = createServer((_, response) => response.end()).on("connection", () => connections++)
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve))
  onTestFinished(() => void server.close())
  const isAddress = (it: AddressInfo | string | null): it is AddressInfo => typeof it === "object"
  const address = server.address()
  return { url: `http://127.0.0.1:${isAddress(address) ? address.port : 0}`, connections: () => connections }
}

/** Paths of features' pages, feeds and forms: a collection, an id's name and a form's name. */
const pathsOfFeatures = () =>
  readdirSync(join(sources, "features")).flatMap((name) => {
    const folder = join(sources, "features", name)
    const files = readdirSync(folder).filter((it) => /\.tsx?$/.test(it))
    const text = files.map((it) => readFileSync(join(folder, it), "utf8")).join("\n")
    const page = `${/const path = "([^"]+)"/.exec(text)?.[1]}/:${/idName: "(\w+)"/.exec(text)?.[1]}`
    const forms = [...text.matchAll(/^\s+"?([\w\-/:]+)"?: LivePage\.form\(/gm)].map(([, form]) => form ?? "")
    return [page, ...["feed", ...forms].map((it) => `${page}/${it}`)]
  })

/** Every text in the sources that is a path: routes, the OpenAPI description, unknown ones. */
const pathsOfSources = () => {
  const files = readdirSync(sources, { recursive: true, encoding: "utf8" }).filter((name) => /\.tsx?$/.test(name))
  const texts = files.flatMap((name) =>
    [...readFileSync(join(sources, name), "utf8").matchAll(/["'`]([\w\-./:{}$]*)["'`]/g)].map(([, it]) => it ?? "")
  )
  return [...texts.filter((it) => /^\/(?!\/)/.test(it)), ...pathsOfFeatures()]
}

const methods = ["GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE"]

describe("process without configured servers", () => {
  it("detects connections, look-ups and child processes (control)", async () => {
    const { directory } = makeWorkspace(onTestFinished)
    const there = await outside(onTestFinished)
    const OUTGOING = join(directory, "outgoing")
    const script = `await fetch(process.argv[1]); await fetch("http://name.invalid").catch(() => {})
      ;(await import("node:child_process")).execFile(process.execPath, ["-v"])`
    await new Promise((resolve) =>
      execFile(
        process.execPath,
        ["--import", hook, "--input-type=module", "-e", script, there.url],
        { env: { OUTGOING } },
        resolve
      )
    )
    const noted = readFileSync(OUTGOING, "utf8")
    for (const what of [/^connect .*127\.0\.0\.1/m, /^lookup "name\.invalid"/m, /^spawn /m]) expect(noted).toMatch(what)
    expect(there.connections()).toBe(1)
  })

  it("opens no connection, resolves no name and starts no program for any request", async () => {
    const { directory, serve } = makeWorkspace(onTestFinished)
    const there = await outside(onTestFinished)
    const OUTGOING = join(directory, "outgoing")
    writeFileSync(OUTGOING, "")
    const server = await serve({ OUTGOING, NODE_OPTIONS: `--import=${hook}`, SIGN_IN_RATE_LIMIT: "0" })
    const owner = makeClient(server.url)
    const list = (await owner.newList()).split("/").at(-1) ?? ""
    const { url } = there
    const host = new URL(url).host

    const described: unknown = JSON.parse((await owner.get("/api/openapi.json")).text)
    const hasPaths = (it: unknown): it is { readonly paths: object } =>
      typeof it === "object" && it !== null && "paths" in it
    const paths = [...new Set([...pathsOfSources(), ...(hasPaths(described) ? Object.keys(described.paths) : [])])]
    for (const path of [
      "/",
      "/lists/:listId/feed",
      "/lists/:listId/todos/:todoId/complete",
      "/lists/:listId/toggle-all",
      "/account/passkeys/remove",
      "/api/account/passkeys",
      "/api/lists/{listId}/todos/{todoId}",
      "/api/analytics/daily_counts",
      "/admin/event-bus"
    ])
      expect(paths).toContain(path)

    const fields = [
      "text",
      "title",
      "url",
      "href",
      "access",
      "completed",
      "credentialId",
      "bus",
      "to",
      "file",
      "__proto__"
    ]
    const json = JSON.stringify({
      ...Object.fromEntries(fields.map((name) => [name, url])),
      response: { clientDataJSON: url }
    })
    const form = new URLSearchParams(fields.map((name) => [name, url])).toString()
    const headers = {
      Cookie: owner.cookie() ?? "",
      Referer: url,
      Forwarded: `host=${host};proto=http`,
      "X-Forwarded-Host": host,
      "X-Forwarded-For": new URL(url).hostname,
      "X-Original-URL": url,
      "HX-Current-URL": url,
      "Last-Event-ID": url,
      "If-None-Match": url,
      Link: `<${url}>; rel=preload`,
      "User-Agent": url
    }
    const ask = (method: string, target: string, type: string, body: string, hostHeader: string) =>
      exchange(
        server.url,
        [
          `${method} ${target} HTTP/1.1`,
          `Host: ${hostHeader}`,
          ...Object.entries(headers).map(([name, value]) => `${name}: ${value}`),
          ...(body === "" ? [] : [`Content-Type: ${type}`, `Content-Length: ${Buffer.byteLength(body)}`]),
          "Connection: close"
        ],
        body
      )
    const statuses: Array<number> = []
    for (const path of paths) {
      const isStream = /feed$|^\/events/.test(path)
      for (const value of [list, encodeURIComponent(url)]) {
        const target = path.replace(/:\w+|\{\w+\}|\$\{[^}]*\}/g, value)
        for (const method of methods) {
          if (isStream && method === "GET") {
            const abort = new AbortController()
            statuses.push(
              (
                await fetch(`${server.url}${encodeURI(target)}`, {
                  headers: { "last-event-id": url },
                  signal: abort.signal
                })
              ).status
            )
            abort.abort()
            continue
          }
          const asked = `${target}?url=${encodeURIComponent(url)}&from=${encodeURIComponent(url)}`
          for (const [type, body] of [
            ["application/json", json],
            ["application/x-www-form-urlencoded", form]
          ] as const)
            statuses.push(
              (await ask(method, asked, type, /GET|HEAD|OPTIONS/.test(method) ? "" : body, "localhost")).status
            )
        }
      }
      // A request that names another host is served as usual.
      statuses.push((await ask("HEAD", `${url}${path}`, "", "", host)).status)
    }
    expect(statuses.filter((it) => it === 200).length).toBeGreaterThan(20)

    for (const attest of Object.values({ ...accepted, ...refused([`${url}/a.crl`, "http://name.invalid/b.crl"]) })) {
      const visitor = makeClient(server.url)
      const { body } = await visitor.call("/account/passkeys/options")
      await visitor.call("/account/passkeys", visitor.authenticator.create(body, attest))
      await visitor.signIn()
    }
    expect(await server.stop("SIGTERM")).toBe(0)
    expect(readFileSync(OUTGOING, "utf8")).toBe("")
    expect(there.connections()).toBe(0)
  }, 120_000)
})
