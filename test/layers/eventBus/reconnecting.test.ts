// Reconnection logic, with a simulated link.
import { describe, expect, it } from "@effect/vitest"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Scope from "effect/Scope"
import * as TestClock from "effect/TestClock"
import { type BusConnection, BusConnectionLost, reconnecting } from "../../../src/layers/eventBus/reconnecting.ts"

/** A link that is down until the test brings it up. */
const bus = () => {
  const state = { isThere: false, isDeaf: false, tries: 0, open: 0, sent: [] as string[] }
  /** The subscriptions started on each link. */
  const links: Array<{ wanted: Array<string>; say: (text: string) => void; lose: Effect.Effect<boolean> }> = []
  const open = Effect.gen(function* () {
    state.tries++
    if (!state.isThere) return yield* new BusConnectionLost({ reason: "nobody\nis there" })
    yield* Effect.acquireRelease(
      Effect.sync(() => state.open++),
      () => Effect.sync(() => state.open--)
    )
    const lost = yield* Deferred.make<never, BusConnectionLost>()
    const listeners = new Set<(text: string) => void>()
    const wanted: Array<string> = []
    links.push({
      wanted,
      say: (text) => {
        for (const listener of listeners) listener(text)
      },
      lose: Deferred.fail(lost, new BusConnectionLost({ reason: "cut" }))
    })
    return {
      send: (place, text) => state.sent.push(`${place} ${text}`),
      subscribe: (places, listener) => {
        wanted.push(places)
        listeners.add(listener)
        return {
          live: state.isDeaf ? Effect.never : Effect.void,
          end: () => {
            wanted.splice(wanted.indexOf(places), 1)
            listeners.delete(listener)
          }
        }
      },
      lost: Deferred.await(lost)
    } satisfies BusConnection
  })
  return { state, links, kept: reconnecting("Test", open) }
}

describe("reconnecting", () => {
  it.scoped("retries with back-off up to every two seconds and reports the reason", () =>
    Effect.gen(function* () {
      const { kept, state } = bus()
      const { silent } = yield* kept
      expect(silent()).toBe("Test: not connected yet")
      yield* TestClock.adjust("3 seconds")
      expect(silent()).toBe("Test: nobody is there")
      expect(state.tries).toBeGreaterThanOrEqual(5)
      expect(state.tries).toBeLessThanOrEqual(8)
      const before = state.tries
      yield* TestClock.adjust("1 minute")
      expect(state.tries - before).toBeGreaterThanOrEqual(30)
      expect(state.tries - before).toBeLessThanOrEqual(61)
      state.isThere = true
      yield* TestClock.adjust("2 seconds")
      expect(silent()).toBeUndefined()
    })
  )

  it.scoped("reconnects immediately after a stable link and resubscribes once per link", () =>
    Effect.gen(function* () {
      const { kept, links, state } = bus()
      state.isThere = true
      const { send, silent, subscribe } = yield* kept
      const heard: Array<string> = []
      yield* subscribe("a", (text) => heard.push(`a ${text}`))
      const scope = yield* Scope.make()
      yield* Scope.extend(
        subscribe("b", (text) => heard.push(`b ${text}`)),
        scope
      )
      links[0]?.say("1")
      send("there", "1")
      for (let i = 1; i <= 8; i++) {
        yield* TestClock.adjust("6 seconds")
        yield* links.at(-1)?.lose ?? Effect.void
        yield* TestClock.adjust("0 millis")
        expect([silent(), state.open]).toEqual(["Test: cut", 0])
        send("nowhere", "")
        yield* TestClock.adjust("100 millis")
        expect([silent(), state.open, state.tries]).toEqual([undefined, 1, i + 1])
        expect(links.at(-1)?.wanted).toEqual(["a", "b"])
      }
      yield* Scope.close(scope, Exit.void)
      expect(links.at(-1)?.wanted).toEqual(["a"])
      // A subscription that has ended.
      links[0]?.say("late")
      links.at(-1)?.say("2")
      expect(heard).toEqual(["a 1", "b 1", "a late", "a 2"])
      expect(state.sent).toEqual(["there 1"])
    })
  )

  it.scoped("backs off from a server that accepts and then drops connections", () =>
    Effect.gen(function* () {
      const { kept, links, state } = bus()
      state.isThere = true
      yield* kept
      for (let i = 0; i < 200; i++) {
        yield* links.at(-1)?.lose ?? Effect.void
        yield* TestClock.adjust("100 millis")
      }
      expect(state.tries).toBeLessThan(25)
    })
  )

  it.scoped("waits with a subscription for the first attempt and its confirmation, two seconds at most", () =>
    Effect.gen(function* () {
      const away = bus()
      const { subscribe } = yield* away.kept
      yield* subscribe("a", () => {})
      expect(away.state.tries).toBe(1)

      const deaf = bus()
      deaf.state.isThere = true
      const kept = yield* deaf.kept
      yield* TestClock.adjust("0 millis")
      deaf.state.isDeaf = true
      const waiting = yield* Effect.fork(kept.subscribe("a", () => {}))
      yield* TestClock.adjust("1900 millis")
      expect(waiting.unsafePoll()).toBeNull()
      yield* TestClock.adjust("100 millis")
      yield* Fiber.join(waiting)
    })
  )

  it.effect("closes the link with its scope", () =>
    Effect.gen(function* () {
      const { kept, state } = bus()
      state.isThere = true
      yield* Effect.scoped(Effect.zipRight(kept, TestClock.adjust("1 second")))
      expect(state.open).toBe(0)
      yield* TestClock.adjust("1 minute")
      expect(state.tries).toBe(1)
    })
  )
})
