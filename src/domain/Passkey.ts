// Passkeys (WebAuthn level 3): the stored credential, browser messages, errors.
import * as Schema from "effect/Schema"
import { UserId } from "./Account.ts"

/** base64url, of at most 1,023 bytes. */
const CredentialId = Schema.String.pipe(Schema.minLength(1), Schema.maxLength(1364))
/** How to reach the authenticator: "internal", "usb" … */
const Transports = Schema.Array(Schema.String.pipe(Schema.maxLength(32))).pipe(Schema.maxItems(16))

/** JSON of the `PublicKeyCredential` from `navigator.credentials.create()`. */
export const Registration = Schema.Struct({
  id: CredentialId,
  rawId: CredentialId,
  type: Schema.Literal("public-key"),
  response: Schema.Struct({
    clientDataJSON: Schema.String,
    attestationObject: Schema.String,
    /** Optional: some browsers omit it, some send null. */
    transports: Schema.optionalWith(Transports, { default: () => [], nullable: true })
  })
})
export type Registration = typeof Registration.Type

/** JSON of the `PublicKeyCredential` from `navigator.credentials.get()`. */
export const Assertion = Schema.Struct({
  id: CredentialId,
  rawId: CredentialId,
  type: Schema.Literal("public-key"),
  response: Schema.Struct({
    clientDataJSON: Schema.String,
    authenticatorData: Schema.String,
    signature: Schema.String
  })
})
export type Assertion = typeof Assertion.Type

/** A passkey's public half (WebAuthn). Times are milliseconds since 1970. */
export const Credential = Schema.Struct({
  /** base64url. */
  credentialId: Schema.NonEmptyString,
  userId: UserId,
  /** COSE. */
  publicKey: Schema.Uint8ArrayFromSelf,
  /** Signature counter of the authenticator; 0 where it keeps none. */
  counter: Schema.NonNegativeInt,
  transports: Schema.Array(Schema.String),
  /** The User-Agent that made it, shortened. */
  device: Schema.String,
  createdAt: Schema.Number,
  lastUsed: Schema.Number
})
export type Credential = typeof Credential.Type

/** One error for every cause, so that it gives no hints to an attacker. */
export class SignInFailed extends Schema.TaggedError<SignInFailed>()("SignInFailed", {}) {
  readonly kind = "unauthenticated"
  override get message() {
    return "This passkey could not be confirmed; please try again"
  }
}

/** Changing passkeys requires a recent sign-in: an open session is not enough. */
export class SignInTooOld extends Schema.TaggedError<SignInTooOld>()("SignInTooOld", {}) {
  readonly kind = "forbidden"
  override get message() {
    return "Please sign in again first: passkeys can only be changed shortly after signing in"
  }
}
