// Rate limits on the test clock: bursts, refills, Retry-After, and guesses.
import { describe, expect, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Layer from "effect/Layer"
import * as TestClock from "effect/TestClock"
import * as TestContext from "effect/TestContext"
import * as fc from "fast-check"
import { ListNotFound } from "../../../src/features/todo/TodoList.ts"
import { network } from "../../../src/http/server/address.ts"
import { Postgres } from "../../../src/layers/postgres/Postgres.ts"
import {
  maxBuckets,
  maxCommandResultsPerNetwork,
  maxSessionsPerNetwork,
  networkShare,
  RateLimited,
  RateLimits
} from "../../../src/layers/rateLimits/RateLimits.ts"
import * as RateLimitsBackend from "../../../src/layers/rateLimits/RateLimitsBackend.ts"
import { settings } from "../../support.ts"

const limits = (overrides: Record<string, string>) =>
  RateLimitsBackend.layer.pipe(Layer.provide(Postgres.layerNone), Layer.provide(settings(overrides)))

/** Number of successes among `tries`. */
const granted = <E>(attempt: Effect.Effect<void, E>, tries: number) =>
  Effect.map(
    Effect.all(Array.from({ length: tries }, () => Effect.isSuccess(attempt))),
    (all) => all.filter((it) => it).length
  )

describe("RateLimits", () => {
  it.effect("allow a minute's burst, then one token at a time, never more than a minute's", () =>
    Effect.gen(function* () {
      const { refused, signIn } = yield* RateLimits
      expect(yield* granted(signIn("a"), 12)).toBe(10)
      expect(yield* Effect.flip(signIn("a"))).toEqual(new RateLimited({ retryAfter: 6 }))
      yield* TestClock.adjust("5999 millis")
      expect(yield* granted(signIn("a"), 1)).toBe(0)
      yield* TestClock.adjust("1 millis")
      expect(yield* granted(signIn("a"), 2)).toBe(1)
      yield* TestClock.adjust("12 seconds")
      expect(yield* granted(signIn("a"), 3)).toBe(2)
      yield* TestClock.adjust("1 hour")
      expect(yield* granted(signIn("a"), 12)).toBe(10)
      expect(yield* refused).toEqual({ command: 0, session: 0, signIn: 8, guess: 0, answer: 0 })
    }).pipe(Effect.provide(limits({ SIGN_IN_RATE_LIMIT: "10" })))
  )

  it.effect("give a network a quarter of the stored responses per day, refilled evenly, under any settings", () =>
    Effect.gen(function* () {
      const { answer, refused } = yield* RateLimits
      yield* Effect.repeatN(answer("a"), maxCommandResultsPerNetwork - 1)
      expect(yield* Effect.flip(answer("a"))).toMatchObject({ _tag: "RateLimited", retryAfter: 1 })
      expect(yield* granted(answer("b"), 1)).toBe(1)
      yield* TestClock.adjust("1 minute")
      const aMinutes = Math.floor(maxCommandResultsPerNetwork / (24 * 60))
      expect(yield* granted(answer("a"), aMinutes + 1)).toBe(aMinutes)
      expect((yield* refused).answer).toBe(2)
    }).pipe(Effect.provide(limits({ COMMAND_RATE_LIMIT: "0" })))
  )

  it.effect("give a network its sessions per day under any limit per minute", () =>
    Effect.gen(function* () {
      const { refused, session } = yield* RateLimits
      yield* Effect.repeatN(session("a"), maxSessionsPerNetwork - 1)
      expect(yield* Effect.flip(session("a"))).toMatchObject({ _tag: "RateLimited", retryAfter: 1 })
      expect(yield* granted(session("b"), 1)).toBe(1)
      expect((yield* refused).session).toBe(1)
    }).pipe(Effect.provide(limits({ SESSION_RATE_LIMIT: "0" })))
  )

  it.effect("return a Retry-After of whole seconds, at least one, after which a retry succeeds", () =>
    Effect.gen(function* () {
      const { command, session, signIn } = yield* RateLimits
      for (const [attempt, limit, retryAfter] of [
        [command("a"), 6000, 1],
        [session("a"), 120, 1],
        [signIn("a"), 7, 9]
      ] as const) {
        expect(yield* granted(attempt, limit)).toBe(limit)
        expect(yield* Effect.flip(attempt)).toMatchObject({ _tag: "RateLimited", retryAfter })
        yield* TestClock.adjust(`${retryAfter} seconds`)
        expect(yield* granted(attempt, 1)).toBe(1)
      }
    }).pipe(Effect.provide(limits({ SIGN_IN_RATE_LIMIT: "7" })))
  )

  it.effect("count each limit and each key separately", () =>
    Effect.gen(function* () {
      const { command, session, signIn } = yield* RateLimits
      for (const limit of [command, session, signIn]) {
        expect(yield* granted(limit("a"), 3)).toBe(2)
        expect(yield* granted(limit("b"), 3)).toBe(2)
      }
    }).pipe(Effect.provide(limits({ COMMAND_RATE_LIMIT: "2", SESSION_RATE_LIMIT: "2", SIGN_IN_RATE_LIMIT: "2" })))
  )

  it.effect("share a bucket between a network's sessions, above the sessions' own", () =>
    Effect.gen(function* () {
      const { command } = yield* RateLimits
      let all = 0
      for (let n = 0; n < 20; n++) all += yield* granted(command(`session ${n}`, "office"), 10)
      expect(all).toBe(networkShare * 10)
      // A refusal by a session's limit consumes nothing of the network's or of other networks.
      expect(yield* granted(command("elsewhere", "home"), 100)).toBe(10)
      expect(yield* granted(command("also there", "home"), 100)).toBe(10)
    }).pipe(Effect.provide(limits({ COMMAND_RATE_LIMIT: "10" })))
  )

  it.effect("charge a command's cost beyond its first token as a debt of at most a minute", () =>
    Effect.gen(function* () {
      const { charge, command } = yield* RateLimits
      yield* command("a", "home")
      yield* charge("a", "home", 12)
      expect(yield* Effect.flip(command("a", "home"))).toEqual(new RateLimited({ retryAfter: 24 }))
      yield* TestClock.adjust("24 seconds")
      expect(yield* granted(command("a", "home"), 2)).toBe(1)
      yield* charge("b", "home", 1_000_000)
      expect(yield* granted(command("c", "home"), 1)).toBe(0)
      yield* TestClock.adjust("66 seconds")
      expect(yield* granted(command("c", "home"), 1)).toBe(1)
    }).pipe(Effect.provide(limits({ COMMAND_RATE_LIMIT: "10" })))
  )

  it.effect("are disabled at no cost by 0", () =>
    Effect.gen(function* () {
      const { command, limitGuesses: guess, refused, signIn } = yield* RateLimits
      // The daily share of sessions still applies.
      for (const limit of [command, signIn]) expect(limit("a")).toBe(Effect.void)
      const miss = Effect.fail(new ListNotFound())
      expect(guess("a")(miss)).toBe(miss)
      expect(yield* refused).toEqual({ command: 0, session: 0, signIn: 0, guess: 0, answer: 0 })
    }).pipe(Effect.provide(limits({ COMMAND_RATE_LIMIT: "0", SESSION_RATE_LIMIT: "0", SIGN_IN_RATE_LIMIT: "0" })))
  )

  it.effect("keep a bounded number of buckets and evict the least recently used", () =>
    Effect.gen(function* () {
      const { command } = yield* RateLimits
      expect(yield* granted(command("first"), 2)).toBe(1)
      expect(yield* granted(command("second"), 2)).toBe(1)
      for (let others = 0; others < maxBuckets - 2; others++) yield* command(`other ${others}`)
      // Used again, so it is not evicted.
      expect(yield* granted(command("first"), 1)).toBe(0)
      yield* command("one more")
      expect(yield* granted(command("first"), 1)).toBe(0)
      expect(yield* granted(command("second"), 1)).toBe(1)
    }).pipe(Effect.provide(limits({ COMMAND_RATE_LIMIT: "1" })))
  )

  it("law: grant at most one burst plus refills at any rate of requests", () =>
    fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 100 }),
        fc.array(fc.record({ wait: fc.integer({ min: 0, max: 90_000 }), tries: fc.integer({ min: 1, max: 60 }) }), {
          maxLength: 20
        }),
        (limit, rounds) =>
          Effect.gen(function* () {
            const { command } = yield* RateLimits
            let elapsed = 0
            let total = 0
            for (const { tries, wait } of rounds) {
              yield* TestClock.adjust(wait)
              elapsed += wait
              const now = yield* granted(command("a"), tries)
              if (wait >= 60_000) expect(now).toBe(Math.min(tries, limit))
              total += now
              expect(total).toBeLessThanOrEqual(limit + Math.ceil((elapsed * limit) / 60_000))
            }
          }).pipe(
            Effect.provide(limits({ COMMAND_RATE_LIMIT: `${limit}` })),
            Effect.provide(TestContext.TestContext),
            Effect.runPromise
          )
      ),
      { numRuns: 50 }
    ))
})

