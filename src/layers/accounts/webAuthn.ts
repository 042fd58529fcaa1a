// WebAuthn options and verification. The relying party id is the origin's host name. User
// verification is preferred, not required.
import * as Effect from "effect/Effect"
import { parse as bytesOf } from "uuid"
import type { UserId } from "../../domain/Account.ts"
import { type Assertion, type Credential, type Registration, SignInFailed } from "../../domain/Passkey.ts"
import { SiteName } from "../node/SiteName.ts"
import { needsNoCertificate } from "./attestation.ts"

/** Loaded on demand: it would double the start time. */
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

export interface Expected {
  readonly origin: string
  readonly challenge: string
}
const expected = ({ challenge, origin }: Expected) => ({
  expectedChallenge: challenge,
  expectedOrigin: origin,
  expectedRPID: rpID(origin),
  requireUserVerification: false
})

/**
 * Maximum characters of each decoded part (base64url): enough for ML-DSA-87, too short for CBOR or
 * ASN.1 that would block the event loop.
 */
const longest = 12 * 1024
const areShort = (parts: Readonly<Record<string, unknown>>) =>
  Object.values(parts).every((part) => typeof part !== "string" || part.length <= longest)

/** Failures are logged; the caller learns no cause. */
const confirmed = <A>(
  { response }: Registration | Assertion,
  verify: (library: Loaded) => Promise<A>
): Effect.Effect<A, SignInFailed> =>
  areShort(response)
    ? Effect.flatMap(library, (loaded) =>
        Effect.catchAll(
          Effect.tryPromise(() => verify(loaded)),
          ({ cause }) => Effect.zipRight(Effect.logDebug("A passkey could not be verified", cause), new SignInFailed())
        )
      )
    : new SignInFailed()

/**
 * Options of `create()`. `userName` is the authenticator's label; `known` passkeys are excluded.
 */
export const creationOptions = (
  origin: string,
  { known, userId, userName }: { userId: UserId; userName: string; known: ReadonlyArray<Credential> }
) =>
  Effect.flatMap(Effect.all([library, SiteName]), ([{ generateRegistrationOptions }, site]) =>
    Effect.promise(() =>
      generateRegistrationOptions({
        rpName: site,
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

/** Options of `get()`. */
export const requestOptions = (origin: string) =>
  Effect.flatMap(library, ({ generateAuthenticationOptions }) =>
    Effect.promise(() => generateAuthenticationOptions({ rpID: rpID(origin), userVerification }))
  )

/** The challenge that the browser claims; verified later. */
export const challengeOf = (made: Registration | Assertion): Effect.Effect<string, SignInFailed> =>
  confirmed(made, async ({ decodeClientDataJSON }) => decodeClientDataJSON(made.response.clientDataJSON).challenge)

/** Verifies a registration and returns the passkey. */
export const verifyCreation = (made: Registration, asked: Expected) =>
  Effect.flatMap(
    confirmed(made, async (loaded) => {
      if (!needsNoCertificate(loaded, made.response.attestationObject)) return { registrationInfo: undefined }
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

/** Verifies an assertion and returns the new counter. */
export const verifyAssertion = (
  made: Assertion,
  asked: Expected,
  { counter, credentialId, publicKey }: Credential
): Effect.Effect<number, SignInFailed> =>
  Effect.flatMap(
    confirmed(made, ({ verifyAuthenticationResponse }) =>
      verifyAuthenticationResponse({
        response: { ...made, clientExtensionResults: {} },
        credential: { id: credentialId, publicKey: new Uint8Array(publicKey), counter },
        ...expected(asked)
      })
    ),
    ({ authenticationInfo, verified }) =>
      verified ? Effect.succeed(authenticationInfo.newCounter) : new SignInFailed()
  )
