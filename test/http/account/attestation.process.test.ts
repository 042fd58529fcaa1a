// Accepts attestation only without certificates; anything else fails like any failed ceremony, and
// no URL of a certificate is fetched.
import { createServer } from "node:http"
import type { AddressInfo } from "node:net"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { type Attest, accepted, refused } from "../../attestations.ts"
import { makeClient } from "../client.ts"
import { serverForFile } from "../server.ts"

const server = serverForFile({ SIGN_IN_RATE_LIMIT: "0", SESSION_RATE_LIMIT: "0" })

let connections = 0
/** A server that records every fetch of a certificate's URL. */
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

/** Registers a passkey with this attestation as a new visitor. */
const attempt = async (attest: Attest) => {
  connections = 0
  const visitor = makeClient(server.url)
  const { body } = await visitor.call("/account/passkeys/options")
  return visitor.call("/account/passkeys", visitor.authenticator.create(body, attest))
}

describe("attestation", () => {
  it.each(Object.entries(accepted))("accepts %s", async (_, attest) => {
    expect((await attempt(attest)).status).toBe(201)
    expect(connections).toBe(0)
  })

  it.each(Object.keys(refused([])))("refuses %s with the generic failure and fetches nothing", async (name) => {
    const failure = await makeClient(server.url).signIn()
    expect(failure.body).toMatchObject({ status: 401, code: "UNAUTHENTICATED" })
    const attest = refused(urls)[name]
    const answer = await attempt(attest ?? (() => Buffer.alloc(0)))
    expect(answer).toEqual(failure)
    // A fetch would come before the response.
    expect(connections).toBe(0)
    expect((await fetch(`${server.url}/health/live`)).status).toBe(200)
  })

  it.each(["", "%%%", "AAAA=", "\u0001"])("refuses %j as invalid base64url", async (attestationObject) => {
    const visitor = makeClient(server.url)
    const { body } = await visitor.call("/account/passkeys/options")
    const made = visitor.authenticator.create(body)
    const sent = { ...made, response: { ...made.response, attestationObject } }
    expect((await visitor.call("/account/passkeys", sent)).status).toBe(401)
  })

  it.each([null, undefined])("accepts transports %j", async (transports) => {
    const visitor = makeClient(server.url)
    const { body } = await visitor.call("/account/passkeys/options")
    const made = visitor.authenticator.create(body)
    const sent = { ...made, response: { ...made.response, transports }, authenticatorAttachment: null }
    expect((await visitor.call("/account/passkeys", sent)).status).toBe(201)
  })

  it("fetches nothing for fifty URLs either", async () => {
    const attest = refused(Array.from({ length: 50 }, (_, n) => `${urls[0]}?${n}`))["android-key"]
    expect((await attempt(attest ?? (() => Buffer.alloc(0)))).status).toBe(401)
    expect(connections).toBe(0)
  })
})
