// GET /static/* over real HTTP: encodings, conditional requests, ranges and caching.
import { brotliCompressSync, gzipSync } from "node:zlib"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { recoveryIntegrity, recoveryScript } from "../../../src/http/server/recovery.ts"
import * as StaticFiles from "../../../src/http/server/StaticFiles.ts"
import { Assets } from "../../../src/layers/assets/Assets.ts"
import { listening, routeDependencies } from "../fastRouter.ts"
import { exchange, type RawResponse } from "../raw.ts"

const text = "a script that says the same again and again; ".repeat(20)
const files = new Map<string, Uint8Array>(
  Object.entries({
    "manifest.json": JSON.stringify({ "index.ts": { file: "index.0a1b2c3d.js" } }),
    "index.0a1b2c3d.js": text,
    "picture.png": "0123456789"
  }).map(([name, content]) => [name, Buffer.from(content)])
)
const copies: ReadonlyArray<[string, Buffer]> = [
  ["br", brotliCompressSync(text)],
  ["gz", gzipSync(text)],
  ["zst", Buffer.from("stands for zstd")]
]
for (const [suffix, copy] of copies) files.set(`index.0a1b2c3d.js.${suffix}`, copy)

type Get = (path: string, headers?: Record<string, string>, method?: string) => Promise<RawResponse>

const served = (test: (get: Get) => Promise<void>, env: Record<string, string> = { NODE_ENV: "production" }) => {
  const layer = StaticFiles.layer.pipe(
    Layer.provide(Layer.effect(Assets, Assets.constants(files))),
    Layer.provideMerge(routeDependencies(env))
  )
  return Effect.runPromise(
    Effect.flatMap(listening, (port) =>
      Effect.promise(() =>
        test((path, headers = {}, method = "GET") =>
          exchange(`http://127.0.0.1:${port}`, [
            `${method} ${path} HTTP/1.1`,
            "Host: localhost",
            "Connection: close",
            ...Object.entries(headers).map(([name, value]) => `${name}: ${value}`)
          ])
        )
      )
    ).pipe(Effect.scoped, Effect.provide(layer))
  )
}
const script = "/static/index.0a1b2c3d.js"
const header = ({ headers }: RawResponse, name: string) => headers.get(name)?.join(", ")

describe("content encoding", () => {
  it.each([
    [undefined, undefined],
    ["", undefined],
    ["gzip", "gzip"],
    ["gzip, deflate, br, zstd", "br"],
    ["gzip, deflate", "gzip"],
    ["zstd, gzip", "zstd"],
    ["br;q=0.5, gzip", "gzip"],
    ["br;q=0.5, gzip;q=0.5", "br"],
    ["br;q=0, *", "zstd"],
    ["*", "br"],
    ["*;q=0", undefined],
    ["identity, br;q=0.5", undefined],
    ["deflate, compress", undefined],
    ["BR", "br"],
    ["gzip;q=nonsense", undefined],
    [",,;;==", undefined]
  ])("Accept-Encoding %s selects %s", (accepted, coding) =>
    served(async (get) => {
      const answer = await get(script, accepted === undefined ? {} : { "accept-encoding": accepted })
      expect(header(answer, "content-encoding")).toBe(coding)
      expect([answer.status, header(answer, "vary")]).toEqual([200, "accept-encoding"])
      const sizes: Record<string, number> = { br: 0, gzip: 1, zstd: 2 }
      const copy = coding === undefined ? undefined : copies[sizes[coding] ?? 0]?.[1]
      expect(header(answer, "content-length")).toBe(String((copy ?? Buffer.from(text)).length))
    })
  )

  it("serves a file without compressed copies as it is", () =>
    served(async (get) => {
      const answer = await get("/static/picture.png", { "accept-encoding": "br" })
      expect([answer.body, header(answer, "content-encoding")]).toEqual(["0123456789", undefined])
    }))
})

describe("caching", () => {
  it("hashed names are immutable and others revalidate in production", () =>
    served(async (get) => {
      expect(header(await get(script), "cache-control")).toBe("public, max-age=31536000, immutable")
      expect(header(await get("/static/picture.png"), "cache-control")).toBe("no-cache")
    }))

  it("nothing is cached in development", () =>
    served(async (get) => expect(header(await get(script), "cache-control")).toBe("no-store"), {
      NODE_ENV: "development"
    }))

  it("304 for a matching ETag of the same encoding, with the headers of a 200", () =>
    served(async (get) => {
      for (const accepted of ["", "br"]) {
        const etag = header(await get(script, { "accept-encoding": accepted }), "etag") ?? ""
        for (const known of [etag, `W/${etag}`, `"other", ${etag}`, "*"]) {
          const answer = await get(script, { "accept-encoding": accepted, "if-none-match": known })
          expect([answer.status, answer.body, header(answer, "etag")]).toEqual([304, "", etag])
          expect(header(answer, "cache-control")).toContain("immutable")
          expect(header(answer, "vary")).toBe("accept-encoding")
          // Content headers do not apply without content.
          for (const name of ["content-type", "content-encoding", "content-length", "accept-ranges"])
            expect([name, header(answer, name)]).toEqual([name, undefined])
        }
        const other = await get(script, { "accept-encoding": "gzip", "if-none-match": etag })
        expect(other.status).toBe(200)
      }
    }))

  it("412 for a failed If-Match before other conditions", () =>
    served(async (get) => {
      const etag = header(await get(script), "etag") ?? ""
      const statusOf = async (headers: Record<string, string>, method = "GET") =>
        (await get(script, headers, method)).status
      for (const tags of [etag, `"other", ${etag}`, "*"]) expect(await statusOf({ "if-match": tags })).toBe(200)
      for (const tags of ['"other"', `W/${etag}`, "nonsense", ""]) {
        expect(await statusOf({ "if-match": tags })).toBe(412)
        expect(await statusOf({ "if-match": tags }, "HEAD")).toBe(412)
        expect(await statusOf({ "if-match": tags, "if-none-match": etag, range: "bytes=0-1" })).toBe(412)
      }
      expect(await statusOf({ "if-match": etag, "if-none-match": etag })).toBe(304)
      expect(await statusOf({ "if-match": etag, range: "bytes=0-1" })).toBe(206)
      expect(await statusOf({ "if-unmodified-since": "Thu, 01 Jan 1970 00:00:00 GMT" })).toBe(200)
    }))

  it("HEAD returns the same headers without a body", () =>
    served(async (get) => {
      const whole = await get(script, { "accept-encoding": "br" })
      const head = await get(script, { "accept-encoding": "br", range: "bytes=0-1" }, "HEAD")
      expect([head.status, head.body]).toEqual([200, ""])
      for (const [name, value] of whole.headers) if (name !== "date") expect(head.headers.get(name)).toEqual(value)
    }))
})

