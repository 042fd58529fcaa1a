import { describe, expect, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as TestClock from "effect/TestClock"
import { UserId } from "../../../src/domain/Account.ts"
import { VisitorId } from "../../../src/domain/StoredEvent.ts"
import { Accounts, maxVisitorsPerUser } from "../../../src/layers/accounts/Accounts.ts"
import * as AccountsBackend from "../../../src/layers/accounts/AccountsBackend.ts"
import { Ids } from "../../../src/layers/node/Ids.ts"
import * as PostgresBackend from "../../../src/layers/postgres/PostgresBackend.ts"
import { Sql } from "../../../src/layers/sqlite/Sql.ts"
import { isSkipped as hasNoPostgres } from "../../servers/postgres.ts"
import { postgresForFile } from "../../servers/postgresForFile.ts"
import { settings } from "../../support.ts"

const uuid = (n: number) => `6f9619ff-8b86-4d01-b42d-00cf4fc9640${n}`
const [alice, bob] = [UserId.make(uuid(1)), UserId.make(uuid(2))]
const [phone, laptop] = [VisitorId.make(uuid(3)), VisitorId.make(uuid(4))]

const layerOf = (overrides: Record<string, string> = {}) =>
  AccountsBackend.layer.pipe(
    Layer.provide([Sql.layer, Ids.layer]),
    Layer.provide(PostgresBackend.layer),
    Layer.provide(settings(overrides))
  )

const passkey = (credentialId: string) => ({
  credentialId,
  publicKey: new Uint8Array([1, 2, 3]),
  counter: 0,
  transports: ["internal", "hybrid"],
  device: "Phone"
})

const accountsContract = (name: string, layer: () => Layer.Layer<Accounts, unknown>) =>
  describe(name, () => {
    it.scoped("keeps a user's passkeys, oldest first, and records their use", () =>
      Effect.gen(function* () {
        const accounts = yield* Accounts
        yield* accounts.register(passkey("b"), alice)
        yield* TestClock.adjust("1 second")
        yield* accounts.register(passkey("a"), alice)
        yield* accounts.register(passkey("c"), bob)
        expect((yield* accounts.credentialsOf(alice)).map((it) => it.credentialId)).toEqual(["b", "a"])
        expect(yield* accounts.used("b", 7)).toBe(true)
        // A cloned authenticator, which counts on from the copied counter.
        expect(yield* accounts.used("b", 7)).toBe(false)
        expect(yield* accounts.used("d", 7)).toBe(false)
        expect([yield* accounts.used("a", 0), yield* accounts.used("a", 0)]).toEqual([true, true])
        const kept = Option.getOrThrow(yield* accounts.find("b"))
        expect(kept).toMatchObject({
          ...passkey("b"),
          publicKey: kept.publicKey,
          userId: alice,
          counter: 7,
          lastUsed: 1000
        })
        expect([...kept.publicKey]).toEqual([1, 2, 3])
        expect(yield* accounts.find("d")).toEqual(Option.none())
        for (const strange of ["", "\0", "b\0", "'", "\ud800"])
          expect(yield* accounts.find(strange)).toEqual(Option.none())
      }).pipe(Effect.provide(layer()))
    )

    it.scoped("removes a user's own passkey, but never the last one", () =>
      Effect.gen(function* () {
        const accounts = yield* Accounts
        for (const [id, user] of [
          ["a", alice],
          ["b", alice],
          ["c", bob]
        ] as const)
          yield* accounts.register(passkey(id), user)
        for (const notTheirs of ["c", "d", "a\0"]) expect(yield* accounts.remove(alice, notTheirs)).toBe(false)
        expect(yield* accounts.remove(alice, "a")).toBe(true)
        expect(yield* accounts.remove(alice, "b")).toBe(false)
        expect((yield* accounts.credentialsOf(alice)).map((it) => it.credentialId)).toEqual(["b"])
      }).pipe(Effect.provide(layer()))
    )

    it.scoped("ties a visitor to one user: a later claim gives the other user a new visitor", () =>
      Effect.gen(function* () {
        const accounts = yield* Accounts
        yield* accounts.register(passkey("a"), alice)
        yield* accounts.register(passkey("b"), bob)
        expect(yield* accounts.claim(alice, phone)).toBe(phone)
        expect(yield* accounts.claim(alice, laptop)).toBe(laptop)
        expect(yield* accounts.claim(alice, phone)).toBe(phone)
        const own = yield* accounts.claim(bob, phone)
        expect([phone, laptop]).not.toContain(own)
        expect(yield* accounts.claim(bob, laptop)).toBe(own)
        expect(yield* accounts.visitorsOf(alice)).toEqual([phone, laptop])
        expect(yield* accounts.visitorsOf(bob)).toEqual([own])
        expect(yield* accounts.userOf(phone)).toEqual(Option.some(alice))
        expect(yield* accounts.userOf(VisitorId.make(uuid(5)))).toEqual(Option.none())
      }).pipe(Effect.provide(layer()))
    )

    it.scoped("ties no further visitors beyond a user's limit and continues as the first visitor", () =>
      Effect.gen(function* () {
        const accounts = yield* Accounts
        yield* accounts.register(passkey("a"), alice)
        yield* accounts.register(passkey("b"), bob)
        const nth = (n: number) => VisitorId.make(`6f9619ff-8b86-4d01-b42d-${String(n).padStart(12, "0")}`)
        for (let n = 0; n < maxVisitorsPerUser; n++) expect(yield* accounts.claim(alice, nth(n))).toBe(nth(n))
        for (const n of [maxVisitorsPerUser, maxVisitorsPerUser + 1]) {
          expect(yield* accounts.claim(alice, nth(n))).toBe(nth(0))
          expect(yield* accounts.userOf(nth(n))).toEqual(Option.none())
        }
        // Existing ties stay, and a user below the limit can take the untied visitor.
        expect(yield* accounts.claim(alice, nth(7))).toBe(nth(7))
        expect(yield* accounts.claim(bob, nth(maxVisitorsPerUser))).toBe(nth(maxVisitorsPerUser))
        expect(yield* accounts.visitorsOf(alice)).toHaveLength(maxVisitorsPerUser)
        expect(yield* accounts.mostVisitors).toBe(maxVisitorsPerUser)
      }).pipe(Effect.provide(layer()))
    )
  })

accountsContract("AccountsBackend.layer", layerOf)

describe.skipIf(hasNoPostgres)("in PostgreSQL", () => {
  const { database } = postgresForFile()
  accountsContract("AccountsBackend.layer", () =>
    Layer.unwrapEffect(Effect.map(Effect.promise(database), (DATABASE_URL) => layerOf({ DATABASE_URL })))
  )
})
