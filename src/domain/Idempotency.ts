// Idempotency keys: a client retries a command under the same key; it runs once and every attempt
// gets the same result.
import * as Duration from "effect/Duration"
import * as Schema from "effect/Schema"
import { Sequence, Version } from "./StoredEvent.ts"

/**
 * 8 to 128 visible ASCII characters, chosen by the client (IETF draft "The Idempotency-Key HTTP
 * Header Field").
 */
export const IdempotencyKey = Schema.String.pipe(
  Schema.pattern(/^[\x21-\x7e]{8,128}$/, { message: () => "Expected 8 to 128 visible ASCII characters" }),
  Schema.brand("IdempotencyKey")
)
export type IdempotencyKey = typeof IdempotencyKey.Type

/** A key's scope, for the OpenAPI document; `isUnguessable` implements the rule. */
export const idempotencyKeyScope =
  "A key's scope is the session and the path; without a session only a key of at least 128 random bits counts (32 or more hex digits, or a UUID), any other key is ignored."

/**
 * True for a key with 128 random bits. Clients without a session share one scope, so a guessable
 * key could collide. Some clients quote the key (RFC 8941 string).
 */
export const isUnguessable = (key: string): boolean =>
  /^("?)(?:[0-9a-f]{32,}|[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})\1$/i.test(key)

/** Identifies one request. */
export interface RequestKey {
  /** The session, or none, and the path. */
  readonly scope: string
  readonly key: IdempotencyKey
  /** Hash of the request; the same key with another fingerprint is refused. */
  readonly fingerprint: string
}

/** Result of a command. `detail`: ids that it created. */
export const CommandResult = Schema.Struct({
  sequence: Sequence,
  version: Version,
  detail: Schema.Record({ key: Schema.String, value: Schema.String })
})
export type CommandResult = typeof CommandResult.Type

/** Retention of stored command results. */
export const commandResultTtl = Duration.hours(24)

/** The key was used for a different request. Nothing was written. */
export class IdempotencyKeyReused extends Schema.TaggedError<IdempotencyKeyReused>()("IdempotencyKeyReused", {}) {
  readonly kind = "unprocessable"
  readonly code = "IDEMPOTENCY_KEY_REUSED"
  override get message() {
    return "This Idempotency-Key was used for another request"
  }
}
