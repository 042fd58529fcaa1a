// Passkey registration and sign-in (WebAuthn): from the challenge in the session to the renewed
// session. `webAuthn.ts` verifies.
import type * as Library from "@simplewebauthn/server"
import * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import { UserId } from "../../domain/Account.ts"
import { type Assertion, type Registration, SignInFailed, SignInTooOld } from "../../domain/Passkey.ts"
import { type Session, type SessionId, type SessionNotFound, sessionKey } from "../../domain/Session.ts"
import type { StoreUnavailable } from "../../domain/StoredEvent.ts"
import { Ids } from "../node/Ids.ts"
import { type NewSession, SessionStore } from "../sessions/SessionStore.ts"
import { Accounts } from "./Accounts.ts"
import * as webAuthn from "./webAuthn.ts"

/** The session of a ceremony and the site's origin, `https://example.org`. */
export interface Ceremony {
  /** The session was created for this ceremony; its visitor owns nothing. */
  readonly isNew?: boolean
  readonly id: SessionId
  readonly session: Session
  readonly origin: string
}

const challengeTtl = Duration.minutes(5)
/** Maximum age of the sign-in for changing passkeys. */
const freshness = Duration.minutes(15)

const Challenge = Schema.Struct({
  challenge: Schema.String,
  userId: Schema.NullOr(UserId),
  isNew: Schema.Boolean,
  expiresAt: Schema.Number
})
/** Pending challenges, newest last: each tab may have started a ceremony. */
const challengesKey = sessionKey("passkeys/challenges", Schema.Array(Challenge))
/** Per session; the oldest is dropped. */
const maxChallenges = 8

type Failure = SignInFailed | SessionNotFound | StoreUnavailable

export class Passkeys extends Context.Tag("evenstar/Passkeys")<
  Passkeys,
  {
    /** Options of `create()`: for a new user, or another passkey of the signed-in user. */
    readonly creationOptions: (
      ceremony: Ceremony
    ) => Effect.Effect<Library.PublicKeyCredentialCreationOptionsJSON, SignInTooOld | Failure>
    /** Stores the new passkey and signs in, under a new session id. */
    readonly create: (
      ceremony: Ceremony,
      made: Registration,
      device: string
    ) => Effect.Effect<NewSession, SignInTooOld | Failure>
    /** Options of `get()`, without passkey ids: the device knows its passkeys. */
    readonly requestOptions: (
      ceremony: Ceremony
    ) => Effect.Effect<Library.PublicKeyCredentialRequestOptionsJSON, Failure>
    /** Signs in under a new session id; the visitor's aggregates become the user's. */
    readonly signIn: (ceremony: Ceremony, made: Assertion) => Effect.Effect<NewSession, Failure>
    /** Deletes a passkey of the signed-in user, never the last; true when it did. */
    readonly remove: (session: Session, credentialId: string) => Effect.Effect<boolean, SignInTooOld | StoreUnavailable>
  }
