// One spelling per resource, so that a proxy's path rules cannot be bypassed, in both routers.
import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { isExact } from "../../../src/http/server/requestTarget.ts"
import { exchange } from "../raw.ts"
import { serverForFile } from "../server.ts"

const server = serverForFile()
const ask = (target: string, method = "GET") =>
  exchange(server.url, [`${method} ${target} HTTP/1.1`, "Host: localhost", "Connection: close"])

const enc = (char: string) => `%${char.charCodeAt(0).toString(16).padStart(2, "0")}`

/** Other spellings of a path, most of which some server, proxy or router normalizes to it. */
const spellings = (path: string): ReadonlyArray<string> => {
  const name = path.slice(1)
  const last = path.lastIndexOf("/")
  const [before, after] = [path.slice(0, last), path.slice(last + 1)]
  return [
    `${path};x`,
    `${path};`,
    `${path};x=1?y=2`,
    `${before}/;x/${after}`,
    `${path}#x`,
    `${path}#`,
    `${path}?#x`,
    `${path}?a=b#x`,
    `/${enc(name.charAt(0))}${name.slice(1)}`,
    `/${enc(name.charAt(0)).toUpperCase()}${name.slice(1)}`,
    `/${[...name].map((char) => (char === "/" ? char : enc(char))).join("")}`,
    `/%25${name.charCodeAt(0).toString(16)}${name.slice(1)}`,
    `/%2f${name}`,
    `${before}%2f${after}`,
    `${before}%5c${after}`,
    `/${path}`,
    `//${path}`,
    `${path}/`,
    `${path}//`,
    `/.${path}`,
    `/x/..${path}`,
    `/%2e${path}`,
    `/x/%2e%2e${path}`,
    `/x/.%2E${path}`,
    `${path}/.`,
    `${path}/..`,
    `${path}/../${after}`,
    `\\${name}`,
    `/\\${name}`,
    `${before}\\${after}`,
    `${path}\\`,
    `${path}%00`,
    `${path}%20`,
    `${path}%3b`,
    `${path}%23`,
    `${path}%3f`,
    `${path}.`,
    path.toUpperCase(),
    `http://localhost${path};x`,
    `http://localhost${path}#x`,
    `http://localhost//${name}`,
    `http://localhost/%${name.charCodeAt(0).toString(16)}${name.slice(1)}`,
    `http://localhost/x/..${path}`,
    `http://localhost\\${name}`,
    `http://user@localhost${path}`,
    `http://${path}`,
    `ftp://localhost${path}`,
    `javascript://localhost${path}`,
    name
  ]
}

/** Paths of both routers, public and for the operator. */
const paths = [
  "/metrics",
  "/health",
  "/health/live",
  "/events",
  "/admin/event-bus",
  "/analytics",
  "/api/openapi.json",
  "/api/analytics/daily_counts",
  "/api/account/passkeys/options"
]

describe("path", () => {
  it.each(paths)("%s has one spelling for every method", async (path) => {
    for (const target of spellings(path))
      for (const method of ["GET", "POST"]) {
        // Node's parser rejects some as malformed.
        const refused = target.startsWith("/") ? [404] : [400, 404]
        expect(refused, `${method} ${target}`).toContain((await ask(target, method)).status)
      }
  })

  it.each(["/health?", "/health?a;b", "/health?a=%6d", "http://localhost/health", "HTTP://LOCALHOST/health?x=/../y"])(
    "%s is routed to it",
    async (target) => expect((await ask(target)).status).toBe(200)
  )

  it("of a list has one spelling too: an unreserved character is not accepted percent-encoded", async () => {
    const made = await exchange(server.url, ["POST /api/lists HTTP/1.1", "Host: localhost", "Connection: close"])
    const path = made.headers.get("location")?.[0] ?? ""
    const list = path.slice("/api".length)
    const id = path.slice("/api/lists/".length)
    expect((await ask(path)).status).toBe(200)
    expect((await ask(list)).status).toBe(200)
    for (const prefix of ["/api/lists/", "/lists/"])
      for (const other of [`${enc(id.charAt(0))}${id.slice(1)}`, `${id};x`, `${id}#x`, `${id}/`, `./${id}`, `${id}%00`])
        expect([prefix + other, (await ask(prefix + other)).status]).toEqual([prefix + other, 404])
  })

  it("is distinguished from equivalent spellings, for any path", () => {
    const plain = fc.stringMatching(/^(\/[\w~!$&'()*+,=:@-][\w.~!$&'()*+,=:@-]*){1,4}$/)
    fc.assert(fc.property(plain, fc.stringMatching(/^[\w=&/?.;%]*$/), (path, query) => isExact(`${path}?${query}`)))
    fc.assert(
      fc.property(
        plain,
        fc.nat(),
        fc.constantFrom("enc", "ENC", ";", "#", "//", "/./", "/../", "\\", "%"),
        (path, at, how) => {
          const i = at % path.length
          const [before, char, after] = [path.slice(0, i), path.charAt(i), path.slice(i + 1)]
          // Reserved characters, whose encoding changes the meaning, are left as they are.
          fc.pre(!how.toLowerCase().startsWith("enc") || /[\w.~-]/.test(char))
          const put = how === "enc" ? enc(char) : how === "ENC" ? enc(char).toUpperCase() : char + how
          fc.pre(how !== "%" || !/^[\da-f]{2}/i.test(after))
          fc.pre(!how.includes("/") || i > 0)
          fc.pre(!/^\/\.\.?\/$/.test(how) || after !== "")
          return !isExact(before + put + after)
        }
      )
    )
  })
})
