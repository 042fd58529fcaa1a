import { expect, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import { SessionNotFound, sessionKey } from "../../../src/domain/Session.ts"
import { SessionStore } from "../../../src/layers/sessions/SessionStore.ts"
import { color, device, increment, type LayerOf, logged, other, unknown, visitor, visits } from "./sessionFixtures.ts"

export const sessionData = (layer: LayerOf) => {
  it.scoped("returns the previous value from update, and None removes it", () =>
    Effect.gen(function* () {
      const store = yield* SessionStore
      const { id } = yield* store.create(visitor, device)
      const stranger = yield* store.create(other, device)
      expect(yield* store.read(id, color)).toEqual(Option.none())
      expect(yield* store.update(id, color, () => Option.some("red"))).toEqual(Option.none())
      expect(yield* store.update(id, color, () => Option.some("green"))).toEqual(Option.some("red"))
      expect(yield* store.update(id, color, (before) => before)).toEqual(Option.some("green"))
      expect(yield* store.update(id, visits, increment)).toEqual(Option.none())
      expect(yield* store.update(id, color, Option.none)).toEqual(Option.some("green"))
      expect(yield* store.update(id, color, Option.none)).toEqual(Option.none())
      expect(yield* store.read(id, visits)).toEqual(Option.some(1))
      expect(yield* store.read(stranger.id, visits)).toEqual(Option.none())
      expect(yield* Effect.flip(store.update(unknown, visits, increment))).toBeInstanceOf(SessionNotFound)
      expect(yield* store.read(unknown, visits)).toEqual(Option.none())
    }).pipe(Effect.provide(layer()))
  )

  it.scoped("stores any JSON under any key", () =>
    Effect.gen(function* () {
      const store = yield* SessionStore
      const { id } = yield* store.create(visitor, device)
      const anything = Schema.Unknown
      const values: ReadonlyArray<unknown> = [
        null,
        false,
        0,
        -1.5e-7,
        "",
        "\"'$.[0]\u2028\\ é 🎉",
        [],
        {},
        [{ "a/b": [null] }]
      ]
      for (const place of [
        sessionKey("a/b", anything),
        sessionKey("a.b/c", anything),
        sessionKey("-/_", anything),
        sessionKey("0/1", anything)
      ]) {
        for (const value of values) {
          yield* store.update(id, place, () => Option.some(value))
          expect(yield* store.read(id, place)).toEqual(Option.some(value))
        }
      }
      expect(() => sessionKey('a/"b', anything)).toThrow(TypeError)
    }).pipe(Effect.provide(layer()))
  )

  it.scoped("keeps all concurrent updates, of one key and of many", () =>
    Effect.gen(function* () {
      const store = yield* SessionStore
      const { id } = yield* store.create(visitor, device)
      const keys = Array.from({ length: 20 }, (_, index) => sessionKey(`test/number-${index}`, Schema.Number))
      const changes = Array.from({ length: 100 }, () => store.update(id, visits, increment))
      const others = keys.map((key, index) => store.update(id, key, () => Option.some(index)))
      const [before] = yield* Effect.all(
        [Effect.all(changes, { concurrency: "unbounded" }), Effect.all(others, { concurrency: "unbounded" })],
        {
          concurrency: "unbounded"
        }
      )
      expect(before.map(Option.getOrElse(() => 0)).sort((a, b) => a - b)).toEqual(
        Array.from({ length: 100 }, (_, n) => n)
      )
      expect(yield* store.read(id, visits)).toEqual(Option.some(100))
      expect(yield* Effect.forEach(keys, (key) => store.read(id, key))).toEqual(
        keys.map((_, index) => Option.some(index))
      )
    }).pipe(Effect.provide(layer()))
  )

  it.scoped("drops undecodable data and logs its key only", () =>
    Effect.gen(function* () {
      const store = yield* SessionStore
      const { id } = yield* store.create(visitor, device)
      const wasText = sessionKey("test/color", Schema.String)
      yield* store.update(id, wasText, () => Option.some("ultraviolet"))
      yield* store.update(id, visits, increment)
      const [found, lines] = yield* logged(Effect.all([store.read(id, color), store.read(id, color)]))
      expect(found).toEqual([Option.none(), Option.none()])
      expect(lines).toEqual([expect.stringContaining("test/color")])
      expect(lines.join()).not.toMatch(new RegExp(`ultraviolet|${id}`))
      expect(yield* store.read(id, wasText)).toEqual(Option.none())

      yield* store.update(id, wasText, () => Option.some("ultraviolet"))
      const seen: Array<Option.Option<string>> = []
      const [before, again] = yield* logged(
        store.update(id, color, (it) => {
          seen.push(it)
          return Option.none()
        })
      )
      expect([before, ...seen]).toEqual([Option.none(), Option.none()])
      expect(again).toEqual([expect.stringContaining("test/color")])
      expect(yield* store.read(id, wasText)).toEqual(Option.none())
      expect(yield* store.read(id, visits)).toEqual(Option.some(1))
    }).pipe(Effect.provide(layer()))
  )

  it.scoped("treats a throwing update as a defect and writes nothing", () =>
    Effect.gen(function* () {
      const store = yield* SessionStore
      const { id } = yield* store.create(visitor, device)
      yield* store.update(id, visits, increment)
      const exit = yield* Effect.exit(
        store.update(id, visits, () => {
          throw new RangeError("mine")
        })
      )
      expect(exit).toEqual(Exit.die(new RangeError("mine")))
      expect(yield* store.update(id, visits, increment)).toEqual(Option.some(1))
    }).pipe(Effect.provide(layer()))
  )
}
