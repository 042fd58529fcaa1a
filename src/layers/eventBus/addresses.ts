// An aggregate's place on a bus: a subject of NATS, a key expression of Zenoh. What separates, or means more than itself, on either of them is
// escaped, so that an id is one token and no other id's.
import { createHash } from "node:crypto"
import type { Address } from "./Transport.ts"

/** NATS takes 4,096 bytes of subject and its surroundings, and two tokens are ours. */
const maxTokenLength = 200

const plain = new RegExp(`^[\\w-]{1,${maxTokenLength}}$`)

/** A half of a surrogate pair has no UTF-8: it would become the same as all others. */
const escaped = (character: string) =>
  /\p{Surrogate}/u.test(character)
    ? `%u${character.charCodeAt(0).toString(16).toUpperCase()}`
    : Buffer.from(character).toString("hex").toUpperCase().replace(/../g, "%$&")

/**
 * Any text as letters, digits, `_`, `-` and `%`; different texts differ. Ids as we make them stay what they are, others read like parts
 * of a URL, and very long ones are their SHA-256.
 */
export const escapeToken = (text: string): string => {
  if (plain.test(text)) return text
  // None of the escapes is a percent sign alone, or begins with one and an h.
  if (text === "") return "%"
  const whole = text.replace(/[^\w-]/gu, escaped)
  return whole.length <= maxTokenLength
    ? whole
    : `%h${createHash("sha256").update(text, "utf16le").digest("base64url")}`
}

const root = ["evenstar", "events"]

/** Where events of an aggregate go. */
const addressWith =
  (separator: string) =>
  ({ aggregateId, aggregateType }: Address): string =>
    [...root, escapeToken(aggregateType), escapeToken(aggregateId)].join(separator)

/** All places that events come from. */
const allAddressesWith = (separator: string): string => [...root, "*", "*"].join(separator)

export const natsSubject = addressWith(".")
export const allNatsSubjects = allAddressesWith(".")
export const zenohKey = addressWith("/")
export const allZenohKeys = allAddressesWith("/")
