// Attestation in a passkey's registration: what names certificates is refused before anything that stands in them is followed.
import { sign } from "node:crypto"
import { createServer } from "node:http"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { type Attestation, type Attested, cbor } from "../authenticator.ts"
import { certificateChain } from "../certificates.ts"
import { makeClient } from "./client.ts"
import { serverOfFile } from "./server.ts"

const server = serverOfFile({ SIGN_IN_RATE_LIMIT: "0", SESSION_RATE_LIMIT: "0" })

/** The host of the revocation lists, which counts whoever connects. */
let connections = 0
const lists = createServer((_request, response) => response.end("no list"))
lists.on("connection", () => connections++)
beforeAll(() => new Promise<void>((done) => lists.listen(0, "127.0.0.1", done)))
afterAll(() => lists.close())
const listUrls = () => {
  const address = lists.address()
  const port = typeof address === "object" && address !== null ? address.port : 0
  return Array.from({ length: 20 }, (_, n) => `http://127.0.0.1:${port}/list-${n}.crl`)
}

const signature = ({ key, signed }: Attested) => cbor.bytes(sign("sha256", signed, key))
const x5c = ({ clientDataHash, key }: Attested) =>
  cbor.array(certificateChain(key, clientDataHash, listUrls()).map(cbor.bytes))

const statements: Readonly<Record<string, (attested: Attested) => Attestation>> = {
  "android-key": (attested) => ({
    fmt: "android-key",
    attStmt: cbor.map({ alg: cbor.es256, sig: signature(attested), x5c: x5c(attested) })
  }),
  "packed with certificates": (attested) => ({
    fmt: "packed",
    attStmt: cbor.map({ alg: cbor.es256, sig: signature(attested), x5c: x5c(attested) })
  }),
  "packed with an empty list of certificates": (attested) => ({
    fmt: "packed",
    attStmt: cbor.map({ alg: cbor.es256, sig: signature(attested), x5c: cbor.array([]) })
  }),
  "packed with certificates and no algorithm": (attested) => ({
    fmt: "packed",
    attStmt: cbor.map({ sig: signature(attested), x5c: x5c(attested) })
  }),
  "fido-u2f": (attested) => ({
    fmt: "fido-u2f",
    attStmt: cbor.map({ sig: signature(attested), x5c: x5c(attested) })
  }),
  tpm: (attested) => ({
    fmt: "tpm",
    attStmt: cbor.map({ ver: cbor.text("2.0"), alg: cbor.es256, sig: signature(attested), x5c: x5c(attested) })
  }),
  apple: (attested) => ({ fmt: "apple", attStmt: cbor.map({ x5c: x5c(attested) }) }),
  "android-safetynet": (attested) => ({
    fmt: "android-safetynet",
    attStmt: cbor.map({ ver: cbor.text("1"), response: cbor.bytes(Buffer.from("e30.e30.e30")), x5c: x5c(attested) })
  }),
  "none with certificates": (attested) => ({ fmt: "none", attStmt: cbor.map({ x5c: x5c(attested) }) }),
  "a format that is not known": (attested) => ({ fmt: "another", attStmt: cbor.map({ x5c: x5c(attested) }) }),
  "a format in capitals": (attested) => ({ fmt: "Packed", attStmt: cbor.map({ x5c: x5c(attested) }) }),
  "a statement that is no map": (attested) => ({ fmt: "packed", attStmt: x5c(attested) })
}

/** Attestation objects that no authenticator makes, as base64url. */
const malformed = {
  "an empty one": "",
  "no base64url": "%%%",
  "no CBOR": Buffer.from("hello").toString("base64url"),
  "CBOR that is no map": Buffer.from([0x01]).toString("base64url"),
  "a map without fields": Buffer.from([0xa0]).toString("base64url"),
  "arrays within arrays": Buffer.alloc(40_000, 0x81).toString("base64url"),
  "an array of 2^64 - 1 items": Buffer.from([0x9b, ...Array<number>(8).fill(0xff)]).toString("base64url"),
  "a text of 2^32 - 1 bytes": Buffer.from([0x7a, 0xff, 0xff, 0xff, 0xff]).toString("base64url")
}

const register = async (attest?: (attested: Attested) => Attestation) => {
  const visitor = makeClient(server.url)
  const { body } = await visitor.call("/account/passkeys/options")
  return visitor.call("/account/passkeys", visitor.authenticator.create(body, attest))
}

const refusal = {
  status: 401,
  body: expect.objectContaining({
    code: "UNAUTHENTICATED",
    detail: "This passkey could not be confirmed; please try again"
  })
}

describe("a passkey's attestation", () => {
  it("is taken without one, and as the new key's own", async () => {
    expect((await register()).status).toBe(201)
    const self = await register((attested) => ({
      fmt: "packed",
      attStmt: cbor.map({ alg: cbor.es256, sig: signature(attested) })
    }))
    expect(self.status).toBe(201)
  })

  it("is taken with transports of null, and without them", async () => {
    for (const transports of [null, undefined]) {
      const visitor = makeClient(server.url)
      const { body } = await visitor.call("/account/passkeys/options")
      const made = visitor.authenticator.create(body)
      const sent = { ...made, response: { ...made.response, transports }, authenticatorAttachment: null }
      expect((await visitor.call("/account/passkeys", sent)).status).toBe(201)
    }
  })

  it("is refused when the new key's own is not its signature", async () => {
    const forged = await register(({ key }) => ({
      fmt: "packed",
      attStmt: cbor.map({ alg: cbor.es256, sig: cbor.bytes(sign("sha256", Buffer.from("else"), key)) })
    }))
    expect(forged).toEqual(refusal)
  })

  it.each(Object.entries(statements))("is refused, and no URL in it is fetched: %s", async (_, attest) => {
    connections = 0
    expect(await register(attest)).toEqual(refusal)
    expect(connections).toBe(0)
  })

  it.each(Object.entries(malformed))("is refused: %s", async (_, attestationObject) => {
    const visitor = makeClient(server.url)
    const { body } = await visitor.call("/account/passkeys/options")
    const made = visitor.authenticator.create(body)
    const sent = { ...made, response: { ...made.response, attestationObject } }
    expect(await visitor.call("/account/passkeys", sent)).toEqual(refusal)
  })
})
