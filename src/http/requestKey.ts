// The request behind an Idempotency-Key: its scope is the session, or none, and the path; its fingerprint is what it asks.
import { createHash } from "node:crypto"
import type { IncomingMessage } from "node:http"
import * as Either from "effect/Either"
import * as Schema from "effect/Schema"
import type { Asker } from "../domain/Account.ts"
import { IdempotencyKey, type RequestKey } from "../domain/Idempotency.ts"
import { ValidationFailed } from "./Errors.ts"

const isKey = Schema.is(IdempotencyKey)

const hash = (text: string) => createHash("sha256").update(text).digest("base64url")

/** `key` as the client sent it, in a header or a form; `body` is what the request was decoded to. */
export const requestKey = (
  { method = "", url = "" }: IncomingMessage,
  asker: Asker | null,
  key: string | undefined,
  body: unknown
): Either.Either<RequestKey | undefined, ValidationFailed> => {
  if (key === undefined) return Either.right(undefined)
  if (!isKey(key)) {
    return Either.left(new ValidationFailed({ message: "Idempotency-Key: expected 8 to 128 visible ASCII characters" }))
  }
  const scope = `${asker?.visitorId ?? "none"} ${url.split("?")[0]}`
  return Either.right({ scope, key, fingerprint: hash(JSON.stringify([method, body])) })
}

/** The same with the key from the header; a repeated header is no key (Node joins its values with a space). */
export const requestOf = (message: IncomingMessage, asker: Asker | null, body: unknown) => {
  const key = message.headers["idempotency-key"]
  return requestKey(message, asker, typeof key === "string" ? key : key?.join(", "), body)
}
