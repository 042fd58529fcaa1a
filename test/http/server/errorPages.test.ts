// Error pages: what has happened, what to do, a way on. No way leads to another host.
import { describe, expect, it } from "@effect/vitest"
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Logger from "effect/Logger"
import type { Refusal } from "../../../src/domain/Refusal.ts"
import { ListGone, ListNotFound } from "../../../src/features/todo/TodoListRefusals.ts"
import {
  Forbidden,
  MethodNotAllowed,
  PayloadTooLarge,
  problemReply,
  TooManyStreams,
  Unauthenticated,
  ValidationFailed
} from "../../../src/http/server/Errors.ts"
import { ErrorPageAssets } from "../../../src/http/views/pageAssets.ts"
import { Assets } from "../../../src/layers/assets/Assets.ts"
import { SiteName } from "../../../src/layers/node/SiteName.ts"
import { RateLimited } from "../../../src/layers/rateLimits/RateLimits.ts"

const site = Layer.provide(ErrorPageAssets.layer, Assets.layerMemory).pipe(
  Layer.provideMerge(Layer.succeed(SiteName, "Shop & Co")),
  Layer.merge(Logger.remove(Logger.defaultLogger))
)

const asked = (method = "GET", headers: Record<string, string> = {}, url = "/lists/1") => ({
  method,
  url,
  headers: { host: "shop.example", ...headers }
})
const textOf = (html: string) =>
  html
    .replaceAll(/<head>.*<\/head>|<[^>]+>/gs, " ")
    .replaceAll(/\s+/g, " ")
    .trim()
const waysOf = (html: string) =>
  [...html.matchAll(/<li><a href="([^"]*)">([^<]*)<\/a>/g)].map(([, href, text]) => [href, text])

describe("error page", () => {
  it.effect.each<[status: number, cause: Cause.Cause<Refusal>, ...texts: ReadonlyArray<string>]>([
    [400, Cause.fail(new ValidationFailed({ message: "text: too long" })), "text: too long.", "change what you"],
    [401, Cause.fail(new Unauthenticated()), "admin token", "signed in"],
    [403, Cause.fail(new Forbidden({ message: "Only <b>others</b>" })), "Only &lt;b>others&lt;/b>.", "ask the person"],
    [404, Cause.fail(new ListNotFound()), "There is no such list.", "mistyped or cut off"],
    [405, Cause.fail(new MethodNotAllowed({ allowed: ["GET"] })), "open the page again"],
    [410, Cause.fail(new ListGone()), "Deleted", "restore it"],
    [413, Cause.fail(new PayloadTooLarge({ limit: 1 })), "too large.", "make it shorter"],
    [429, Cause.fail(new RateLimited({ retryAfter: 1 })), "possible again in 1 second.", "is limited"],
    [429, Cause.fail(new RateLimited({ retryAfter: 150 })), "possible again in 3 minutes."],
    [500, Cause.die(new Error("secret")), "our side.", "please give this number: "],
    [503, Cause.fail(new TooManyStreams({ of: "server" })), "try again later.", "possible again in 5 seconds."]
  ])("%i", ([status, cause, ...texts]) =>
    Effect.gen(function* () {
      const reply = yield* problemReply(cause, asked())
      expect(reply.status).toBe(status)
      const text = textOf(reply.body)
      expect(text).toContain(`Shop & Co Error ${status} `.replace("&", "&amp;"))
      for (const part of texts) expect(text).toContain(part)
      expect(text).not.toContain("secret")
      expect(waysOf(reply.body)).toContainEqual(["/", "To the start page"])
      // Styled and with the site's icons, and without a script.
      expect(reply.body).toMatch(/rel="icon".*rel="apple-touch-icon".*rel="manifest"/)
      expect(reply.body).toContain('<meta name="color-scheme" content="light dark"/>')
      expect(reply.body).not.toMatch(/<script|class="missing"/)
    }).pipe(Effect.provide(site))
  )

  it.effect("has the error id of the log", () =>
    Effect.gen(function* () {
      const logged: Array<string> = []
      const logger = Logger.make(({ annotations }) => {
        for (const [name, value] of annotations) if (name === "errorId") logged.push(String(value))
      })
      const { body } = yield* Effect.provide(
        problemReply(Cause.die(new Error("secret")), asked()),
        Logger.replace(Logger.defaultLogger, logger)
      )
      expect(logged).toHaveLength(1)
      expect(body).toContain(`<code>${logged[0]}</code>`)
    })
  )

  it.effect("offers to ask again only for a page and a temporary error", () =>
    Effect.gen(function* () {
      const busy = Cause.fail(new TooManyStreams({ of: "server" }))
      const again = ["/lists/1", "Try again"]
      expect(waysOf((yield* problemReply(busy, asked())).body)[0]).toEqual(again)
      expect(waysOf((yield* problemReply(busy, asked("POST"))).body)).not.toContainEqual(again)
      const missing = Cause.fail(new ListNotFound())
      expect(waysOf((yield* problemReply(missing, asked())).body)).not.toContainEqual(again)
    })
  )

  it.effect("leads back to the page of a form on this host, and to no other host", () =>
    Effect.gen(function* () {
      const waysBack = (referer: string, url?: string) =>
        Effect.map(
          problemReply(Cause.fail(new PayloadTooLarge({ limit: 1 })), asked("POST", { referer }, url)),
          ({ body }) => waysOf(body).slice(0, -1)
        )
      expect(yield* waysBack("https://shop.example/lists/1?page=2")).toEqual([["/lists/1?page=2", "Back to the page"]])
      const others = [
        "https://evil.example/lists/1",
        "https://shop.example//evil.example/",
        "https://shop.example/\\evil.example/",
        'https://shop.example/?"><script>',
        "https://shop.example/lists/%3Cimg%3E",
        "javascript:alert(1)",
        "data:text/html,shop.example",
        "nonsense",
        ""
      ]
      for (const referer of others) expect([referer, yield* waysBack(referer)]).toEqual([referer, []])
      // No link to a URL that a browser would take for one of another host.
      const { body } = yield* problemReply(
        Cause.fail(new TooManyStreams({ of: "server" })),
        asked("GET", {}, "//evil.example/")
      )
      expect(body).not.toContain("evil.example")
    })
  )

  it.effect("is a short text for htmx, and a problem for the API", () =>
    Effect.gen(function* () {
      const cause = Cause.fail(new PayloadTooLarge({ limit: 1 }))
      expect((yield* problemReply(cause, asked("POST", { "hx-request": "true" }))).body).toBe(
        "<p>The body is too large</p>"
      )
      const { body } = yield* problemReply(cause, asked("POST", {}, "/api/lists"))
      expect(JSON.parse(body)).toMatchObject({ code: "PAYLOAD_TOO_LARGE" })
    })
  )

  it.effect("needs no built files", () =>
    Effect.map(problemReply(Cause.fail(new ListNotFound()), asked()), ({ body }) => {
      expect(body).not.toContain("/static/")
      expect(textOf(body)).toContain("Evenstar Error 404 Not found There is no such list.")
    })
  )
})
