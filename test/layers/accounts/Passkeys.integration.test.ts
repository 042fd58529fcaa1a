// Both ceremonies with a software authenticator on real account tables, and PostgreSQL sessions.
import { describe, expect, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as TestClock from "effect/TestClock"
import { VisitorId } from "../../../src/domain/StoredEvent.ts"
import { Accounts } from "../../../src/layers/accounts/Accounts.ts"
import * as AccountsBackend from "../../../src/layers/accounts/AccountsBackend.ts"
import { Passkeys } from "../../../src/layers/accounts/Passkeys.ts"
import { Ids } from "../../../src/layers/node/Ids.ts"
import { Postgres } from "../../../src/layers/postgres/Postgres.ts"
import * as PostgresBackend from "../../../src/layers/postgres/PostgresBackend.ts"
import { type NewSession, SessionStore } from "../../../src/layers/sessions/SessionStore.ts"
import * as SessionStoreBackend from "../../../src/layers/sessions/SessionStoreBackend.ts"
import { Sql } from "../../../src/layers/sqlite/Sql.ts"
import { makeAuthenticator } from "../../authenticator.ts"
import { isSkipped as hasNoPostgres } from "../../servers/postgres.ts"
import { postgresForFile } from "../../servers/postgresForFile.ts"
import { onSteppedClock, steps } from "../../steppedClock.ts"
import { settings } from "../../support.ts"

const origin = "https://lists.example"
const visitor = (n: number) => VisitorId.make(`6f9619ff-8b86-4d01-b42d-00cf4fc9640${n}`)
const [phone, laptop, stranger] = [visitor(1), visitor(2), visitor(3)]

const sqlite = () =>
  Passkeys.layer.pipe(
    Layer.provideMerge(Layer.merge(AccountsBackend.layer, SessionStoreBackend.layerMemory)),
    Layer.provide([Sql.layer, Ids.layer]),
    Layer.provide(Postgres.layerNone),
    Layer.provide(settings())
  )
const postgres = (DATABASE_URL: string) =>
  Passkeys.layer.pipe(
    Layer.provideMerge(Layer.merge(AccountsBackend.layer, SessionStoreBackend.layer)),
    Layer.provide([Sql.layer, Ids.layer]),
    Layer.provide(PostgresBackend.layer),
    Layer.provide(settings({ DATABASE_URL }))
  )

const at = ({ id, session }: NewSession) => ({ id, session, origin })
const begin = (visitorId = phone) => Effect.flatMap(SessionStore, (sessions) => sessions.create(visitorId, "Test"))

/** A new user: the session of the sign-in and the authenticator used. */
const register = Effect.fnUntraced(function* (visitorId = phone) {
  const passkeys = yield* Passkeys
  const authenticator = makeAuthenticator(origin)
  const anonymous = yield* begin(visitorId)
  const options = yield* passkeys.creationOptions(at(anonymous))
  const signedIn = yield* passkeys.create(at(anonymous), authenticator.create(options), "Phone")
  return { anonymous, authenticator, signedIn }
})

const passkeysContract = (name: string, layer: () => Layer.Layer<Passkeys | Accounts | SessionStore, unknown>) =>
  describe(name, () => {
    it.scoped("turns a visitor into a user under a new session id by a passkey", () =>
      Effect.gen(function* () {
        const sessions = yield* SessionStore
        const { anonymous, authenticator, signedIn } = yield* register()
        expect(signedIn.id).not.toBe(anonymous.id)
        expect(Option.isNone(yield* sessions.get(anonymous.id))).toBe(true)
        const { userId, visitorId } = signedIn.session
        expect(visitorId).toBe(phone)
        const accounts = yield* Accounts
        expect(userId === null ? [] : yield* accounts.visitorsOf(userId)).toEqual([phone])
        expect(Option.getOrThrow(yield* accounts.find(authenticator.credentialId))).toMatchObject({
          userId,
          device: "Phone",
          transports: ["internal"]
        })
      }).pipe(Effect.provide(layer()))
    )

    it.scoped("ties a second device's visitor to the user at sign-in", () =>
      Effect.gen(function* () {
        const passkeys = yield* Passkeys
        const accounts = yield* Accounts
        const { authenticator, signedIn } = yield* register()
        const second = yield* begin(laptop)
        const there = yield* passkeys.signIn(at(second), authenticator.get(yield* passkeys.requestOptions(at(second))))
        expect(there.session.userId).toBe(signedIn.session.userId)
        expect(there.session.visitorId).toBe(laptop)
        expect(there.id).not.toBe(second.id)
        const { userId } = there.session
        expect(userId === null ? [] : yield* accounts.visitorsOf(userId)).toEqual([phone, laptop])
      }).pipe(Effect.provide(layer()))
    )

    it.scoped("brings no visitor from a session that the ceremony started", () =>
      Effect.gen(function* () {
        const passkeys = yield* Passkeys
        const { authenticator } = yield* register()
        const ceremony = { ...at(yield* begin(laptop)), isNew: true }
        const { session } = yield* passkeys.signIn(
          ceremony,
          authenticator.get(yield* passkeys.requestOptions(ceremony))
        )
        expect(session.visitorId).toBe(phone)
        expect(yield* (yield* Accounts).userOf(laptop)).toEqual(Option.none())
      }).pipe(Effect.provide(layer()))
    )

    it.scoped("takes nothing from a user who was signed in before on the device", () =>
      Effect.gen(function* () {
        const passkeys = yield* Passkeys
        const accounts = yield* Accounts
        const first = yield* register(phone)
        const second = yield* register(stranger)
        const ceremony = at(second.signedIn)
        const options = yield* passkeys.requestOptions(ceremony)
        const { session } = yield* passkeys.signIn(ceremony, first.authenticator.get(options))
        expect(session).toMatchObject({ userId: first.signedIn.session.userId, visitorId: phone })
        expect(session.userId === null ? [] : yield* accounts.visitorsOf(session.userId)).toEqual([phone])
      }).pipe(Effect.provide(layer()))
    )

    it.scoped("accepts one response per challenge, in its session, within five minutes, for its ceremony", () =>
      Effect.gen(function* () {
        const passkeys = yield* Passkeys
        const { authenticator } = yield* register()
        const session = at(yield* begin(laptop))
        const another = at(yield* begin(stranger))
        const refused = <A, R>(answer: Effect.Effect<A, { readonly _tag: string }, R>) =>
          Effect.map(Effect.flip(answer), ({ _tag }) => expect(_tag).toBe("SignInFailed"))

        const options = yield* passkeys.requestOptions(session)
        yield* refused(passkeys.signIn(another, authenticator.get(options)))
        const late = yield* passkeys.requestOptions(session)
        yield* TestClock.adjust("5 minutes")
        yield* refused(passkeys.signIn(session, authenticator.get(late)))
        const creation = yield* passkeys.creationOptions(session)
        yield* refused(passkeys.signIn(session, authenticator.get(creation)))
        const request = yield* passkeys.requestOptions(session)
        yield* refused(passkeys.create(session, makeAuthenticator(origin).create(request), "Laptop"))

        const good = authenticator.get(yield* passkeys.requestOptions(session))
        const signedIn = at(yield* passkeys.signIn(session, good))
        yield* refused(passkeys.signIn(signedIn, good))
      }).pipe(Effect.provide(layer()))
    )

    it.scoped("keeps the newest eight challenges of a session, so that tabs do not interfere", () =>
      Effect.gen(function* () {
        const passkeys = yield* Passkeys
        const { authenticator } = yield* register()
        const session = at(yield* begin(laptop))
        const options = yield* Effect.forEach(
          [0, 1, 2, 3, 4, 5, 6, 7, 8],
          (n): Effect.Effect<{ readonly challenge: string }, { readonly _tag: string }> =>
            n % 2 === 0 ? passkeys.requestOptions(session) : passkeys.creationOptions(session)
        )
        const answers = options.map((it) => authenticator.get(it))
        const signIn = (n: number, ceremony = session) =>
          Effect.suspend(() => {
            const answer = answers[n]
            return answer === undefined ? Effect.die("no answer") : passkeys.signIn(ceremony, answer)
          })
        const forgotten = yield* Effect.flip(signIn(0))
        // A response to the other ceremony, or to none, consumes no challenge.
        const other = yield* Effect.flip(signIn(1))
        const unknown = yield* Effect.flip(passkeys.signIn(session, authenticator.get({ challenge: "AAAA" })))
        expect([forgotten._tag, other._tag, unknown._tag]).toEqual(["SignInFailed", "SignInFailed", "SignInFailed"])

        const second = yield* register(stranger)
        const mine = at(second.signedIn)
        const [first, last] = [yield* passkeys.creationOptions(mine), yield* passkeys.creationOptions(mine)]
        const [one, two] = [makeAuthenticator(origin), makeAuthenticator(origin)]
        const renewed = at(yield* passkeys.create(mine, two.create(last), "second tab"))
        const again = at(yield* passkeys.create(renewed, one.create(first), "first tab"))
        expect(yield* Effect.flip(passkeys.create(again, makeAuthenticator(origin).create(first), ""))).toMatchObject({
          _tag: "SignInFailed"
        })
        const both = yield* Effect.all([Effect.either(signIn(2)), Effect.either(signIn(2))], {
          concurrency: "unbounded"
        })
        expect(both.map(({ _tag }) => _tag).toSorted()).toEqual(["Left", "Right"])
      }).pipe(Effect.provide(layer()))
    )

    it.scoped("does not add a passkey begun within 15 minutes of the sign-in after they have passed", () =>
      Effect.gen(function* () {
        const passkeys = yield* Passkeys
        const { authenticator, signedIn } = yield* register()
        yield* TestClock.adjust("14 minutes")
        const [late, intime] = [
          yield* passkeys.creationOptions(at(signedIn)),
          yield* passkeys.creationOptions(at(signedIn))
        ]
        yield* TestClock.adjust("59999 millis")
        const renewed = at(yield* passkeys.create(at(signedIn), makeAuthenticator(origin).create(intime), "in time"))
        yield* TestClock.adjust("1 millis")
        const made = makeAuthenticator(origin)
        expect(yield* Effect.flip(passkeys.create(renewed, made.create(late), "late"))).toMatchObject({
          _tag: "SignInTooOld"
        })
        expect(Option.isNone(yield* (yield* Accounts).find(made.credentialId))).toBe(true)
        // Signing in again meanwhile keeps pending ceremonies valid.
        const begun = yield* passkeys.requestOptions(renewed)
        const fresh = at(yield* passkeys.signIn(renewed, authenticator.get(begun)))
        yield* TestClock.adjust("14 minutes")
        const options = yield* passkeys.creationOptions(fresh)
        yield* TestClock.adjust("2 minutes")
        const request = yield* passkeys.requestOptions(fresh)
        const signedInAgain = at(yield* passkeys.signIn(fresh, authenticator.get(request)))
        yield* passkeys.create(signedInAgain, made.create(options), "after another sign-in")
        expect(Option.isSome(yield* (yield* Accounts).find(made.credentialId))).toBe(true)
      }).pipe(Effect.provide(layer()))
    )

    it.scoped("refuses another origin, an unknown passkey, a wrong signature and a registered passkey", () =>
      Effect.gen(function* () {
        const passkeys = yield* Passkeys
        const { authenticator } = yield* register()
        const session = at(yield* begin(laptop))
        const refused = Effect.fnUntraced(function* (
          answer: (options: { challenge: string }) => ReturnType<typeof authenticator.get>
        ) {
          const options = yield* passkeys.requestOptions(session)
          expect(yield* Effect.flip(passkeys.signIn(session, answer(options)))).toMatchObject({
            _tag: "SignInFailed"
          })
        })
        yield* refused((options) => ({ ...makeAuthenticator(origin).get(options) }))
        yield* refused((options) => ({ ...makeAuthenticator(origin).get(options), id: authenticator.credentialId }))
        yield* refused(() => authenticator.get({ challenge: "AAAA" }))
        const phishing = makeAuthenticator("https://lists.example.evil")
        const creation = yield* passkeys.creationOptions(session)
        expect(yield* Effect.flip(passkeys.create(session, phishing.create(creation), ""))).toMatchObject({
          _tag: "SignInFailed"
        })
        const again = yield* passkeys.creationOptions(session)
        expect(yield* Effect.flip(passkeys.create(session, authenticator.create(again), ""))).toMatchObject({
          _tag: "SignInFailed"
        })
      }).pipe(Effect.provide(layer()))
    )

    it.scoped("changes passkeys only within 15 minutes of a sign-in, and never removes the last one", () =>
      Effect.gen(function* () {
        const passkeys = yield* Passkeys
        const accounts = yield* Accounts
        const { authenticator, signedIn } = yield* register()
        expect(yield* passkeys.remove(signedIn.session, authenticator.credentialId)).toBe(false)
        const second = makeAuthenticator(origin)
        yield* TestClock.adjust("1 second")
        const options = yield* passkeys.creationOptions(at(signedIn))
        expect(options.excludeCredentials?.map(({ id }) => id)).toEqual([authenticator.credentialId])
        const renewed = yield* passkeys.create(at(signedIn), second.create(options), "Laptop")
        const { signedInAt, userId } = renewed.session
        expect(signedInAt).toBe(signedIn.session.signedInAt)
        expect(userId === null ? [] : yield* accounts.credentialsOf(userId)).toHaveLength(2)

        yield* TestClock.adjust("15 minutes")
        expect(yield* Effect.flip(passkeys.creationOptions(at(renewed)))).toMatchObject({ _tag: "SignInTooOld" })
        expect(yield* Effect.flip(passkeys.remove(renewed.session, second.credentialId))).toMatchObject({
          _tag: "SignInTooOld"
        })
        const request = yield* passkeys.requestOptions(at(renewed))
        const { session } = yield* passkeys.signIn(at(renewed), second.get(request))
        expect(yield* passkeys.remove(session, authenticator.credentialId)).toBe(true)
        expect(yield* passkeys.remove((yield* register(stranger)).signedIn.session, second.credentialId)).toBe(false)
      }).pipe(Effect.provide(layer()))
    )

    it.scoped.each(steps)(
      "expires challenges and sign-ins by elapsed time when the wall clock is set %s",
      ([, millis]) =>
        onSteppedClock((step) =>
          Effect.gen(function* () {
            const passkeys = yield* Passkeys
            const { authenticator } = yield* register()
            const session = at(yield* begin(laptop))
            const options = yield* passkeys.requestOptions(session)
            yield* TestClock.adjust("4 minutes")
            yield* step(millis)
            const signedIn = yield* passkeys.signIn(session, authenticator.get(options))
            yield* TestClock.adjust("14 minutes")
            yield* step(-millis)
            yield* passkeys.creationOptions(at(signedIn))
            const late = yield* passkeys.requestOptions(at(signedIn))
            yield* step(millis)
            yield* TestClock.adjust("5 minutes")
            expect(yield* Effect.flip(passkeys.creationOptions(at(signedIn)))).toMatchObject({ _tag: "SignInTooOld" })
            expect(yield* Effect.flip(passkeys.signIn(at(signedIn), authenticator.get(late)))).toMatchObject({
              _tag: "SignInFailed"
            })
          }).pipe(Effect.provide(layer()))
        )
    )

    it.scoped("extends neither after a restart on a clock that was set back", () =>
      Effect.gen(function* () {
        const passkeys = yield* Passkeys
        yield* TestClock.setTime(3_600_000)
        const { authenticator, signedIn } = yield* register()
        const options = yield* passkeys.requestOptions(at(signedIn))
        yield* TestClock.setTime(0)
        expect(yield* Effect.flip(passkeys.creationOptions(at(signedIn)))).toMatchObject({ _tag: "SignInTooOld" })
        expect(yield* Effect.flip(passkeys.signIn(at(signedIn), authenticator.get(options)))).toMatchObject({
          _tag: "SignInFailed"
        })
      }).pipe(Effect.provide(layer()))
    )
  })

passkeysContract("Passkeys", sqlite)

describe.skipIf(hasNoPostgres)("in PostgreSQL", () => {
  const { database } = postgresForFile()
  passkeysContract("Passkeys", () => Layer.unwrapEffect(Effect.map(Effect.promise(database), postgres)))
})