describe("ranges", () => {
  it.each([
    ["bytes=0-0", 206, "0", "bytes 0-0/10"],
    ["bytes=2-4", 206, "234", "bytes 2-4/10"],
    ["bytes=7-", 206, "789", "bytes 7-9/10"],
    ["bytes=-3", 206, "789", "bytes 7-9/10"],
    ["bytes=-99", 206, "0123456789", "bytes 0-9/10"],
    ["bytes=0-99", 206, "0123456789", "bytes 0-9/10"],
    ["bytes=10-", 416, "", "bytes */10"],
    ["bytes=-0", 416, "", "bytes */10"],
    // Several ranges, other units and malformed ones return the whole file.
    ["bytes=0-1,4-5", 200, "0123456789", undefined],
    ["lines=1-2", 200, "0123456789", undefined],
    ["bytes", 200, "0123456789", undefined],
    ["", 200, "0123456789", undefined]
  ])("Range %s is %d", (range, status, body, contentRange) =>
    served(async (get) => {
      const answer = await get("/static/picture.png", { range })
      expect([answer.status, answer.body, header(answer, "content-range")]).toEqual([status, body, contentRange])
    })
  )

  it("an unsatisfiable range is not cacheable", () =>
    served(async (get) => {
      const answer = await get(script, { range: "bytes=999999-" })
      expect([answer.status, header(answer, "cache-control"), header(answer, "etag")]).toEqual([
        416,
        "no-store",
        undefined
      ])
    }))

  it("apply to the content, never to a compressed copy", () =>
    served(async (get) => {
      const answer = await get(script, { range: "bytes=2-7", "accept-encoding": "br" })
      expect([answer.status, answer.body, header(answer, "content-encoding")]).toEqual([
        206,
        text.slice(2, 8),
        undefined
      ])
    }))

  it("continue only an unchanged file (If-Range)", () =>
    served(async (get) => {
      const etag = header(await get(script), "etag") ?? ""
      const since = async (tag: string) => (await get(script, { range: "bytes=0-1", "if-range": tag })).status
      expect([await since(etag), await since('"other"'), await since(`W/${etag}`)]).toEqual([206, 200, 200])
    }))

  it("any header gives a valid response", () =>
    served(async (get) => {
      await fc.assert(
        fc.asyncProperty(
          fc.oneof(
            fc.tuple(fc.nat(20), fc.nat(20)).map(([from, to]) => `bytes=${from}-${to}`),
            fc.stringMatching(/^[\x21-\x7e]{0,30}$/)
          ),
          async (range) => {
            const { body, status } = await get("/static/picture.png", { range })
            expect([200, 206, 416]).toContain(status)
            if (status === 206) expect("0123456789").toContain(body)
            if (status === 200) expect(body).toBe("0123456789")
          }
        )
      )
    }))
})

describe("missing files", () => {
  it("a page's missing script returns the recovery script, whose hash all releases share", () =>
    served(async (get) => {
      const asked = { "sec-fetch-dest": "script" }
      const answer = await get("/static/index.ffffffff.js", asked)
      expect([answer.status, answer.body, header(answer, "cache-control")]).toEqual([200, recoveryScript, "no-store"])
      // Pages of older releases contain its hash: a change would break their recovery.
      expect(recoveryIntegrity).toMatchInlineSnapshot(
        `"sha384-5rWlM6PafFZwx5EMneuhZWDy9CHTYpG7CZZKM47bNfGSnttgFA7J/AMhkkNVC/xE"`
      )
      for (const [path, dest] of [
        ["/static/index.ffffffff.js", "empty"],
        ["/static/index.ffffffff.css", "style"],
        ["/static/index.ffffffff.js.map", "script"],
        ["/static/nothing.js", "script"]
      ] as const) {
        expect((await get(path, { "sec-fetch-dest": dest })).status).toBe(404)
      }
    }))
  it.each([
    "/static/",
    "/static",
    "/static/nothing.js",
    "/static/..%2f..%2fpackage.json",
    "/static/%2e%2e/%2e%2e/package.json",
    "/static/../package.json",
    "/static/index.0a1b2c3d.js%00",
    "/static/index.0a1b2c3d.js%00.png",
    "/static/index.0a1b2c3d.js/",
    "/static/index.0a1b2c3d.js.br",
    "/static/%",
    "/static/folder/file.js",
    "/STATIC/index.0a1b2c3d.js"
  ])("%s", (path) =>
    served(async (get) => {
      const { body, status } = await get(path)
      expect([400, 404]).toContain(status)
      expect(body).not.toMatch(/ENOENT|node_modules|\/static\/dist|Error:/)
    })
  )
})