>() {
  static readonly layer = Layer.effect(
    Passkeys,
    Effect.gen(function* () {
      const accounts = yield* Accounts
      const sessions = yield* SessionStore
      const ids = yield* Ids

      /** The session's user; fails unless the sign-in is recent. Null without a user. */
      const freshUser = Effect.fnUntraced(function* ({ signedInAt, userId }: Session) {
        const now = yield* sessions.now
        // A sign-in in the future means that a clock was set back: its age is unknown.
        const isFresh = signedInAt !== null && Math.abs(now - signedInAt) < Duration.toMillis(freshness)
        return userId === null || isFresh ? userId : yield* new SignInTooOld()
      })

      const isInTime = (now: number) => (it: typeof Challenge.Type) =>
        it.expiresAt > now && it.expiresAt <= now + Duration.toMillis(challengeTtl)
      /** A challenge is valid for one response in its session. */
      const keepChallenge = Effect.fnUntraced(function* (
        { id, isNew = false }: Ceremony,
        challenge: string,
        userId: UserId | null
      ) {
        const now = yield* sessions.now
        const added = { challenge, userId, isNew, expiresAt: now + Duration.toMillis(challengeTtl) }
        yield* sessions.update(id, challengesKey, (before) => {
          const waiting = Option.getOrElse(before, () => []).filter(isInTime(now))
          return Option.some([...waiting, added].slice(-maxChallenges))
        })
      })
      /** Takes the challenge of a response; others stay pending. */
      const takeChallenge = Effect.fnUntraced(function* (id: SessionId, made: Registration | Assertion) {
        const now = yield* sessions.now
        const challenge = yield* webAuthn.challengeOf(made)
        const before = yield* sessions.update(id, challengesKey, (waiting) =>
          Option.filter(
            Option.map(waiting, (all) => all.filter((it) => it.challenge !== challenge)),
            (left) => left.length > 0
          )
        )
        const taken = Option.getOrElse(before, () => []).find((it) => it.challenge === challenge && isInTime(now)(it))
        return taken ?? (yield* new SignInFailed())
      })

      /** A new visitor is discarded in favor of one of the user's. */
      const enter = Effect.fnUntraced(function* ({ id, session }: Ceremony, userId: UserId, isNew: boolean) {
        const [first] = isNew ? yield* accounts.visitorsOf(userId) : []
        const visitorId = first ?? (yield* accounts.claim(userId, session.visitorId))
        return yield* sessions.renew(id, { userId, visitorId })
      })

      return {
        creationOptions: Effect.fn("Passkeys.creationOptions")(function* (ceremony) {
          const user = yield* freshUser(ceremony.session)
          const userId = user ?? UserId.make(yield* ids.random)
          const known = user === null ? [] : yield* accounts.credentialsOf(user)
          // Label of the account in the authenticator's list.
          const userName = `Account of ${new Date(yield* Clock.currentTimeMillis).toISOString().slice(0, 10)}`
          const options = yield* webAuthn.creationOptions(ceremony.origin, { userId, userName, known })
          yield* keepChallenge(ceremony, options.challenge, userId)
          return options
        }),

        create: Effect.fn("Passkeys.create")(function* (ceremony, made, device) {
          const { id, origin, session } = ceremony
          const { challenge, userId } = yield* takeChallenge(id, made)
          const isTheirs = session.userId === null || session.userId === userId
          if (userId === null || !isTheirs) return yield* new SignInFailed()
          // The sign-in must still be recent.
          yield* freshUser(session)
          const credential = yield* webAuthn.verifyCreation(made, { challenge, origin })
          if (Option.isSome(yield* accounts.find(credential.credentialId))) return yield* new SignInFailed()
          yield* accounts.register({ ...credential, device }, userId)
          // Adding a passkey doesn't extend the recent sign-in.
          return yield* session.userId === null ? enter(ceremony, userId, false) : sessions.renew(id)
        }),

        requestOptions: Effect.fn("Passkeys.requestOptions")(function* (ceremony) {
          const options = yield* webAuthn.requestOptions(ceremony.origin)
          yield* keepChallenge(ceremony, options.challenge, null)
          return options
        }),

        signIn: Effect.fn("Passkeys.signIn")(function* (ceremony, made) {
          const { id, origin } = ceremony
          const { challenge, isNew, userId: forCreation } = yield* takeChallenge(id, made)
          const found = yield* accounts.find(made.id)
          if (forCreation !== null || Option.isNone(found)) return yield* new SignInFailed()
          const { credentialId, userId } = found.value
          const counter = yield* webAuthn.verifyAssertion(made, { challenge, origin }, found.value)
          const isFirst = yield* accounts.used(credentialId, counter)
          return isFirst ? yield* enter(ceremony, userId, isNew) : yield* new SignInFailed()
        }),

        remove: Effect.fn("Passkeys.remove")(function* (session, credentialId) {
          const userId = yield* freshUser(session)
          return userId !== null && (yield* accounts.remove(userId, credentialId))
        })
      }
    })
  )
}
