// Whether the process lives, is ready, and how its parts are.
import * as HttpLayerRouter from "@effect/platform/HttpLayerRouter"
import * as Effect from "effect/Effect"
import { Analytics } from "../../layers/analytics/Analytics.ts"
import { describe } from "../../layers/analytics/ingest.ts"
import { AssetShelf } from "../../layers/assets/AssetShelf.ts"
import { EventBus } from "../../layers/eventBus/EventBus.ts"
import { EventStore } from "../../layers/eventStore/EventStore.ts"
import { Nodes } from "../../layers/node/Nodes.ts"
import { Settings } from "../../layers/node/Settings.ts"
import { isExceeded, type Signal, Signals } from "../../layers/node/Signals.ts"
import { Projections } from "../../layers/projections/Projections.ts"
import { DecodeFailures } from "../../layers/subscriptions/DecodeFailures.ts"
import { answered } from "../server/Errors.ts"
import { jsonResponse } from "../server/pageRoutes.ts"
import { withTimeout } from "../server/withTimeout.ts"
import { SseConnections } from "../sse/SseConnections.ts"
import { requireOperator } from "./admin.ts"
import { Readiness } from "./Readiness.ts"

/** Nobody feels it yet, so all is well; but it is time to act. */
const describeSignal = ({ threshold, unit, value }: Signal) =>
  `${Number(value.toPrecision(3))} ${unit}, of which ${Number(threshold.toPrecision(3))} are a sign to grow (docs/scale.md)`

const ending = { process: { status: "down", reason: "shutting down" } } as const

interface Component {
  readonly status: "ok" | "degraded" | "down"
  readonly reason?: string
}

/** The worst of its parts. */
const overall = (components: Readonly<Record<string, Component>>): Component["status"] => {
  const found = new Set(Object.values(components).map(({ status }) => status))
  return found.has("down") ? "down" : found.has("degraded") ? "degraded" : "ok"
}

export const layer = HttpLayerRouter.use((router) =>
  Effect.gen(function* () {
    const store = yield* EventStore
    const projections = yield* Projections
    const failures = yield* DecodeFailures
    const analytics = yield* Analytics
    const readiness = yield* Readiness
    const shelf = yield* AssetShelf
    const bus = yield* EventBus
    const nodes = yield* Nodes
    const signals = yield* Signals
    const streams = yield* SseConnections
    const { environment } = yield* Settings
    const operator = yield* requireOperator

    const log = Effect.match(withTimeout(store.head), {
      onSuccess: (): Component => ({ status: "ok" }),
      onFailure: ({ reason }): Component => ({ status: "down", reason })
    })
    const readModels = Effect.map(projections.status, (all): Component => {
      const waiting = all.flatMap(({ name, waiting }) => (waiting === null ? [] : [`${name} waits: ${waiting}`]))
      const rebuilding = all.filter((it) => it.rebuilding).map(({ name }) => `${name} is being rebuilt`)
      const reason = [...waiting, ...rebuilding].join("; ")
      return { status: waiting.length === 0 ? "ok" : "degraded", ...(reason === "" ? {} : { reason }) }
    })
    const events = Effect.map(failures.recent, ([newest]): Component => {
      if (newest === undefined) return { status: "ok" }
      const { consumer, eventType, reason, sequence } = newest
      return { status: "degraded", reason: `${consumer} can't read event ${sequence} (${eventType}): ${reason}` }
    })
    const queries = (): Component => {
      const { progress, unavailable } = analytics.status()
      if (unavailable !== undefined) return { status: "degraded", reason: unavailable }
      return progress === undefined ? { status: "ok" } : { status: "ok", reason: describe(progress) }
    }
    const capacity = Effect.map(
      Effect.flatMap(streams.count, ({ open }) => signals.read(open)),
      (all): Component => {
        const reason = all.filter(isExceeded).map(describeSignal).join("; ")
        return { status: "ok", ...(reason === "" ? {} : { reason }) }
      }
    )
    const buses = (): Component => {
      const reason = bus.silent()
      return reason === undefined ? { status: "ok" } : { status: "degraded", reason }
    }
    const others = Effect.match(withTimeout(nodes.all), {
      onSuccess: (all): Component => ({ status: "ok", reason: all.map(({ nodeId }) => nodeId).join(", ") }),
      onFailure: ({ reason }): Component => ({ status: "degraded", reason })
    })
    const health = Effect.gen(function* () {
      const asked = yield* Effect.all(
        { eventStore: log, nodes: others, capacity, projections: readModels, events },
        { concurrency: "unbounded" }
      )
      const components = {
        ...asked,
        eventBus: buses(),
        analytics: queries(),
        ...(readiness.isEnding() ? ending : {})
      }
      const status = overall(components)
      // In production the detail is the operator's.
      const mayKnow = environment !== "production" || (yield* Effect.isSuccess(operator))
      return jsonResponse({ status, ...(mayKnow ? { components } : {}) }, status === "down" ? 503 : 200)
    })

    yield* router.add("GET", "/health", answered(health))
    // A page is not to be had before its files are, wherever it asks for them.
    yield* router.add("GET", "/health/ready", answered(Effect.zipRight(shelf.announced, health)))
    yield* router.add("GET", "/health/live", Effect.succeed(jsonResponse({ status: "ok" })))
  })
)
