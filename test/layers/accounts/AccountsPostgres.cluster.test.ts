// Accounts changed concurrently by several nodes, in real transactions of one PostgreSQL.
import { describe, expect, it } from "@effect/vitest"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { UserId } from "../../../src/domain/Account.ts"
import { VisitorId } from "../../../src/domain/StoredEvent.ts"
import { Accounts } from "../../../src/layers/accounts/Accounts.ts"
import * as AccountsBackend from "../../../src/layers/accounts/AccountsBackend.ts"
import { Ids } from "../../../src/layers/node/Ids.ts"
import * as PostgresBackend from "../../../src/layers/postgres/PostgresBackend.ts"
import { Sql } from "../../../src/layers/sqlite/Sql.ts"
import { isSkipped } from "../../servers/postgres.ts"
import { postgresForFile } from "../../servers/postgresForFile.ts"
import { settings } from "../../support.ts"
import { clientOf } from "../postgres/support.ts"

const uuid = (n: number) => `6f9619ff-8b86-4d01-b42d-${n.toString(16).padStart(12, "0")}`
const user = (n: number) => UserId.make(uuid(n))
const visitor = (n: number) => VisitorId.make(uuid(n))
const rounds = Array.from({ length: 40 }, (_, n) => n)

const passkey = (credentialId: string, counter = 0) => ({
  credentialId,
  publicKey: new Uint8Array([1, 2, 3]),
  counter,
  transports: ["internal"],
  device: "Phone"
})

const node = Effect.fnUntraced(function* (DATABASE_URL: string) {
  const context = yield* Layer.build(
    AccountsBackend.layer.pipe(
      Layer.provide([Sql.layer, Ids.layer]),
      Layer.provideMerge(PostgresBackend.layer),
      Layer.provide(settings({ DATABASE_URL }))
    )
  )
  return { accounts: Context.get(context, Accounts), sql: yield* clientOf(DATABASE_URL) }
})
const atOnce = <A, B, E, F>(one: Effect.Effect<A, E>, other: Effect.Effect<B, F>) =>
  Effect.all([one, other], { concurrency: "unbounded" })

describe.skipIf(isSkipped)("accounts of several nodes", () => {
  const { database } = postgresForFile()
  const twoNodes = Effect.gen(function* () {
    const url = yield* Effect.promise(database)
    const [here, there] = [yield* node(url), yield* node(url)]
    return { here: here.accounts, there: there.accounts, sql: there.sql }
  })

  it.scopedLive("keep one of two passkeys that are removed concurrently", () =>
    Effect.gen(function* () {
      const { here, there } = yield* twoNodes
      for (const n of rounds) {
        yield* here.register(passkey(`a${n}`), user(n))
        yield* here.register(passkey(`b${n}`), user(n))
        const removed = yield* atOnce(here.remove(user(n), `a${n}`), there.remove(user(n), `b${n}`))
        expect(removed.filter((it) => it)).toHaveLength(1)
        expect(yield* here.credentialsOf(user(n))).toHaveLength(1)
      }
    })
  )

  it.scopedLive("make a removal of the last passkey but one wait for another uncommitted removal", () =>
    Effect.gen(function* () {
      const { here, sql } = yield* twoNodes
      yield* here.register(passkey("a"), user(1))
      yield* here.register(passkey("b"), user(1))
      const waiting = yield* sql.withTransaction(
        Effect.gen(function* () {
          expect(yield* sql`SELECT remove_credential(${user(1)}, 'a') AS removed`).toEqual([{ removed: true }])
          const waiting = yield* Effect.fork(here.remove(user(1), "b"))
          yield* Effect.sleep("300 millis")
          return waiting
        })
      )
      expect(yield* waiting).toBe(false)
      expect((yield* here.credentialsOf(user(1))).map((it) => it.credentialId)).toEqual(["b"])
    })
  )

  it.scopedLive("give a visitor to one of two users who claim it concurrently, and the other a new one", () =>
    Effect.gen(function* () {
      const { here, there } = yield* twoNodes
      for (const n of rounds) {
        const [alice, bob, phone] = [user(2 * n), user(2 * n + 1), visitor(1000 + n)]
        yield* atOnce(here.register(passkey(`a${n}`), alice), there.register(passkey(`b${n}`), bob))
        const [first, second] = yield* atOnce(here.claim(alice, phone), there.claim(bob, phone))
        expect([first, second].filter((it) => it === phone)).toHaveLength(1)
        expect(first).not.toBe(second)
        expect(yield* there.visitorsOf(alice)).toEqual([first])
        expect(yield* here.visitorsOf(bob)).toEqual([second])
      }
    })
  )

  it.scopedLive("create one new visitor for a user who is refused one on two nodes concurrently", () =>
    Effect.gen(function* () {
      const { here, there } = yield* twoNodes
      yield* here.register(passkey("a"), user(1))
      yield* here.claim(user(1), visitor(1))
      for (const n of rounds.slice(2)) {
        yield* here.register(passkey(`b${n}`), user(n))
        const [one, other] = yield* atOnce(here.claim(user(n), visitor(1)), there.claim(user(n), visitor(1)))
        expect(one).toBe(other)
        expect(yield* here.visitorsOf(user(n))).toEqual([one])
      }
    })
  )

  it.scopedLive("accept a signature counter once across nodes", () =>
    Effect.gen(function* () {
      const { here, there } = yield* twoNodes
      yield* here.register(passkey("a", 1), user(1))
      for (const n of rounds) {
        const used = yield* atOnce(here.used("a", n + 2), there.used("a", n + 2))
        expect(used.filter((it) => it)).toHaveLength(1)
      }
      expect(yield* there.used("a", 2)).toBe(false)
    })
  )

  it.scopedLive("accept two first passkeys of a new user concurrently, and the same passkey once", () =>
    Effect.gen(function* () {
      const { here, there } = yield* twoNodes
      for (const n of rounds) {
        yield* atOnce(here.register(passkey(`a${n}`), user(n)), there.register(passkey(`b${n}`), user(n)))
        expect(yield* here.credentialsOf(user(n))).toHaveLength(2)
        const again = [here, there].map((it) => it.register(passkey(`c${n}`), user(n)))
        const [failures] = yield* Effect.partition(again, (it) => it, { concurrency: "unbounded" })
        expect(failures).toHaveLength(1)
        expect(yield* here.credentialsOf(user(n))).toHaveLength(3)
      }
    })
  )
})
