// A client that heard no answer sends its command again, under the same key: it is done once, and answered the same twice.
import * as Duration from "effect/Duration"
import * as Schema from "effect/Schema"
import { Sequence, Version } from "./StoredEvent.ts"

/** 8 to 128 visible ASCII characters, chosen by the client (IETF draft "The Idempotency-Key HTTP Header Field"). */
export const IdempotencyKey = Schema.String.pipe(
  Schema.pattern(/^[\x21-\x7e]{8,128}$/, { message: () => "Expected 8 to 128 visible ASCII characters" }),
  Schema.brand("IdempotencyKey")
)
export type IdempotencyKey = typeof IdempotencyKey.Type

/** What the API's description says of a key's scope: `isUnguessable` is the rule. */
export const idempotencyKeyScope =
  "A key's scope is the session and the path; without a session only a key of at least 128 random bits counts (32 or more hex digits, or a UUID), any other is as good as none."

/**
 * Whether a key has the form of 128 random bits: strangers share the scope of those without a session, and must not meet there.
 * Some clients send the quotes of a structured field's string as well.
 */
export const isUnguessable = (key: string): boolean =>
  /^("?)(?:[0-9a-f]{32,}|[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})\1$/i.test(key)

/** One request as its client names it. */
export interface RequestKey {
  /** Who may mean the same by the same key: the session, or none, and the path. */
  readonly scope: string
  readonly key: IdempotencyKey
  /** A hash of what was asked: the same key with another one is refused. */
  readonly fingerprint: string
}

/** What a command came to. `detail` holds the ids that it made. */
export const CommandResult = Schema.Struct({
  sequence: Sequence,
  version: Version,
  detail: Schema.Record({ key: Schema.String, value: Schema.String })
})
export type CommandResult = typeof CommandResult.Type

/** How long an answer is kept. */
export const answersKept = Duration.hours(24)

/** The key was used before, with another request behind it. Nothing was written. */
export class IdempotencyKeyReused extends Schema.TaggedError<IdempotencyKeyReused>()("IdempotencyKeyReused", {}) {
  readonly kind = "unprocessable"
  readonly code = "IDEMPOTENCY_KEY_REUSED"
  override get message() {
    return "This Idempotency-Key was used for another request"
  }
}
