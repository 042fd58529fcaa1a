// Every attestation statement format of WebAuthn level 3, and invalid objects. Certificates are as
// valid as possible without a manufacturer's key; their extensions point to `urls`.
import { generateKeyPairSync, type KeyObject, sign } from "node:crypto"
import type { Attested } from "./authenticator.ts"
import { type Cbor, cbor } from "./cbor.ts"
import { appleNonce, chainFor, keyDescription, sha256 } from "./certificates.ts"

export type Attest = (attested: Attested) => Buffer

const es256 = -7
const signed = (key: KeyObject, ...parts: ReadonlyArray<Buffer>) => sign("sha256", Buffer.concat(parts), key)
const object =
  (fmt: Cbor, statement: (attested: Attested) => Cbor): Attest =>
  (attested) =>
    cbor({ fmt, attStmt: statement(attested), authData: attested.authData })

const bytesOf = (key: KeyObject) => key.export({ type: "spki", format: "der" }).subarray(-65)

/** Signed by a separate key that a certificate vouches for. */
const certified =
  (urls: ReadonlyArray<string>, parts: (attested: Attested) => ReadonlyArray<Buffer>) =>
  (attested: Attested): Cbor => {
    const { privateKey, publicKey } = generateKeyPairSync("ec", { namedCurve: "P-256" })
    return { alg: es256, sig: signed(privateKey, ...parts(attested)), x5c: chainFor(publicKey, urls) }
  }
const base = ({ authData, clientDataHash }: Attested) => [authData, clientDataHash]

export const accepted: Readonly<Record<string, Attest>> = {
  none: object("none", () => ({})),
  "packed without x5c": object("packed", (attested) => ({
    alg: es256,
    sig: signed(attested.privateKey, ...base(attested))
  })),
  "none with reordered members": ({ authData }) => cbor({ authData, attStmt: {}, fmt: "none" })
}

const withCertificates = (urls: ReadonlyArray<string>): Readonly<Record<string, Attest>> => ({
  "packed with x5c": object("packed", certified(urls, base)),
  "android-key": object("android-key", (attested) => ({
    alg: es256,
    sig: signed(attested.privateKey, ...base(attested)),
    x5c: chainFor(attested.publicKey, urls, [keyDescription(attested.clientDataHash)])
  })),
  "android-safetynet": object("android-safetynet", (attested) => {
    const { publicKey } = generateKeyPairSync("ec", { namedCurve: "P-256" })
    const x5c = chainFor(publicKey, urls).map((it) => it.toString("base64"))
    const part = (value: unknown) => Buffer.from(JSON.stringify(value)).toString("base64url")
    const nonce = sha256(Buffer.concat(base(attested))).toString("base64")
    const body = { nonce, timestampMs: Date.now(), ctsProfileMatch: true }
    return { ver: "1", response: Buffer.from(`${part({ alg: "ES256", x5c })}.${part(body)}.AAAA`) }
  }),
  apple: object("apple", (attested) => ({
    x5c: chainFor(attested.publicKey, urls, [appleNonce(sha256(Buffer.concat(base(attested))))])
  })),
  "fido-u2f": object("fido-u2f", (attested) => {
    const { authData, clientDataHash, credentialId, publicKey } = attested
    const parts = [Buffer.from([0]), authData.subarray(0, 32), clientDataHash, credentialId, bytesOf(publicKey)]
    return certified(urls, () => parts)(attested)
  }),
  tpm: object("tpm", (attested) => ({
    ver: "2.0",
    alg: es256,
    sig: Buffer.alloc(64),
    x5c: chainFor(attested.publicKey, urls),
    certInfo: Buffer.alloc(64),
    pubArea: Buffer.alloc(64)
  })),
  compound: object("compound", (attested) => [
    { fmt: "packed", attStmt: certified(urls, base)(attested) },
    { fmt: "android-key", attStmt: { alg: es256, sig: Buffer.alloc(8), x5c: chainFor(attested.publicKey, urls) } }
  ])
})

/** Statements that contradict their format, or that are not CBOR. */
const broken = (urls: ReadonlyArray<string>): Readonly<Record<string, Attest>> => ({
  "an unknown format": object(urls[0] ?? "", () => ({})),
  "a format that is not a string": object(7, () => ({})),
  "a format in upper case": object("None", () => ({})),
  "none with a statement": object("none", certified(urls, base)),
  "none with an array as its statement": object("none", () => []),
  "packed without a signature": object("packed", () => ({})),
  "packed with a wrong signature": object("packed", ({ privateKey }) => ({
    alg: es256,
    sig: signed(privateKey, Buffer.from("something else"))
  })),
  "packed with an empty x5c": object("packed", (attested) => ({
    alg: es256,
    sig: signed(attested.privateKey, ...base(attested)),
    x5c: []
  })),
  "packed with x5c null": object("packed", (attested) => ({
    alg: es256,
    sig: signed(attested.privateKey, ...base(attested)),
    x5c: null
  })),
  "packed with ecdaaKeyId": object("packed", (attested) => ({
    alg: es256,
    sig: signed(attested.privateKey, ...base(attested)),
    ecdaaKeyId: Buffer.alloc(8)
  })),
  "two formats": ({ authData, ...attested }) =>
    Buffer.concat([
      Buffer.from([0xa4]),
      ...[cbor("fmt"), cbor("none"), cbor("fmt"), cbor("packed")],
      ...[cbor("attStmt"), cbor(certified(urls, base)({ authData, ...attested }))],
      ...[cbor("authData"), cbor(authData)]
    ]),
  nothing: () => Buffer.alloc(0),
  "no CBOR": () => Buffer.from("fmt=none"),
  "a CBOR item that is not a map": () => cbor(["none", {}]),
  "a truncated map": (attested) => cbor({ fmt: "none", attStmt: {}, authData: attested.authData }).subarray(0, -9),
  "a length beyond the data": () => Buffer.from("a163666d745bffffffffffffffff", "hex"),
  "a count beyond the data": () => Buffer.from("9b0000ffffffffffff00", "hex"),
  "an indefinite length": () => Buffer.from("bf63666d74646e6f6e65ff", "hex"),
  "nested arrays": () => Buffer.alloc(9000, 0x81),
  "nested maps": () => Buffer.from("a100".repeat(4500), "hex"),
  "nested tags": () => Buffer.alloc(9000, 0xc1),
  "nested arrays of 45 KB": () => Buffer.alloc(45_000, 0x81),
  "45 KB of items": () => Buffer.concat([Buffer.from("99afc8", "hex"), Buffer.alloc(45_000)]),
  "a statement of 45 KB": object("none", () => ({ x: Buffer.alloc(45_000) })),
  "nested extensions": ({ authData }) => {
    const flagged = Buffer.concat([authData, Buffer.from("a161".repeat(2500), "hex")])
    flagged[32] = (flagged[32] ?? 0) | 0x80
    return cbor({ fmt: "none", attStmt: {}, authData: flagged })
  }
})

/** Every attestation that the server refuses. URLs that a verifier might fetch come from `urls`. */
export const refused = (urls: ReadonlyArray<string>): Readonly<Record<string, Attest>> => ({
  ...withCertificates(urls),
  ...broken(urls)
})
