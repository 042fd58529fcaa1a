// GET /metrics: Prometheus text format; metrics are added by gauges.ts and by features.
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { FastRouter } from "../server/FastRouter.ts"
import { operatorCheck } from "./admin.ts"

export type Samples = ReadonlyArray<readonly [labels: string, value: number]>

/** `+Inf` as in Prometheus' text format; numbers as Go and Prometheus parse them. */
const number = (value: number) => (value === Number.POSITIVE_INFINITY ? "+Inf" : String(value))

/** Formats a metric of the Prometheus text format with its samples. */
export const metric = (name: string, help: string, type: "counter" | "gauge", samples: Samples | number) => {
  const all: Samples = typeof samples === "number" ? [["", samples]] : samples
  const lines = all.map(([labels, value]) => `${name}${labels} ${number(value)}\n`)
  return `# HELP ${name} ${help}\n# TYPE ${name} ${type}\n${lines.join("")}`
}

export class Metrics extends Context.Tag("evenstar/Metrics")<
  Metrics,
  {
    /** Adds metrics formatted by `metric`; must complete within about 1 s. */
    readonly add: (collect: Effect.Effect<ReadonlyArray<string>>) => void
    readonly collect: Effect.Effect<string>
  }
>() {
  static readonly layer = Layer.sync(Metrics, () => {
    const all: Array<Effect.Effect<ReadonlyArray<string>>> = []
    return {
      add: (collect) => void all.push(collect),
      collect: Effect.suspend(() => Effect.map(Effect.all(all), (metrics) => metrics.flat().join("")))
    }
  })
}

export const layer = Layer.effectDiscard(
  Effect.gen(function* () {
    const metrics = yield* Metrics
    const operator = yield* operatorCheck
    const router = yield* FastRouter
    router.route("GET", "/metrics", ({ message }) =>
      Effect.map(Effect.zipRight(operator(message), metrics.collect), (body) => ({
        status: 200,
        headers: { "content-type": "text/plain; version=0.0.4; charset=utf-8" },
        body
      }))
    )
  })
)
