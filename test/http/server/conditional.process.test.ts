// Conditional requests in RFC 9110's precedence: lists, commands, OpenAPI, generated tags.
import fc from "fast-check"
import { beforeAll, describe, expect, it } from "vitest"
import { conditionalStatus, entityTags, matchesIfNoneMatch } from "../../../src/http/server/conditional.ts"
import { exchange } from "../raw.ts"
import { serverForFile } from "../server.ts"

const server = serverForFile()
const ask = (method: string, path: string, lines: ReadonlyArray<string> = [], body = "") =>
  exchange(
    server.url,
    [
      `${method} ${path} HTTP/1.1`,
      "Host: localhost",
      "Connection: close",
      ...(body === "" ? [] : ["Content-Type: application/json", `Content-Length: ${Buffer.byteLength(body)}`]),
      ...lines
    ],
    body
  )

let list = ""
beforeAll(async () => {
  list = (await ask("POST", "/api/lists")).headers.get("location")?.[0] ?? ""
})

describe("entity tags", () => {
  it.each([
    ['"1"', '"1"'],
    ['W/"1"', 'W/"1"'],
    [' "1" , W/"2",,"a,b" ', '"1" W/"2" "a,b"'],
    [',"1",', '"1"'],
    ['""', '""'],
    [" * ", "*"],
    ['*, "1"', undefined],
    ['w/"1"', undefined],
    ['"1" "2"', undefined],
    ['"1', undefined],
    ["1", undefined],
    ["", undefined],
    [",", undefined]
  ])("of %j are %j", (header, tags) => {
    const found = entityTags(header)
    expect(typeof found === "string" ? found : found?.join(" ")).toBe(tags)
  })

  it("are parsed from any list in linear time", () => {
    const tag = fc
      .tuple(fc.boolean(), fc.stringMatching(/^[\x21\x23-\x7e]*$/))
      .map(([weak, it]) => `${weak ? "W/" : ""}"${it}"`)
    fc.assert(
      fc.property(
        fc.array(tag, { minLength: 1 }),
        (tags) => JSON.stringify(entityTags(tags.join(", "))) === JSON.stringify(tags)
      )
    )
    for (const part of [",", '"",', '"" ', 'W/"a"\t', '"a"'])
      expect(entityTags(`${part.repeat(16_000 / part.length)}!`)).toBeUndefined()
  })

  it("evaluate If-Match before If-None-Match, with weak comparison where allowed", () => {
    expect(conditionalStatus({ "if-match": '"1"' }, '"1"')).toBeUndefined()
    expect(conditionalStatus({ "if-match": 'W/"1"' }, '"1"')).toBe(412)
    expect(conditionalStatus({ "if-match": '"2"', "if-none-match": '"1"' }, '"1"')).toBe(412)
    expect(conditionalStatus({ "if-match": "*", "if-none-match": "*" }, '"1"')).toBe(304)
    expect(conditionalStatus({ "if-match": "seven" }, '"1"')).toBe(412)
    expect(conditionalStatus({ "if-none-match": "seven" }, '"1"')).toBeUndefined()
    // Resources have no modification date: date conditions are ignored.
    const date = "Thu, 01 Jan 1970 00:00:00 GMT"
    expect(conditionalStatus({ "if-unmodified-since": date, "if-modified-since": date }, '"1"')).toBeUndefined()
    expect([
      matchesIfNoneMatch('W/"1"', '"1"'),
      matchesIfNoneMatch('"0", "1"', '"1"'),
      matchesIfNoneMatch('"a,"1"', '"1"'),
      matchesIfNoneMatch(undefined, '"1"')
    ]).toEqual([true, true, false, false])
  })
})

describe("list", () => {
  it.each([
    ['If-None-Match: "1"', 304],
    ['If-None-Match: W/"1"', 304],
    ['If-None-Match: "7", W/"1"', 304],
    ["If-None-Match: *", 304],
    ['If-None-Match: "2"', 200],
    ["If-None-Match: 1", 200],
    ['If-Match: "1"', 200],
    ['If-Match: "7", "1"', 200],
    ["If-Match: *", 200],
    ['If-Match: W/"1"', 412],
    ['If-Match: "2"', 412]
  ])("with %s is %i, for HEAD as well", async (line, status) => {
    for (const method of ["GET", "HEAD"]) {
      const { body, headers, status: got } = await ask(method, list, [line])
      expect([method, got]).toEqual([method, status])
      expect(headers.get("etag")).toEqual(status === 412 ? undefined : ['"1"'])
      if (status === 304)
        expect([headers.get("content-type"), headers.get("content-length"), body]).toEqual([undefined, undefined, ""])
      if (status === 412 && method === "GET") expect(JSON.parse(body)).toMatchObject({ code: "PRECONDITION_FAILED" })
    }
  })

  it("that does not exist is 404 under any condition", async () => {
    for (const line of ["If-Match: *", "If-None-Match: *", 'If-Match: "1"'])
      expect((await ask("GET", "/api/lists/AAAAAAAAAAAAAAAAAAAAAA", [line])).status).toBe(404)
  })

  it("accepts commands whose If-Match includes its tag and no weak one", async () => {
    const path = (await ask("POST", "/api/lists")).headers.get("location")?.[0] ?? ""
    const add = async (...lines: ReadonlyArray<string>) =>
      (await ask("POST", `${path}/todos`, lines, '{"text":"milk"}')).status
    expect(await add('If-Match: W/"1"')).toBe(412)
    expect(await add('If-Match: W/"1", "2"')).toBe(412)
    expect(await add('If-Match: "01"')).toBe(412)
    expect(await add('If-Match: "1-gzip"')).toBe(412)
    expect(await add("If-Match: 1")).toBe(400)
    expect(await add('If-Match: "7", "1"')).toBe(201)
    expect(await add('If-Match: "7"', 'If-Match: "2"')).toBe(201)
    expect(await add("If-Match: *")).toBe(201)
    expect((await ask("GET", path)).headers.get("etag")).toEqual(['"4"'])
  })

  it("accepts JSON with one byte order mark", async () => {
    expect((await ask("POST", `${list}/todos`, [], '\ufeff{"text":"milk"}')).status).toBe(201)
    expect((await ask("POST", "/api/lists", [], "\ufeff{}")).status).toBe(201)
    expect((await ask("POST", `${list}/todos`, [], '\ufeff\ufeff{"text":"milk"}')).status).toBe(400)
    expect((await ask("POST", "/api/lists", [], "\ufeff")).status).toBe(400)
  })
})

describe("OpenAPI description", () => {
  it("is cacheable and revalidated", async () => {
    const { headers, status } = await ask("GET", "/api/openapi.json")
    const [etag = ""] = headers.get("etag") ?? []
    expect([status, headers.get("cache-control"), etag]).toEqual([
      200,
      ["no-cache"],
      expect.stringMatching(/^"[\w-]{22}"$/)
    ])
    const known = await ask("GET", "/api/openapi.json", [`If-None-Match: W/${etag}`])
    expect([known.status, known.body, known.headers.get("content-type")]).toEqual([304, "", undefined])
    expect((await ask("GET", "/api/openapi.json", ['If-Match: "other"'])).status).toBe(412)
  })
})
