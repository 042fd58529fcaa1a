// Signing in with passkeys (WebAuthn): both ceremonies, from the challenge that a session keeps to the renewed session.
import type * as WebAuthn from "@simplewebauthn/server"
import * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import { parse as bytesOf } from "uuid"
import { UserId } from "../domain/Account.ts"
import { type Assertion, type Creation, SignInFailed, SignInTooOld } from "../domain/Passkey.ts"
import { key, type Session, type SessionId, type SessionNotFound } from "../domain/Session.ts"
import type { StoreUnavailable } from "../domain/StoredEvent.ts"
import { Accounts } from "./Accounts.ts"
import { Ids } from "./Ids.ts"
import { type NewSession, SessionStore } from "./SessionStore.ts"

/** Whose session a ceremony is done in, and where: `origin` is the site's, `https://example.org`. */
export interface Ceremony {
  /** The session was begun for this ceremony: its visitor has nothing yet. */
  readonly isNew?: boolean
  readonly id: SessionId
  readonly session: Session
  readonly origin: string
}

const challengeTtl = Duration.minutes(5)
/** A passkey is only added, or removed, by who has signed in so shortly before. */
const freshness = Duration.minutes(15)

const challengeKey = key(
  "passkeys/challenge",
  Schema.Struct({
    challenge: Schema.String,
    userId: Schema.NullOr(UserId),
    isNew: Schema.Boolean,
    expiresAt: Schema.Number
  })
)

/** Loaded when it is first needed: it would double the time of a start. */
const webAuthn = Effect.runSync(Effect.cached(Effect.promise(() => import("@simplewebauthn/server"))))

type Failure = SignInFailed | SessionNotFound | StoreUnavailable

const confirmed = <A>(verify: () => Promise<A>): Effect.Effect<A, SignInFailed> =>
  Effect.catchAll(
    // The library throws whatever doesn't fit, and says which part of it.
    Effect.tryPromise(verify),
    ({ cause }) => Effect.zipRight(Effect.logDebug("A passkey was not confirmed", cause), new SignInFailed())
  )

export class Passkeys extends Context.Tag("evenstar/Passkeys")<
  Passkeys,
  {
    /** What the browser's `create()` wants: for a new user, or for one more passkey of who is signed in. */
    readonly creationOptions: (
      ceremony: Ceremony
    ) => Effect.Effect<WebAuthn.PublicKeyCredentialCreationOptionsJSON, SignInTooOld | Failure>
    /** Keeps the passkey that was made. Its user is then signed in: the session has a new id. */
    readonly create: (ceremony: Ceremony, made: Creation, device: string) => Effect.Effect<NewSession, Failure>
    /** What the browser's `get()` wants. It names no passkey: the visitor's device knows which it has. */
    readonly requestOptions: (
      ceremony: Ceremony
    ) => Effect.Effect<WebAuthn.PublicKeyCredentialRequestOptionsJSON, Failure>
    /** Signs in: the session has a new id, and the visitor's lists are the user's from now on. */
    readonly signIn: (ceremony: Ceremony, made: Assertion) => Effect.Effect<NewSession, Failure>
    /** Forgets a passkey of who is signed in; true when it did. The last one stays. */
    readonly remove: (session: Session, credentialId: string) => Effect.Effect<boolean, SignInTooOld | StoreUnavailable>
  }
