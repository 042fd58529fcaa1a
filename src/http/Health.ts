// Whether the process lives, is ready, and how its parts are; and the same in numbers for Prometheus.
import * as HttpLayerRouter from "@effect/platform/HttpLayerRouter"
import * as HttpServerResponse from "@effect/platform/HttpServerResponse"
import * as Effect from "effect/Effect"
import { EventBus } from "../layers/EventBus.ts"
import { EventStore } from "../layers/EventStore.ts"
import { Projections } from "../layers/Projections.ts"
import { SessionStore } from "../layers/SessionStore.ts"
import { Settings } from "../layers/Settings.ts"
import { requireOperator } from "./admin.ts"
import { answered } from "./Errors.ts"
import { EventStreams } from "./EventStreams.ts"

const json = (body: unknown, status = 200) =>
  HttpServerResponse.text(JSON.stringify(body), {
    status,
    contentType: "application/json",
    headers: { "cache-control": "no-store" }
  })

interface Component {
  readonly status: "ok" | "degraded" | "down"
  readonly reason?: string
}

export const layer = HttpLayerRouter.use((router) =>
  Effect.gen(function* () {
    const store = yield* EventStore
    const bus = yield* EventBus
    const projections = yield* Projections
    const sessions = yield* SessionStore
    const streams = yield* EventStreams
    const { environment } = yield* Settings
    const operator = yield* requireOperator

    const log = Effect.match(store.head, {
      onSuccess: (): Component => ({ status: "ok" }),
      onFailure: ({ reason }): Component => ({ status: "down", reason })
    })
    const health = Effect.gen(function* () {
      const eventStore = yield* log
      const status = eventStore.status
      // In production the detail is the operator's.
      const mayKnow = yield* Effect.isSuccess(operator)
      const detail = environment === "production" && !mayKnow ? {} : { components: { eventStore } }
      return json({ status, ...detail }, status === "down" ? 503 : 200)
    })

    const metrics = Effect.gen(function* () {
      yield* operator
      const head = yield* store.head
      const samples: ReadonlyArray<readonly [string, "counter" | "gauge", number]> = [
        ["evenstar_log_head_sequence", "gauge", head],
        ["evenstar_bus_lagged_total", "counter", yield* bus.lagged],
        ["evenstar_streams_open", "gauge", yield* streams.open],
        ["evenstar_sessions_created_total", "counter", yield* sessions.created]
      ]
      const lines = samples.map(([name, type, value]) => `# TYPE ${name} ${type}\n${name} ${value}\n`)
      const cursors = [...(yield* projections.cursors)].map(
        ([name, cursor]) => `evenstar_projection_sequence{projection="${name}"} ${cursor}\n`
      )
      return HttpServerResponse.text([...lines, "# TYPE evenstar_projection_sequence gauge\n", ...cursors].join(""), {
        contentType: "text/plain; version=0.0.4; charset=utf-8"
      })
    })

    yield* router.add("GET", "/health", answered(health))
    yield* router.add("GET", "/health/ready", answered(health))
    yield* router.add("GET", "/health/live", Effect.succeed(json({ status: "ok" })))
    yield* router.add("GET", "/metrics", answered(metrics))
  })
)
