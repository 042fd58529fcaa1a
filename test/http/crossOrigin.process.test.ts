// Cross-origin requests: for every combination of Sec-Fetch-Site and Origin, unsafe requests are
// refused exactly as Go's http.CrossOriginProtection specifies, and refused ones change nothing.
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { type Client, type ClientResponse, keepAlive, metric } from "../process/client.ts"
import { serverForFile } from "./server.ts"

const publicUrl = "https://evenstar.example"
const server = serverForFile({ PUBLIC_URL: publicUrl, COMMAND_RATE_LIMIT: "0", SESSION_RATE_LIMIT: "0" })
let client: Client
let cookie: string
beforeAll(async () => {
  client = keepAlive(server.url, 16)
  const form = { "content-type": "application/x-www-form-urlencoded" }
  const { headers, status } = await client.send("POST", "/lists", "text=mine", form)
  expect(status).toBe(303)
  cookie = headers["set-cookie"]?.[0]?.split(";")[0] ?? ""
})
afterAll(() => client.close())

/** As the client sends it; undefined omits the header. */
const sites = [undefined, "", "same-origin", "none", "same-site", "cross-site", "Same-Origin", "none, cross-site"]
const hosts = ["127.0.0.1:3000", "inner.example:8080", "evenstar.example"]
const origins = (host: string) => [
  { origin: undefined, is: "absent" },
  { origin: "", is: "absent" },
  { origin: `http://${host}`, is: "ours" },
  // The Host header has no scheme, so another scheme of this site cannot be detected.
  { origin: `https://${host}`, is: host === "evenstar.example" ? "trusted" : "ours" },
  { origin: publicUrl, is: "trusted" },
  { origin: "null", is: "foreign" },
  { origin: "https://evil.example", is: "foreign" },
  { origin: `http://${host}.evil.example`, is: "foreign" },
  { origin: `http://evil.example/${host}`, is: "foreign" },
  { origin: `http://${host.replace(/:.*/, "")}:1`, is: "foreign" },
  { origin: host, is: "foreign" },
  { origin: `${publicUrl}, https://evil.example`, is: "foreign" },
  ...(host === "evenstar.example" ? [] : [{ origin: "http://evenstar.example", is: "foreign" }])
]

/** Whether an unsafe request is allowed, given Sec-Fetch-Site and Origin. */
const allowedBy: Record<string, Record<string, boolean>> = {
  "same origin": { absent: true, ours: true, trusted: true, foreign: true },
  "not said": { absent: true, ours: true, trusted: true, foreign: false },
  "another site": { absent: false, ours: false, trusted: true, foreign: false }
}
const kindOf = (site: string | undefined) =>
  site === undefined || site === ""
    ? "not said"
    : site === "same-origin" || site === "none"
      ? "same origin"
      : "another site"

const cases = sites.flatMap((site) =>
  hosts.flatMap((host) =>
    origins(host).flatMap(({ is, origin }) =>
      [false, true].map((withCookie) => ({
        site,
        origin,
        withCookie,
        host,
        passes: allowedBy[kindOf(site)]?.[is] ?? false
      }))
    )
  )
)
type Case = (typeof cases)[number]

const ask = ({ host, origin, site, withCookie }: Case, method: string, path: string) =>
  client.send(method, path, "", {
    host,
    ...(site === undefined ? {} : { "sec-fetch-site": site }),
    ...(origin === undefined ? {} : { origin }),
    ...(withCookie ? { cookie } : {})
  })

const refusal = "Requests from other sites may not change data"
const isRefused = ({ headers, status, text }: ClientResponse, path: string) => {
  if (status !== 403) return false
  if (path.startsWith("/api")) {
    expect(headers["content-type"]).toBe("application/problem+json")
    expect(JSON.parse(text)).toMatchObject({ type: "about:blank", status: 403, code: "FORBIDDEN", detail: refusal })
  } else {
    expect(headers["content-type"]).toBe("text/html; charset=utf-8")
    expect(text).toContain(refusal)
  }
  return true
}

/** The cases that deviate from the rule. */
const differing = async (method: string, path: string, shouldPass: (it: Case) => boolean) => {
  const all = await Promise.all(
    cases.map(async (it) => {
      const answer = await ask(it, method, path)
      return { ...it, answer, isAsExpected: isRefused(answer, path) === !shouldPass(it) }
    })
  )
  return all.flatMap(({ answer, isAsExpected, ...it }) => (isAsExpected ? [] : [{ ...it, status: answer.status }]))
}

const pages = ["/", "/lists", "/lists/AAAAAAAAAAAAAAAAAAAAAA/todos", "/nothing/here"]
const apis = ["/api/lists", "/api/lists/AAAAAAAAAAAAAAAAAAAAAA/todos", "/api/nothing/here"]

describe.each([...pages, ...apis])("%s", (path) => {
  it.each(["POST", "PUT", "PATCH", "DELETE", "MKCOL"])(
    "%s is allowed exactly where the rule allows it",
    async (method) => {
      expect(await differing(method, path, ({ passes }) => passes)).toEqual([])
    }
  )
  it.each(["GET", "HEAD", "OPTIONS"])("%s is always allowed", async (method) => {
    expect(await differing(method, path, () => true)).toEqual([])
  })
})

describe("refused requests", () => {
  it("change nothing, while allowed ones take effect", async () => {
    const head = () => metric(server.url, "evenstar_log_head_sequence")
    const before = await head()
    await differing("POST", "/api/lists", ({ passes }) => passes)
    expect((await head()) - before).toBe(cases.filter(({ passes }) => passes).length)
  })

  it("show a message in a live region when sent by htmx", async () => {
    const headers = { "sec-fetch-site": "cross-site", "hx-request": "true" }
    const { status, text } = await client.send("POST", "/lists", "", headers)
    expect([status, text]).toEqual([403, `<p>${refusal}</p>`])
  })
})
