// HEAD of a page returns GET's headers without rendering.
import { describe, expect, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { FastRouter } from "../../src/http/server/FastRouter.ts"
import { pageReply } from "../../src/http/server/replies.ts"
import { makeClient } from "./client.ts"
import { get, listening, routeDependencies, until } from "./fastRouter.ts"
import { parse } from "./raw.ts"
import { serverForFile } from "./server.ts"

describe("page", () => {
  it.scoped("is rendered only for GET; a rendering failure is a server error", () =>
    Effect.gen(function* () {
      let rendered = 0
      const router = yield* FastRouter
      router.route("GET", "/page", (incoming) => pageReply(incoming, () => `<p>${++rendered}</p>`))
      router.route("GET", "/fault", (incoming) =>
        pageReply(incoming, () => {
          throw new Error("a fault")
        })
      )
      const port = yield* listening
      const ask = Effect.fnUntraced(function* (path: string, method: string) {
        const client = yield* get(port, path, { connection: "close" }, method)
        yield* until(client.isClosed)
        return parse(client.text())
      })
      const head = yield* ask("/page", "HEAD")
      expect([head.status, head.body, rendered]).toEqual([200, "", 0])
      const whole = yield* ask("/page", "GET")
      expect([whole.body, rendered]).toEqual(["<p>1</p>", 1])
      expect((yield* ask("/fault", "GET")).status).toBe(500)
    }).pipe(Effect.provide(routeDependencies()))
  )
})

describe("HEAD", () => {
  const server = serverForFile()
  /** Without connection headers and Content-Length, which is unknown without rendering. */
  const headersOf = (headers: Headers) => {
    const left = new Map<string, string>()
    headers.forEach((value, name) => void left.set(name, value))
    for (const name of ["connection", "content-length", "date", "keep-alive", "transfer-encoding"]) left.delete(name)
    return left
  }

  it("returns GET's headers on every page", async () => {
    const client = makeClient(server.url)
    const list = await client.newList()
    const edit = /href="([^"]*\/edit)"/.exec((await client.get(list)).text)?.[1] ?? ""
    for (const path of ["/", list, `${list}?page=2`, edit, "/account", "/analytics", "/lists/AAAAAAAAAAAAAAAAAAAAAA"]) {
      const whole = await client.get(path)
      const head = await client.request("HEAD", path)
      expect([path, head.status, head.text, headersOf(head.headers)]).toEqual([
        path,
        whole.status,
        "",
        headersOf(whole.headers)
      ])
    }
  })
})
