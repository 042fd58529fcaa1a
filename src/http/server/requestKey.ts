// The idempotency scope of a request: its session, if any, and path; the fingerprint covers method
// and body. Without a session guessable keys are ignored: they could reveal another client's
// result.
import { createHash } from "node:crypto"
import type { IncomingMessage } from "node:http"
import * as Either from "effect/Either"
import * as Schema from "effect/Schema"
import { IdempotencyKey, isUnguessable, type RequestKey } from "../../domain/Idempotency.ts"
import type { CurrentVisitor } from "../account/Visitor.ts"
import { ValidationFailed } from "./Errors.ts"

const isKey = Schema.is(IdempotencyKey)

const hash = (text: string) => createHash("sha256").update(text).digest("base64url")

/** The session's handle; with the user once signed in, because another user may follow. */
const scopeOf = (visitor: CurrentVisitor | null) => {
  if (visitor === null) return "none"
  const { handle, userId } = visitor.session
  return userId === null ? handle : `${handle} ${userId}`
}

/** `key` as sent in a header or form; `body` as decoded. */
export const requestKey = (
  { method = "", url = "" }: IncomingMessage,
  visitor: CurrentVisitor | null,
  key: string | undefined,
  body: unknown
): Either.Either<RequestKey | undefined, ValidationFailed> => {
  if (key === undefined) return Either.right(undefined)
  if (!isKey(key)) {
    return Either.left(new ValidationFailed({ message: "Idempotency-Key: expected 8 to 128 visible ASCII characters" }))
  }
  if (visitor === null && !isUnguessable(key)) return Either.right(undefined)
  const scope = `${scopeOf(visitor)} ${url.split("?")[0]}`
  // Hashed: a reader of the database can't replay a key, whose result may be the owner's session.
  return Either.right({ scope, key: IdempotencyKey.make(hash(key)), fingerprint: hash(JSON.stringify([method, body])) })
}

/** Takes the key from the header; a repeated header is no valid key. */
export const requestOf = (message: IncomingMessage, visitor: CurrentVisitor | null, body: unknown) => {
  const key = message.headers["idempotency-key"]
  return requestKey(message, visitor, typeof key === "string" ? key : key?.join(", "), body)
}
