// What an authenticator says of its make is taken only where that needs no certificate: all else fails like every ceremony that
// fails, and what its certificates lead to is not fetched.
import { createServer } from "node:http"
import type { AddressInfo } from "node:net"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { type Attest, accepted, refused } from "../../attestations.ts"
import { makeClient } from "../client.ts"
import { serverOfFile } from "../server.ts"

const server = serverOfFile({ SIGN_IN_RATE_LIMIT: "0", SESSION_RATE_LIMIT: "0" })

let connections = 0
/** What a fetch of a certificate's URL would meet. */
const outside = createServer((_, response) => response.end())
outside.on("connection", () => connections++)
let urls: ReadonlyArray<string> = []

beforeAll(async () => {
  await new Promise<void>((resolve) => outside.listen(0, "127.0.0.1", resolve))
  const isAddress = (it: AddressInfo | string | null): it is AddressInfo => typeof it === "object"
  const address = outside.address()
  const port = isAddress(address) ? address.port : 0
  urls = [1, 2, 3].map((n) => `http://127.0.0.1:${port}/${n}.crl`)
})
afterAll(() => outside.close())

/** A passkey by a new visitor, attested like that. */
const attempt = async (attest: Attest) => {
  connections = 0
  const visitor = makeClient(server.url)
  const { body } = await visitor.call("/account/passkeys/options")
  return visitor.call("/account/passkeys", visitor.authenticator.create(body, attest))
}

describe("an attestation", () => {
  it.each(Object.entries(accepted))("%s is taken", async (_, attest) => {
    expect((await attempt(attest)).status).toBe(201)
    expect(connections).toBe(0)
  })

  it.each(Object.keys(refused([])))("%s is refused like all that fails, and leads nowhere", async (name) => {
    const failure = await makeClient(server.url).signIn()
    expect(failure.body).toMatchObject({ status: 401, code: "UNAUTHENTICATED" })
    const attest = refused(urls)[name]
    const answer = await attempt(attest ?? (() => Buffer.alloc(0)))
    expect(answer).toEqual(failure)
    // Whoever fetches does it before the answer.
    expect(connections).toBe(0)
    expect((await fetch(`${server.url}/health/live`)).status).toBe(200)
  })

  it.each(["", "%%%", "AAAA=", "\u0001"])("that is no base64url but %j is refused", async (attestationObject) => {
    const visitor = makeClient(server.url)
    const { body } = await visitor.call("/account/passkeys/options")
    const made = visitor.authenticator.create(body)
    const sent = { ...made, response: { ...made.response, attestationObject } }
    expect((await visitor.call("/account/passkeys", sent)).status).toBe(401)
  })

  it.each([null, undefined])("is taken with transports of %j", async (transports) => {
    const visitor = makeClient(server.url)
    const { body } = await visitor.call("/account/passkeys/options")
    const made = visitor.authenticator.create(body)
    const sent = { ...made, response: { ...made.response, transports }, authenticatorAttachment: null }
    expect((await visitor.call("/account/passkeys", sent)).status).toBe(201)
  })

  it("leads nowhere either with fifty URLs at once", async () => {
    const attest = refused(Array.from({ length: 50 }, (_, n) => `${urls[0]}?${n}`))["android-key"]
    expect((await attempt(attest ?? (() => Buffer.alloc(0)))).status).toBe(401)
    expect(connections).toBe(0)
  })
})
