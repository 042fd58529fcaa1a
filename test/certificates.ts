// X.509 certificates (RFC 5280) in DER, as an attesting authenticator would send them, with
// extensions that point to external URLs.
import { createHash, generateKeyPairSync, type KeyObject, sign } from "node:crypto"

const der = (tag: number, ...parts: ReadonlyArray<Buffer>) => {
  const body = Buffer.concat(parts)
  const { length } = body
  const size = length < 128 ? [length] : length < 256 ? [0x81, length] : [0x82, length >> 8, length & 255]
  return Buffer.concat([Buffer.from([tag, ...size]), body])
}
const sequence = (...parts: ReadonlyArray<Buffer>) => der(0x30, ...parts)
const integer = (n: number) => der(0x02, Buffer.from([n]))
const octets = (bytes: Buffer) => der(0x04, bytes)
const text = (value: string) => der(0x0c, Buffer.from(value))
const oid = (dotted: string) => {
  const [first = 0, second = 0, ...others] = dotted.split(".").map(Number)
  const base128 = (n: number): ReadonlyArray<number> =>
    n < 128 ? [n] : [...base128(Math.floor(n / 128)).map((it) => it | 128), n % 128]
  return der(0x06, Buffer.from([first * 40 + second, ...others.flatMap(base128)]))
}
const extension = (id: string, value: Buffer) => sequence(oid(id), octets(value))

/** The attributes of a distinguished name, one set each. */
const named = (attributes: Readonly<Record<string, string>>) =>
  sequence(...Object.entries(attributes).map(([id, value]) => der(0x31, sequence(oid(id), text(value)))))
const time = (year: number) => der(0x17, Buffer.from(`${year % 100}0101000000Z`))
const ecdsaWithSha256 = sequence(oid("1.2.840.10045.4.3.2"))

/** CRL distribution points and authority information access: URLs that a verifier may fetch. */
const revocation = (urls: ReadonlyArray<string>) => {
  const points = urls.map((url) => sequence(der(0xa0, der(0xa0, der(0x86, Buffer.from(url))))))
  const access = urls.flatMap((url) => [
    sequence(oid("1.3.6.1.5.5.7.48.1"), der(0x86, Buffer.from(url))),
    sequence(oid("1.3.6.1.5.5.7.48.2"), der(0x86, Buffer.from(url)))
  ])
  return [extension("2.5.29.31", sequence(...points)), extension("1.3.6.1.5.5.7.1.1", sequence(...access))]
}

/** Android's key description extension, which contains the challenge. */
export const keyDescription = (challenge: Buffer) =>
  extension(
    "1.3.6.1.4.1.11129.2.1.17",
    sequence(
      integer(3),
      der(0x0a, Buffer.from([1])),
      integer(4),
      der(0x0a, Buffer.from([1])),
      octets(challenge),
      octets(Buffer.alloc(0)),
      sequence(),
      sequence()
    )
  )
export const appleNonce = (nonce: Buffer) => extension("1.2.840.113635.100.8.2", sequence(der(0xa1, octets(nonce))))

export const sha256 = (bytes: string | Buffer) => createHash("sha256").update(bytes).digest()

const subject = (name: string) =>
  named({ "2.5.4.6": "DE", "2.5.4.10": "Evil", "2.5.4.11": "Authenticator Attestation", "2.5.4.3": name })

const certificate = (
  name: string,
  key: KeyObject,
  issuer: { readonly name: string; readonly key: KeyObject },
  extensions: ReadonlyArray<Buffer>
) => {
  const body = sequence(
    der(0xa0, integer(2)),
    integer(1 + (name.length % 100)),
    ecdsaWithSha256,
    subject(issuer.name),
    sequence(time(2020), time(2049)),
    subject(name),
    key.export({ type: "spki", format: "der" }),
    der(0xa3, sequence(...extensions))
  )
  return sequence(body, ecdsaWithSha256, der(0x03, Buffer.from([0]), sign("sha256", body, issuer.key)))
}

/** A key's certificate and its self-signed issuer. Both point to all of the URLs. */
export const chainFor = (key: KeyObject, urls: ReadonlyArray<string>, extensions: ReadonlyArray<Buffer> = []) => {
  const root = generateKeyPairSync("ec", { namedCurve: "P-256" })
  const issuer = { name: "Root", key: root.privateKey }
  return [
    certificate("Leaf", key, issuer, [...extensions, ...revocation(urls)]),
    certificate("Root", root.publicKey, issuer, revocation(urls))
  ]
}
