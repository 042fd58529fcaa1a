// The stack's own health checks.
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { Analytics } from "../../layers/analytics/Analytics.ts"
import { describeProgress } from "../../layers/analytics/ingest.ts"
import { EventBus } from "../../layers/eventBus/EventBus.ts"
import { EventStore } from "../../layers/eventStore/EventStore.ts"
import { type CapacitySignal, CapacitySignals, isExceeded } from "../../layers/node/CapacitySignals.ts"
import { ClusterMembership } from "../../layers/node/ClusterMembership.ts"
import { Projections } from "../../layers/projections/Projections.ts"
import { DecodeFailures } from "../../layers/subscriptions/DecodeFailures.ts"
import { withTimeout } from "../server/withTimeout.ts"
import { SseConnections } from "../sse/SseConnections.ts"
import { type Component, HealthChecks } from "./Health.ts"

/** A warning: the status stays `ok`. */
const describeSignal = ({ threshold, unit, value }: CapacitySignal) =>
  `${Number(value.toPrecision(3))} ${unit}; one node is saturated at ${Number(threshold.toPrecision(3))} (docs/scale.md)`

const told = (reason: string): Component => ({ status: "ok", ...(reason === "" ? {} : { reason }) })

export const layer = Layer.effectDiscard(
  Effect.gen(function* () {
    const { add } = yield* HealthChecks
    const analytics = yield* Analytics
    const bus = yield* EventBus
    const failures = yield* DecodeFailures
    const nodes = yield* ClusterMembership
    const projections = yield* Projections
    const signals = yield* CapacitySignals
    const store = yield* EventStore
    const streams = yield* SseConnections

    add(
      "eventStore",
      Effect.match(withTimeout(store.head), {
        onSuccess: (): Component => ({ status: "ok" }),
        onFailure: ({ reason }): Component => ({ status: "down", reason })
      })
    )
    add(
      "nodes",
      Effect.match(withTimeout(nodes.all), {
        onSuccess: (all): Component => ({ status: "ok", reason: all.map(({ nodeId }) => nodeId).join(", ") }),
        onFailure: ({ reason }): Component => ({ status: "degraded", reason })
      })
    )
    add(
      "capacity",
      Effect.map(
        Effect.flatMap(streams.count, ({ open }) => signals.read(open)),
        (all) => told(all.filter(isExceeded).map(describeSignal).join("; "))
      )
    )
    add(
      "projections",
      Effect.map(projections.status, (all): Component => {
        const waiting = all.flatMap(({ name, waiting }) => (waiting === null ? [] : [`${name} waits: ${waiting}`]))
        const rebuilding = all.filter((it) => it.rebuilding).map(({ name }) => `${name} is being rebuilt`)
        const { reason } = told([...waiting, ...rebuilding].join("; "))
        return { status: waiting.length === 0 ? "ok" : "degraded", ...(reason === undefined ? {} : { reason }) }
      })
    )
    add(
      "events",
      Effect.map(failures.recent, ([newest]): Component => {
        if (newest === undefined) return { status: "ok" }
        const { consumer, eventType, reason, sequence } = newest
        return { status: "degraded", reason: `${consumer} can't read event ${sequence} (${eventType}): ${reason}` }
      })
    )
    add(
      "eventBus",
      Effect.sync((): Component => {
        const reason = bus.silent()
        return reason === undefined ? { status: "ok" } : { status: "degraded", reason }
      })
    )
    add(
      "analytics",
      Effect.sync((): Component => {
        const { progress, unavailable } = analytics.status()
        if (unavailable !== undefined) return { status: "degraded", reason: unavailable }
        return progress === undefined ? { status: "ok" } : { status: "ok", reason: describeProgress(progress) }
      })
    )
  })
)
