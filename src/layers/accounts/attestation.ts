// Attestation (WebAuthn level 3, 6.5): what an authenticator says of its make. Nothing here depends on it, so only the kinds
// that need no certificate are taken. Certificates name URLs (RFC 5280, 4.2.1.13), and the library fetches them, without a bound
// on time or size.
import type * as Helpers from "@simplewebauthn/server/helpers"

/** What self attestation has (8.2): `x5c` is the other kind of `packed`. */
const selfAttested = ["alg", "sig"]

const isWithoutCertificate = (object: unknown): boolean => {
  if (!(object instanceof Map)) return false
  const format: unknown = object.get("fmt")
  const statement: unknown = object.get("attStmt")
  if (!(statement instanceof Map)) return false
  if (format === "none") return statement.size === 0
  return format === "packed" && [...statement.keys()].every((name) => selfAttested.includes(String(name)))
}

/**
 * Whether it is `none`, or `packed` that the new key itself has signed. The library's own decoder says so: no other reading of the
 * same bytes comes to another result. Throws where it can't decode them, or not within the stack.
 */
export const needsNoCertificate = (
  { isoBase64URL, isoCBOR }: Pick<typeof Helpers, "isoBase64URL" | "isoCBOR">,
  attestationObject: string
): boolean => isWithoutCertificate(isoCBOR.decodeFirst<unknown>(isoBase64URL.toBuffer(attestationObject)))
