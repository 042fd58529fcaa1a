// A software authenticator (WebAuthn level 3) with a P-256 passkey. Attests only if given `attest`.
import { createHash, generateKeyPairSync, type KeyObject, randomBytes, sign } from "node:crypto"
import { cbor } from "./cbor.ts"

const sha256 = (bytes: string | Buffer) => createHash("sha256").update(bytes).digest()
const url64 = (bytes: string | Buffer) => Buffer.from(bytes).toString("base64url")

const present = 0x01
const verified = 0x04
const withKey = 0x40

/** Inputs of an attestation. */
export interface Attested {
  readonly authData: Buffer
  readonly clientDataHash: Buffer
  readonly credentialId: Buffer
  readonly privateKey: KeyObject
  readonly publicKey: KeyObject
}
const unattested = ({ authData }: Attested) => cbor({ fmt: "none", attStmt: {}, authData })

interface Options {
  readonly challenge: string
}

/** `idLength` in bytes. `origin` is the page's origin; its host name is the relying party id. */
export const makeAuthenticator = (origin: string, { idLength = 32 } = {}) => {
  const { privateKey, publicKey } = generateKeyPairSync("ec", { namedCurve: "P-256" })
  const { x = "", y = "" } = publicKey.export({ format: "jwk" })
  const credentialId = randomBytes(idLength)
  let count = 0

  const authenticatorData = (flags: number, key: Buffer = Buffer.alloc(0)) => {
    const counter = Buffer.alloc(4)
    counter.writeUInt32BE(++count)
    return Buffer.concat([sha256(new URL(origin).hostname), Buffer.from([flags]), counter, key])
  }
  const clientData = (type: "webauthn.create" | "webauthn.get", { challenge }: Options) =>
    JSON.stringify({ type, challenge, origin, crossOrigin: false })
  const credential = <A>(response: A) => ({
    id: url64(credentialId),
    rawId: url64(credentialId),
    type: "public-key" as const,
    response
  })

  return {
    credentialId: url64(credentialId),
    /** `attest` builds the attestation object. */
    create: (options: Options, attest: (attested: Attested) => Buffer = unattested) => {
      const cose = Buffer.concat([
        Buffer.from([0xa5, 0x01, 0x02, 0x03, 0x26, 0x20, 0x01, 0x21, 0x58, 0x20]),
        Buffer.from(x, "base64url"),
        Buffer.from([0x22, 0x58, 0x20]),
        Buffer.from(y, "base64url")
      ])
      const key = Buffer.concat([
        Buffer.alloc(16),
        Buffer.from([credentialId.length >> 8, credentialId.length & 0xff]),
        credentialId,
        cose
      ])
      const client = clientData("webauthn.create", options)
      const attestation = attest({
        authData: authenticatorData(present | verified | withKey, key),
        clientDataHash: sha256(client),
        credentialId,
        privateKey,
        publicKey
      })
      return credential({
        clientDataJSON: url64(client),
        attestationObject: url64(attestation),
        transports: ["internal"]
      })
    },
    get: (options: Options) => {
      const data = authenticatorData(present | verified)
      const client = clientData("webauthn.get", options)
      return credential({
        clientDataJSON: url64(client),
        authenticatorData: url64(data),
        signature: url64(sign("sha256", Buffer.concat([data, sha256(client)]), privateKey))
      })
    }
  }
}
