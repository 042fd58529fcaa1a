// The streams' ticker: one flush per turn with rings, none lost, at most half of the event loop.
import { describe, expect, it } from "@effect/vitest"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Logger from "effect/Logger"
import { makeTicker } from "../../../src/http/sse/ticker.ts"
import { yieldToEventLoop } from "../../../src/lib/eventLoop.ts"

/** Waits real event loop turns until the condition holds: the ticker runs on the real loop. */
const until = (condition: () => boolean) => Effect.repeat(yieldToEventLoop, { until: condition })
const turns = Effect.repeatN(yieldToEventLoop, 20)

/** Keeps the event loop busy. */
const work = (millis: number) =>
  Effect.sync(() => {
    for (const end = performance.now() + millis; performance.now() < end; );
  })

describe("ticker", () => {
  it.scoped("flushes once for all rings of a turn, and not without a ring", () =>
    Effect.gen(function* () {
      let flushes = 0
      const ring = yield* makeTicker(Effect.sync(() => void flushes++))
      yield* turns
      expect(flushes).toBe(0)
      for (let n = 0; n < 10; n++) ring()
      yield* until(() => flushes > 0)
      yield* turns
      expect(flushes).toBe(1)
    })
  )

  it.scoped("flushes again for a ring during a flush", () =>
    Effect.gen(function* () {
      const gate = yield* Deferred.make<void>()
      let flushes = 0
      const ring = yield* makeTicker(
        Effect.suspend(() => {
          flushes++
          return Deferred.await(gate)
        })
      )
      ring()
      yield* until(() => flushes === 1)
      ring()
      yield* turns
      expect(flushes).toBe(1)
      yield* Deferred.succeed(gate, undefined)
      yield* until(() => flushes === 2)
    })
  )

  it.scoped("pauses after a flush for as long as it took, and for 5 ms at least", () =>
    Effect.gen(function* () {
      const began: Array<number> = []
      const ended: Array<number> = []
      let millis = 0
      const flush = Effect.suspend(() => {
        began.push(performance.now())
        return Effect.zipRight(
          work(millis),
          Effect.sync(() => void ended.push(performance.now()))
        )
      })
      const ring = yield* makeTicker(flush)
      for (millis of [0, 30, 0]) {
        const before = ended.length
        ring()
        yield* until(() => ended.length > before)
      }
      const pauses = began.slice(1).map((at, index) => at - (ended[index] ?? 0))
      // A timer counts from the start of its turn of the event loop, so it may fire early.
      expect(pauses[0]).toBeGreaterThanOrEqual(2)
      expect(pauses[1]).toBeGreaterThanOrEqual(27)
    })
  )

  it.scoped("continues after a failed flush and logs the failure", () =>
    Effect.gen(function* () {
      const lines: Array<string> = []
      const logger = Logger.map(Logger.logfmtLogger, (line) => void lines.push(line))
      let flushes = 0
      const flush = Effect.suspend(() => (++flushes === 1 ? Effect.die("broken") : Effect.void))
      const ring = yield* Effect.provide(makeTicker(flush), Logger.replace(Logger.defaultLogger, logger))
      ring()
      yield* until(() => flushes === 1)
      ring()
      yield* until(() => flushes === 2)
      expect(lines.filter((line) => line.includes("broken"))).toHaveLength(1)
    })
  )
})
