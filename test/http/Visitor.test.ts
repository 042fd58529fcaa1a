// The visitor alone, with the sessions mocked.
import { describe, expect, it } from "@effect/vitest"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import { StoreUnavailable, VisitorId } from "../../src/domain/StoredEvent.ts"
import { idOf, Visitor } from "../../src/http/Visitor.ts"
import { SessionStore } from "../../src/layers/SessionStore.ts"
import { settings } from "../support.ts"

const visitorId = VisitorId.make("6f9619ff-8b86-4d01-b42d-00cf4fc964ff")
const now = DateTime.unsafeMake(0)

describe("Visitor", () => {
  it.scoped("is recognized while the database can't take the write that would extend the session", () =>
    Effect.gen(function* () {
      const visitors = yield* Visitor
      const found = yield* visitors.of({ cookie: `session=${"A".repeat(43)}` })
      expect(idOf(found)).toBe(visitorId)
      expect(Option.getOrUndefined(found)?.cookie).toBeUndefined()
    }).pipe(
      Effect.provide(
        Visitor.layer.pipe(
          Layer.provide([
            Layer.mock(SessionStore, {
              get: () => Effect.succeedSome({ visitorId, createdAt: now, lastAccessed: now, expiresAt: now }),
              touch: () => new StoreUnavailable({ reason: "database or disk is full (SQLITE_FULL)", cause: undefined })
            }),
            settings()
          ])
        )
      )
    )
  )
})
