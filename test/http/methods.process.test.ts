// Unsupported methods are 405 with `Allow` in both routers; OPTIONS reports the same methods.
import { describe, expect, it } from "vitest"
import { exchange } from "./raw.ts"
import { serverForFile } from "./server.ts"

const server = serverForFile()
const ask = (method: string, target: string, ...lines: ReadonlyArray<string>) =>
  exchange(server.url, [`${method} ${target} HTTP/1.1`, "Host: localhost", "Connection: close", ...lines])

const id = "AAAAAAAAAAAAAAAAAAAAAA"
const read = "GET, HEAD, OPTIONS"
const write = "POST, OPTIONS"
const paths: ReadonlyArray<readonly [path: string, allow: string]> = [
  ["/", read],
  ["/lists", write],
  [`/lists/${id}`, read],
  [`/lists/${id}/feed`, read],
  [`/lists/${id}/todos`, write],
  [`/lists/${id}/todos/x/rename`, write],
  ["/account", read],
  ["/analytics", read],
  ["/analytics/feed", read],
  ["/events", read],
  ["/static/x.js", read],
  ["/health", read],
  ["/health/live", read],
  ["/metrics", read],
  ["/admin/event-bus", "GET, HEAD, POST, OPTIONS"],
  ["/admin/analytics/verify", write],
  ["/api/openapi.json", read],
  ["/api/analytics/daily_counts", read],
  ["/api/lists", write],
  [`/api/lists/${id}`, "GET, HEAD, PATCH, DELETE, OPTIONS"],
  [`/api/lists/${id}/todos`, write],
  [`/api/lists/${id}/todos/x`, "PATCH, DELETE, OPTIONS"],
  ["/api/account/sign-in", write]
]
const methods = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "TRACE", "PROPFIND", "QUERY", "PURGE"]

describe("method", () => {
  it.each(paths)("not supported by %s is 405, Allow: %s", async (path, allow) => {
    for (const method of methods.filter((name) => !allow.split(", ").includes(name))) {
      const { body, headers, status } = await ask(method, path)
      expect([method, status, headers.get("allow")]).toEqual([method, 405, [allow]])
      expect(headers.get("content-security-policy")).toBeDefined()
      if (method === "HEAD") expect(body).toBe("")
      else if (/^\/(api|admin)/.test(path))
        expect(JSON.parse(body)).toMatchObject({ type: "about:blank", status: 405, code: "METHOD_NOT_ALLOWED" })
      else expect(headers.get("content-type")).toEqual(["text/html; charset=utf-8"])
    }
    const options = await ask("OPTIONS", path)
    expect([options.status, options.headers.get("allow"), options.body]).toEqual([204, [allow], ""])
    expect(options.headers.get("content-length")).toBeUndefined()
  })

  it("of an unknown path is 404, whatever it is", async () => {
    for (const method of [...methods, "OPTIONS"])
      for (const path of ["/nothing", "/api/nothing", "/static/a/b"])
        expect([method, path, (await ask(method, path)).status]).toEqual([method, path, 404])
  })

  it("not supported keeps the connection open and discards the request's body", async () => {
    const { body } = await exchange(
      server.url,
      [
        "PUT /api/lists HTTP/1.1",
        "Host: localhost",
        "Content-Type: application/json",
        "Content-Length: 12",
        "",
        '{"text":"a"}GET /health/live HTTP/1.1',
        "Host: localhost",
        "Connection: close"
      ],
      ""
    )
    expect(body).toContain("METHOD_NOT_ALLOWED")
    expect(body).toContain("HTTP/1.1 200 OK")
  })
})
