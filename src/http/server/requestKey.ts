// The request behind an Idempotency-Key: its scope is the session, or none, and the path; its fingerprint is what it asks. Without a
// session a key that might be guessed counts for nothing: another client's answer would come of it.
import { createHash } from "node:crypto"
import type { IncomingMessage } from "node:http"
import * as Either from "effect/Either"
import * as Schema from "effect/Schema"
import { IdempotencyKey, isUnguessable, type RequestKey } from "../../domain/Idempotency.ts"
import type { CurrentVisitor } from "../account/Visitor.ts"
import { ValidationFailed } from "./Errors.ts"

const isKey = Schema.is(IdempotencyKey)

const hash = (text: string) => createHash("sha256").update(text).digest("base64url")

/** A session's, and of one that somebody signed in with, theirs alone: the next one who does so is somebody else. */
const scopeOf = (visitor: CurrentVisitor | null) => {
  if (visitor === null) return "none"
  const { handle, userId } = visitor.session
  return userId === null ? handle : `${handle} ${userId}`
}

/** `key` as the client sent it, in a header or a form; `body` is what the request was decoded to. */
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
  // Whoever reads the database can't send it again: the answer to the key of somebody's first form is its owner's session.
  return Either.right({ scope, key: IdempotencyKey.make(hash(key)), fingerprint: hash(JSON.stringify([method, body])) })
}

/** The same with the key from the header; a repeated header is no key (Node joins its values with a space). */
export const requestOf = (message: IncomingMessage, visitor: CurrentVisitor | null, body: unknown) => {
  const key = message.headers["idempotency-key"]
  return requestKey(message, visitor, typeof key === "string" ? key : key?.join(", "), body)
}
