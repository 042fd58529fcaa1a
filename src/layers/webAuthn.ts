// WebAuthn itself: what a browser is asked to sign, and whether it did. `origin` is the site's, and its host name the relying
// party's. User verification is asked for and not demanded: an authenticator that has none works too.
import type * as Library from "@simplewebauthn/server"
import * as Effect from "effect/Effect"
import { parse as bytesOf } from "uuid"
import type { UserId } from "../domain/Account.ts"
import { type Assertion, type Creation, type Credential, SignInFailed } from "../domain/Passkey.ts"

/** Loaded when it is first needed: it would double the time of a start. */
const library = Effect.runSync(Effect.cached(Effect.promise(() => import("@simplewebauthn/server"))))

const rpID = (origin: string) => new URL(origin).hostname
const userVerification = "preferred"

export interface Asked {
  readonly origin: string
  readonly challenge: string
}
const expected = ({ challenge, origin }: Asked) => ({
  expectedChallenge: challenge,
  expectedOrigin: origin,
  expectedRPID: rpID(origin),
  requireUserVerification: false
})

/** What the library throws says which part doesn't fit; the caller learns only that something doesn't. */
const confirmed = <A>(verify: (library: typeof Library) => Promise<A>): Effect.Effect<A, SignInFailed> =>
  Effect.flatMap(library, (loaded) =>
    Effect.catchAll(
      Effect.tryPromise(() => verify(loaded)),
      ({ cause }) => Effect.zipRight(Effect.logDebug("A passkey was not confirmed", cause), new SignInFailed())
    )
  )

/** For `create()`. `userName` is what an authenticator's list shows; those who are `known` make no second one. */
export const creationOptions = (
  origin: string,
  { known, userId, userName }: { userId: UserId; userName: string; known: ReadonlyArray<Credential> }
) =>
  Effect.flatMap(library, ({ generateRegistrationOptions }) =>
    Effect.promise(() =>
      generateRegistrationOptions({
        rpName: "Evenstar",
        rpID: rpID(origin),
        userName,
        userID: new Uint8Array(bytesOf(userId)),
        excludeCredentials: known.map(({ credentialId, transports }) => ({
          id: credentialId,
          transports: [...transports]
        })),
        authenticatorSelection: { residentKey: "required", userVerification }
      })
    )
  )

/** For `get()`. */
export const requestOptions = (origin: string) =>
  Effect.flatMap(library, ({ generateAuthenticationOptions }) =>
    Effect.promise(() => generateAuthenticationOptions({ rpID: rpID(origin), userVerification }))
  )

/** The passkey that was made for a challenge. */
export const verifyCreation = (made: Creation, asked: Asked) =>
  Effect.flatMap(
    confirmed(({ verifyRegistrationResponse }) =>
      verifyRegistrationResponse({
        response: {
          ...made,
          response: { ...made.response, transports: [...made.response.transports] },
          clientExtensionResults: {}
        },
        ...expected(asked)
      })
    ),
    ({ registrationInfo }) => {
      if (registrationInfo === undefined) return new SignInFailed()
      const { counter, id, publicKey } = registrationInfo.credential
      return Effect.succeed({ credentialId: id, publicKey, counter, transports: made.response.transports })
    }
  )

/** How often the passkey has signed, now that it has signed the challenge. */
export const verifyAssertion = (
  made: Assertion,
  asked: Asked,
  { counter, credentialId, publicKey }: Credential
): Effect.Effect<number, SignInFailed> =>
  Effect.flatMap(
    confirmed(({ verifyAuthenticationResponse }) =>
      verifyAuthenticationResponse({
        response: { ...made, clientExtensionResults: {} },
        credential: { id: credentialId, publicKey: new Uint8Array(publicKey), counter },
        ...expected(asked)
      })
    ),
    ({ authenticationInfo, verified }) =>
      verified ? Effect.succeed(authenticationInfo.newCounter) : new SignInFailed()
  )