describe("guesses", () => {
  /** Lookups that count their calls. */
  const lookups = () => {
    let made = 0
    const looking = <A, E>(result: Effect.Effect<A, E>) =>
      Effect.suspend(() => {
        made++
        return result
      })
    return { made: () => made, hit: looking(Effect.succeed("list")), miss: looking(Effect.fail(new ListNotFound())) }
  }

  it.effect("refuses hits and misses alike without a lookup after too many misses", () =>
    Effect.gen(function* () {
      const { limitGuesses: guess, refused } = yield* RateLimits
      const { hit, made, miss } = lookups()
      for (let misses = 0; misses < 5; misses++) {
        expect(yield* guess("a")(hit)).toBe("list")
        expect(yield* Effect.flip(guess("a")(miss))).toEqual(new ListNotFound())
      }
      expect(made()).toBe(10)
      const [onHit, onMiss] = [yield* Effect.exit(guess("a")(hit)), yield* Effect.exit(guess("a")(miss))]
      expect(onHit).toEqual(Exit.fail(new RateLimited({ retryAfter: 12 })))
      expect(onMiss).toEqual(onHit)
      expect(made()).toBe(10)
      expect(yield* refused).toMatchObject({ guess: 2, command: 0 })
      // Another network is unaffected, and this one recovers after its Retry-After.
      expect(yield* guess("b")(hit)).toBe("list")
      yield* TestClock.adjust("12 seconds")
      expect(yield* guess("a")(hit)).toBe("list")
      expect(yield* Effect.flip(guess("a")(miss))).toEqual(new ListNotFound())
      expect(yield* Effect.exit(guess("a")(hit))).toEqual(onHit)
    }).pipe(Effect.provide(limits({ COMMAND_RATE_LIMIT: "5" })))
  )

  it.effect("serves a visitor who has already opened the id, but gives no further knowledge", () =>
    Effect.gen(function* () {
      const { limitGuesses: guess } = yield* RateLimits
      const { hit, miss } = lookups()
      yield* Effect.flip(guess("a")(miss))
      const known = guess("a", Effect.succeed(true))
      expect(yield* known(hit)).toBe("list")
      expect(yield* Effect.flip(known(miss))).toMatchObject({ _tag: "RateLimited" })
      expect(yield* Effect.flip(known(Effect.fail("busy")))).toBe("busy")
      expect(yield* Effect.flip(guess("a", Effect.succeed(false))(hit))).toMatchObject({ _tag: "RateLimited" })
    }).pipe(Effect.provide(limits({ COMMAND_RATE_LIMIT: "1" })))
  )

  it.effect("does not count hits or other failures", () =>
    Effect.gen(function* () {
      const { limitGuesses: guess } = yield* RateLimits
      const { hit, miss } = lookups()
      for (let i = 0; i < 100; i++) {
        yield* guess("a")(hit)
        expect(yield* Effect.flip(guess("a")(Effect.fail("busy")))).toBe("busy")
      }
      expect(yield* Effect.flip(guess("a")(miss))).toEqual(new ListNotFound())
    }).pipe(Effect.provide(limits({ COMMAND_RATE_LIMIT: "1" })))
  )

  it.effect("counts a whole IPv6 /64 as one network", () =>
    Effect.gen(function* () {
      const { limitGuesses: guess } = yield* RateLimits
      const { hit, miss } = lookups()
      const from = (address: string) => guess(network(address))
      yield* Effect.flip(from("2001:db8:1:2::1")(miss))
      yield* Effect.flip(from("2001:db8:1:2:ffff:ffff:ffff:ffff")(miss))
      expect(yield* Effect.flip(from("2001:db8:1:2:3:4:5:6")(hit))).toMatchObject({ _tag: "RateLimited" })
      expect(yield* from("2001:db8:1:3::1")(hit)).toBe("list")
    }).pipe(Effect.provide(limits({ COMMAND_RATE_LIMIT: "2" })))
  )
})
