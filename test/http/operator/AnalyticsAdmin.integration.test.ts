// The operator's analytics endpoints and their authorization.
import { describe, expect, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { AnalyticsUnavailable } from "../../../src/domain/AnalyticsQuery.ts"
import { noEvents } from "../../../src/domain/StoredEvent.ts"
import * as AnalyticsAdmin from "../../../src/http/operator/AnalyticsAdmin.ts"
import { Analytics, type AnalyticsService } from "../../../src/layers/analytics/Analytics.ts"
import { get, listening, routeDependencies, until } from "../fastRouter.ts"
import { parse } from "../raw.ts"

/** Analytics with fixed differences; counts the calls. */
const operated = (verify: AnalyticsService["verify"] = Effect.succeed([])) => {
  const counts = { verified: 0, rebuilt: 0 }
  const layer = Layer.mock(Analytics, {
    waiting: () => 0,
    verify: Effect.zipRight(
      Effect.sync(() => {
        counts.verified++
      }),
      verify
    ),
    rebuild: Effect.sync(() => {
      counts.rebuilt++
    }),
    status: () => ({ sequence: noEvents, days: undefined, epoch: 0, unavailable: undefined, progress: undefined })
  })
  return { counts, layer }
}

const serving = ({ layer }: ReturnType<typeof operated>, overrides: Record<string, string> = {}) =>
  AnalyticsAdmin.layer.pipe(Layer.provide(layer), Layer.provideMerge(routeDependencies(overrides)))

const ask = (path: string, headers: Record<string, string> = {}, method = "POST") =>
  Effect.scoped(
    Effect.gen(function* () {
      const port = yield* listening
      const client = yield* get(port, path, { connection: "close", "content-length": "0", ...headers }, method)
      yield* until(client.isClosed)
      return parse(client.text())
    })
  )
const [verify, rebuild] = ["/admin/analytics/verify", "/admin/analytics/rebuild"]

describe("operator", () => {
  it.scoped.each(["", "event 3 is missing"])("gets the row differences: %j", (difference) => {
    const found = difference === "" ? [] : [difference]
    const analytics = operated(Effect.succeed(found))
    return Effect.gen(function* () {
      const { body, headers, status } = yield* ask(verify)
      expect([status, JSON.parse(body)]).toEqual([200, { differences: found }])
      expect(headers.get("content-type")).toEqual(["application/json"])
      expect(headers.get("cache-control")).toEqual(["no-store"])
      expect(analytics.counts).toEqual({ verified: 1, rebuilt: 0 })
    }).pipe(Effect.provide(serving(analytics)))
  })

  it.scoped("starts a rebuild without waiting for it", () => {
    const analytics = operated()
    return Effect.gen(function* () {
      const { body, status } = yield* ask(rebuild)
      expect([status, JSON.parse(body)]).toEqual([202, { status: "rebuilding" }])
      expect(analytics.counts).toEqual({ verified: 0, rebuilt: 1 })
    }).pipe(Effect.provide(serving(analytics)))
  })

  it.scoped("gets the reason when rows cannot be compared", () => {
    const analytics = operated(new AnalyticsUnavailable({ reason: "the disk is full" }))
    return Effect.gen(function* () {
      const { body, headers, status } = yield* ask(verify)
      expect([status, headers.get("retry-after")]).toEqual([503, ["5"]])
      expect(body).toContain("the disk is full")
    }).pipe(Effect.provide(serving(analytics)))
  })

  it.scoped("cannot trigger either by following a link", () => {
    const analytics = operated()
    return Effect.gen(function* () {
      for (const path of [verify, rebuild]) expect((yield* ask(path, {}, "GET")).status).toBe(404)
      expect(analytics.counts).toEqual({ verified: 0, rebuilt: 0 })
    }).pipe(Effect.provide(serving(analytics)))
  })
})

describe("anybody else", () => {
  it.scoped("is refused without the token in production", () => {
    const analytics = operated()
    return Effect.gen(function* () {
      for (const path of [verify, rebuild]) {
        for (const headers of [{}, { authorization: "Bearer wrong" }, { authorization: "secret" }]) {
          const refused = yield* ask(path, headers)
          expect([refused.status, refused.headers.get("www-authenticate")]).toEqual([401, ["Bearer"]])
        }
      }
      expect(analytics.counts).toEqual({ verified: 0, rebuilt: 0 })
      for (const path of [verify, rebuild]) {
        expect((yield* ask(path, { authorization: "Bearer secret" })).status).toBeLessThan(300)
      }
    }).pipe(Effect.provide(serving(analytics, { NODE_ENV: "production", ADMIN_TOKEN: "secret" })))
  })

  it.scoped("is refused under another host name in development", () => {
    const analytics = operated()
    return Effect.gen(function* () {
      for (const path of [verify, rebuild]) {
        expect((yield* ask(path, { host: "evil.example" })).status).toBe(403)
      }
      expect(analytics.counts).toEqual({ verified: 0, rebuilt: 0 })
    }).pipe(Effect.provide(serving(analytics)))
  })
})
