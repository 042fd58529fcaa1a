import { describe, expect, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as TestClock from "effect/TestClock"
import { SessionId } from "../../src/domain/Session.ts"
import { VisitorId } from "../../src/domain/StoredEvent.ts"
import { Ids } from "../../src/layers/Ids.ts"
import { SessionStore } from "../../src/layers/SessionStore.ts"
import { Sql } from "../../src/layers/Sql.ts"
import { settings } from "../support.ts"

const visitor = VisitorId.make("6f9619ff-8b86-4d01-b42d-00cf4fc964ff")
const unknown = SessionId.make("A".repeat(43))

const sessionStoreContract = (name: string, layer: () => Layer.Layer<SessionStore, unknown>) =>
  describe(name, () => {
    it.scoped("get finds what create made, and nothing else", () =>
      Effect.gen(function* () {
        const store = yield* SessionStore
        const { id, session } = yield* store.create(visitor)
        expect(Buffer.from(id, "base64url")).toHaveLength(32)
        expect(yield* store.get(id)).toEqual(Option.some(session))
        expect(yield* store.get(unknown)).toEqual(Option.none())
        yield* store.delete(id)
        expect(yield* store.get(id)).toEqual(Option.none())
        expect(yield* store.created).toBe(1)
      }).pipe(Effect.provide(layer()))
    )

    it.scoped("a session expires after its time to live, unless touched; touch writes once a minute", () =>
      Effect.gen(function* () {
        const store = yield* SessionStore
        const used = yield* store.create(visitor)
        const idle = yield* store.create(visitor)
        yield* TestClock.adjust("30 seconds")
        expect(yield* store.touch(used.id, used.session)).toBe(false)
        yield* TestClock.adjust("29 days")
        expect(yield* store.touch(used.id, used.session)).toBe(true)
        yield* TestClock.adjust("2 days")
        expect(Option.isSome(yield* store.get(used.id))).toBe(true)
        expect(yield* store.get(idle.id)).toEqual(Option.none())
        expect(yield* store.touch(unknown, used.session)).toBe(false)
      }).pipe(Effect.provide(layer()))
    )
  })

const sqlite = () =>
  SessionStore.layer.pipe(Layer.provideMerge(Layer.mergeAll(Sql.layer, Ids.layer)), Layer.provideMerge(settings()))

sessionStoreContract("SessionStore.layer", sqlite)
sessionStoreContract("SessionStore.layerMemory", () =>
  SessionStore.layerMemory.pipe(Layer.provide([Ids.layer, settings()]))
)

describe("the sessions table", () => {
  it.scoped("holds no id, and its cleanup fiber deletes what has expired", () =>
    Effect.gen(function* () {
      const store = yield* SessionStore
      const { read } = yield* Sql
      const { id } = yield* store.create(visitor)
      expect(JSON.stringify(yield* read`SELECT *, hex(id_hash) FROM sessions`)).not.toContain(id)
      yield* TestClock.adjust("30 days")
      yield* TestClock.adjust("1 hour")
      expect(yield* read`SELECT COUNT(*) AS n FROM sessions`).toEqual([{ n: 0 }])
    }).pipe(Effect.provide(sqlite()))
  )
})
