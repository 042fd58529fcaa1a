// WebAuthn itself: what a browser is asked to sign, and whether it did. `origin` is the site's, and its host name the relying
// party's. User verification is asked for and not demanded: an authenticator that has none works too.
import * as Effect from "effect/Effect"
import { parse as bytesOf } from "uuid"
import type { UserId } from "../domain/Account.ts"
import { type Assertion, type Creation, type Credential, SignInFailed } from "../domain/Passkey.ts"

/** Loaded when it is first needed: it would double the time of a start. */
const library = Effect.runSync(
  Effect.cached(
    Effect.promise(async () => ({
      ...(await import("@simplewebauthn/server")),
      ...(await import("@simplewebauthn/server/helpers"))
    }))
  )
)
type Loaded = Effect.Effect.Success<typeof library>

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
const confirmed = <A>(verify: (library: Loaded) => Promise<A>): Effect.Effect<A, SignInFailed> =>
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

/**
 * Refuses attestation that names certificates, before the library sees it: to verify one it fetches the revocation lists whose
 * URLs stand in the certificates, which the sender has written, without a bound on time or size. Left are `none`, and `packed`
 * that the new key itself has signed (WebAuthn level 3, 8.2).
 */
const refuseCertificates = ({ decodeAttestationObject, isoBase64URL }: Loaded, attestationObject: string) => {
  const decoded = decodeAttestationObject(isoBase64URL.toBuffer(attestationObject))
  const statement = decoded.get("attStmt")
  const isSelfSigned = statement.size === 2 && statement.get("alg") !== undefined && statement.get("sig") !== undefined
  const format = decoded.get("fmt")
  if (format === "none" ? statement.size > 0 : format !== "packed" || !isSelfSigned) {
    throw new Error(`Attestation of the format ${format} is not accepted with certificates`)
  }
}

/** The passkey that was made for a challenge. */
export const verifyCreation = (made: Creation, asked: Asked) =>
  Effect.flatMap(
    confirmed(async (loaded) => {
      refuseCertificates(loaded, made.response.attestationObject)
      return loaded.verifyRegistrationResponse({
        response: {
          ...made,
          response: { ...made.response, transports: [...made.response.transports] },
          clientExtensionResults: {}
        },
        ...expected(asked)
      })
    }),
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