>() {
  static readonly layer = Layer.effect(
    Passkeys,
    Effect.gen(function* () {
      const accounts = yield* Accounts
      const sessions = yield* SessionStore
      const ids = yield* Ids

      const rpID = (origin: string) => new URL(origin).hostname

      /** The session's user, who must have signed in just now; nobody where it has none. */
      const freshUser = Effect.fnUntraced(function* ({ signedInAt, userId }: Session) {
        const now = yield* Clock.currentTimeMillis
        const isFresh = signedInAt !== null && now - signedInAt < Duration.toMillis(freshness)
        return userId === null || isFresh ? userId : yield* new SignInTooOld()
      })

      /** A challenge is good for one answer in the session that asked for it. */
      const keepChallenge = Effect.fnUntraced(function* (
        { id, isNew = false }: Ceremony,
        challenge: string,
        userId: UserId | null
      ) {
        const expiresAt = (yield* Clock.currentTimeMillis) + Duration.toMillis(challengeTtl)
        yield* sessions.update(id, challengeKey, () => Option.some({ challenge, userId, isNew, expiresAt }))
      })
      const takeChallenge = Effect.fnUntraced(function* (id: SessionId) {
        const now = yield* Clock.currentTimeMillis
        const kept = Option.filter(yield* sessions.update(id, challengeKey, Option.none), (it) => it.expiresAt > now)
        return Option.isSome(kept) ? kept.value : yield* new SignInFailed()
      })

      /** A visitor without a past is not worth keeping: the user goes on as one of theirs. */
      const enter = Effect.fnUntraced(function* ({ id, session }: Ceremony, userId: UserId, isNew: boolean) {
        const [first] = isNew ? yield* accounts.visitorsOf(userId) : []
        const visitorId = first ?? (yield* accounts.claim(userId, session.visitorId))
        return yield* sessions.renew(id, { userId, visitorId })
      })

      return {
        creationOptions: Effect.fn("Passkeys.creationOptions")(function* (ceremony) {
          const { origin, session } = ceremony
          const { generateRegistrationOptions } = yield* webAuthn
          const user = yield* freshUser(session)
          const userId = user ?? UserId.make(yield* ids.random)
          const known = user === null ? [] : yield* accounts.credentialsOf(user)
          const today = new Date(yield* Clock.currentTimeMillis).toISOString().slice(0, 10)
          const options = yield* Effect.promise(() =>
            generateRegistrationOptions({
              rpName: "Evenstar",
              rpID: rpID(origin),
              // All that tells one account from another in the authenticator's list.
              userName: `Lists of ${today}`,
              userID: new Uint8Array(bytesOf(userId)),
              excludeCredentials: known.map(({ credentialId, transports }) => ({
                id: credentialId,
                transports: [...transports]
              })),
              authenticatorSelection: { residentKey: "required", userVerification: "preferred" }
            })
          )
          yield* keepChallenge(ceremony, options.challenge, userId)
          return options
        }),

        create: Effect.fn("Passkeys.create")(function* (ceremony, made, device) {
          const { verifyRegistrationResponse } = yield* webAuthn
          const { id, origin, session } = ceremony
          const { challenge, userId } = yield* takeChallenge(id)
          if (userId === null || (session.userId !== null && session.userId !== userId))
            return yield* new SignInFailed()
          const { registrationInfo } = yield* confirmed(() =>
            verifyRegistrationResponse({
              response: {
                ...made,
                response: { ...made.response, transports: [...made.response.transports] },
                clientExtensionResults: {}
              },
              expectedChallenge: challenge,
              expectedOrigin: origin,
              expectedRPID: rpID(origin),
              requireUserVerification: false
            })
          )
          if (registrationInfo === undefined) return yield* new SignInFailed()
          const { counter, id: credentialId, publicKey } = registrationInfo.credential
          if (Option.isSome(yield* accounts.find(credentialId))) return yield* new SignInFailed()
          const { transports } = made.response
          yield* accounts.register({ credentialId, publicKey, counter, transports, device }, userId)
          // One more passkey is no sign-in: what may be done shortly after one is not to be had for longer by it.
          return yield* session.userId === null ? enter(ceremony, userId, false) : sessions.renew(id)
        }),

        requestOptions: Effect.fn("Passkeys.requestOptions")(function* (ceremony) {
          const { origin } = ceremony
          const { generateAuthenticationOptions } = yield* webAuthn
          const options = yield* Effect.promise(() =>
            generateAuthenticationOptions({ rpID: rpID(origin), userVerification: "preferred" })
          )
          yield* keepChallenge(ceremony, options.challenge, null)
          return options
        }),

        signIn: Effect.fn("Passkeys.signIn")(function* (ceremony, made) {
          const { verifyAuthenticationResponse } = yield* webAuthn
          const { id, origin } = ceremony
          const { challenge, isNew, userId: forCreation } = yield* takeChallenge(id)
          const found = yield* accounts.find(made.id)
          if (forCreation !== null || Option.isNone(found)) return yield* new SignInFailed()
          const { counter, credentialId, publicKey, userId } = found.value
          const { authenticationInfo, verified } = yield* confirmed(() =>
            verifyAuthenticationResponse({
              response: { ...made, clientExtensionResults: {} },
              expectedChallenge: challenge,
              expectedOrigin: origin,
              expectedRPID: rpID(origin),
              credential: { id: credentialId, publicKey: new Uint8Array(publicKey), counter },
              requireUserVerification: false
            })
          )
          const isFirst = verified && (yield* accounts.used(credentialId, authenticationInfo.newCounter))
          if (!isFirst) return yield* new SignInFailed()
          return yield* enter(ceremony, userId, isNew)
        }),

        remove: Effect.fn("Passkeys.remove")(function* (session, credentialId) {
          const userId = yield* freshUser(session)
          return userId !== null && (yield* accounts.remove(userId, credentialId))
        })
      }
    })
  )
}
