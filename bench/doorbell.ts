// Waking a worker fiber with `lib/doorbell.ts`. Baseline: an `Effect.makeLatch` that is opened,
// awaited and closed again. A wake-up is a ring, the fiber's run, and its next wait. Target: no
// slower than the latch.
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Doorbell from "../src/lib/doorbell.ts"
import { benchmark, quick, show, table, target } from "./support/report.ts"
import { interleaved } from "./support/rounds.ts"
import { ratios, spread } from "./support/stats.ts"

const rounds = quick ? 2 : 9
const wakeUps = quick ? 10_000 : 200_000
const rings = quick ? 100_000 : 5_000_000

interface Contender {
  readonly ring: () => void
  readonly wait: Effect.Effect<void>
}

/** Nanoseconds per call. */
const timed = async (count: number, run: () => Promise<unknown>) => {
  globalThis.gc?.()
  const started = performance.now()
  await run()
  return ((performance.now() - started) * 1e6) / count
}

const wakeUp = (make: (isReady: () => boolean) => Contender) => () =>
  timed(wakeUps, () => {
    let isThere = false
    const { ring, wait } = make(() => isThere)
    const worker = Effect.forever(
      Effect.map(wait, () => {
        isThere = false
      })
    )
    return Effect.runPromise(
      Effect.gen(function* () {
        const fiber = yield* Effect.fork(worker)
        for (let n = 0; n < wakeUps; n++) {
          yield* Effect.yieldNow()
          isThere = true
          ring()
        }
        yield* Fiber.interrupt(fiber)
      })
    )
  })

/** A ring without a waiting fiber. */
const idleRing = (make: (isReady: () => boolean) => Contender) => () =>
  timed(rings, async () => {
    const { ring } = make(() => true)
    for (let n = 0; n < rings; n++) ring()
  })

const latch = (): Contender => {
  const made = Effect.unsafeMakeLatch()
  return { ring: () => void made.unsafeOpen(), wait: Effect.zipRight(made.await, made.close) }
}

await benchmark("doorbell", `${wakeUps} wake-ups, and ${rings} rings without a waiting fiber`, async () => {
  const contenders = [
    ["doorbell", wakeUp(Doorbell.make), idleRing(Doorbell.make)],
    ["Effect.makeLatch", wakeUp(latch), idleRing(latch)]
  ] as const
  type Name = (typeof contenders)[number][0]
  for (const [, wake, idle] of contenders) await wake().then(idle)
  const woken = await interleaved<Name, number>(
    rounds,
    contenders.map(([name, wake]) => [name, wake] as const)
  )
  const idle = await interleaved<Name, number>(
    rounds,
    contenders.map(([name, , ring]) => [name, ring] as const)
  )
  table(
    ["", "ns a wake-up", "ns a ring without a waiter"],
    contenders.map(([name]) => [name, show(spread(woken(name))), show(spread(idle(name)))])
  )
  target("a wake-up / Effect.makeLatch", ratios(woken("doorbell"), woken("Effect.makeLatch")).median, "at most", 1)
})
