// Liveness, readiness and health of the components; checks are added by checks.ts and by features.
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { SharedAssets } from "../../layers/assets/SharedAssets.ts"
import { Settings } from "../../layers/node/Settings.ts"
import { FastRouter } from "../server/FastRouter.ts"
import { jsonReply } from "../server/replies.ts"
import { operatorCheck } from "./admin.ts"
import { Readiness } from "./Readiness.ts"

export interface Component {
  readonly status: "ok" | "degraded" | "down"
  readonly reason?: string
}

export class HealthChecks extends Context.Tag("evenstar/HealthChecks")<
  HealthChecks,
  {
    /** Adds a check under a unique name; it must complete within about 1 s. */
    readonly add: (name: string, check: Effect.Effect<Component>) => void
    readonly all: () => Readonly<Record<string, Effect.Effect<Component>>>
  }
>() {
  static readonly layer = Layer.sync(HealthChecks, () => {
    const checks: Record<string, Effect.Effect<Component>> = {}
    return {
      add: (name, check) => {
        checks[name] = check
      },
      all: () => checks
    }
  })
}

const ending = { process: { status: "down", reason: "shutting down" } } as const

/** The worst status of all components. */
const overall = (components: Readonly<Record<string, Component>>): Component["status"] => {
  const found = new Set(Object.values(components).map(({ status }) => status))
  return found.has("down") ? "down" : found.has("degraded") ? "degraded" : "ok"
}

export const layer = Layer.effectDiscard(
  Effect.gen(function* () {
    const checks = yield* HealthChecks
    const readiness = yield* Readiness
    const router = yield* FastRouter
    const shelf = yield* SharedAssets
    const { environment } = yield* Settings
    const operator = yield* operatorCheck

    const health = Effect.fnUntraced(function* (message: Parameters<typeof operator>[0]) {
      const asked = yield* Effect.all(checks.all(), { concurrency: "unbounded" })
      const components: Readonly<Record<string, Component>> = {
        ...asked,
        ...(readiness.isEnding() ? ending : {})
      }
      const status = overall(components)
      // In production only the operator sees the components.
      const mayKnow = environment !== "production" || (yield* Effect.isSuccess(operator(message)))
      return jsonReply({ status, ...(mayKnow ? { components } : {}) }, status === "down" ? 503 : 200)
    })

    router.route("GET", "/health", ({ message }) => health(message))
    // Ready only when this release's files can be served by every node.
    router.route("GET", "/health/ready", ({ message }) => Effect.zipRight(shelf.announced, health(message)))
    router.route("GET", "/health/live", () => jsonReply({ status: "ok" }))
  })
)
