// Passkeys (WebAuthn level 3): what is kept of one, what browsers send, and how signing in can fail.
import * as Schema from "effect/Schema"
import { UserId } from "./Account.ts"

/** base64url, of at most 1,023 bytes. */
const CredentialId = Schema.String.pipe(Schema.minLength(1), Schema.maxLength(1364))
/** How to reach the authenticator: "internal", "usb" … */
const Transports = Schema.Array(Schema.String.pipe(Schema.maxLength(32))).pipe(Schema.maxItems(16))

/** What a browser's `PublicKeyCredential` says as JSON (WebAuthn level 3): `create()` made it. */
export const Creation = Schema.Struct({
  id: CredentialId,
  rawId: CredentialId,
  type: Schema.Literal("public-key"),
  response: Schema.Struct({
    clientDataJSON: Schema.String,
    attestationObject: Schema.String,
    /** Not every browser knows them: some leave them out, some say null. */
    transports: Schema.optionalWith(Transports, { default: () => [], nullable: true })
  })
})
export type Creation = typeof Creation.Type

/** The same from `get()`. */
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
  /** Signatures so far, as the authenticator counts them; 0 where it doesn't. */
  counter: Schema.NonNegativeInt,
  transports: Schema.Array(Schema.String),
  /** The User-Agent that made it, shortened. */
  device: Schema.String,
  createdAt: Schema.Number,
  lastUsed: Schema.Number
})
export type Credential = typeof Credential.Type

/** One cause for all: a caller who guesses learns nothing. */
export class SignInFailed extends Schema.TaggedError<SignInFailed>()("SignInFailed", {}) {
  readonly kind = "unauthenticated"
  override get message() {
    return "This passkey could not be confirmed; please try again"
  }
}

/** Adding or removing a passkey is for who has signed in shortly before: an open session left alone is not enough. */
export class SignInTooOld extends Schema.TaggedError<SignInTooOld>()("SignInTooOld", {}) {
  readonly kind = "forbidden"
  override get message() {
    return "Please sign in again first: passkeys can only be changed shortly after signing in"
  }
}
