// Addresses of aggregates: NATS subjects and Zenoh key expressions. Separators and wildcards are
// escaped, so each id is one unique token.
import { createHash } from "node:crypto"
import type { Address } from "./Transport.ts"

/** NATS accepts 4,096 bytes of subject and headers; two tokens are the prefix. */
const maxTokenLength = 200

const plain = new RegExp(`^[\\w-]{1,${maxTokenLength}}$`)

/** Lone surrogates have no UTF-8 and would collide. */
const escaped = (character: string) =>
  /\p{Surrogate}/u.test(character)
    ? `%u${character.charCodeAt(0).toString(16).toUpperCase()}`
    : Buffer.from(character).toString("hex").toUpperCase().replace(/../g, "%$&")

/**
 * Encodes text as letters, digits, `_`, `-` and `%`, injectively. Our ids stay unchanged; long
 * texts become their SHA-256.
 */
export const escapeToken = (text: string): string => {
  if (plain.test(text)) return text
  // No escape is a single percent sign or begins with `%h`.
  if (text === "") return "%"
  const whole = text.replace(/[^\w-]/gu, escaped)
  return whole.length <= maxTokenLength
    ? whole
    : `%h${createHash("sha256").update(text, "utf16le").digest("base64url")}`
}

const root = ["evenstar", "events"]

/** The address of an aggregate's events. */
const addressWith =
  (separator: string) =>
  ({ aggregateId, aggregateType }: Address): string =>
    [...root, escapeToken(aggregateType), escapeToken(aggregateId)].join(separator)

/** The wildcard address of all events. */
const allAddressesWith = (separator: string): string => [...root, "*", "*"].join(separator)

export const natsSubject = addressWith(".")
export const allNatsSubjects = allAddressesWith(".")
export const zenohKey = addressWith("/")
export const allZenohKeys = allAddressesWith("/")
