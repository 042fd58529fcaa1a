// Attestation (WebAuthn level 3, 6.5). Only formats without certificates are accepted: certificates
// contain URLs (RFC 5280, 4.2.1.13) that the library fetches without limits on time or size.
import type * as Helpers from "@simplewebauthn/server/helpers"

/** Fields of self attestation (8.2); `x5c` marks the other kind of `packed`. */
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
 * True for format `none` and for self-signed `packed`. Uses the library's decoder, so both read the
 * same bytes alike. Throws on undecodable or too deeply nested input.
 */
export const needsNoCertificate = (
  { isoBase64URL, isoCBOR }: Pick<typeof Helpers, "isoBase64URL" | "isoCBOR">,
  attestationObject: string
): boolean => isWithoutCertificate(isoCBOR.decodeFirst<unknown>(isoBase64URL.toBuffer(attestationObject)))
