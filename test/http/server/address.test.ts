// A request's client address, and the network that rate limits count by.
import { IncomingMessage } from "node:http"
import { isIPv6, Socket } from "node:net"
import * as fc from "fast-check"
import { describe, expect, it } from "vitest"
import { clientAddress, network } from "../../../src/http/server/address.ts"

const from = (remoteAddress: string | undefined, forwarded?: string) => {
  const message = new IncomingMessage(Object.defineProperty(new Socket(), "remoteAddress", { value: remoteAddress }))
  if (forwarded !== undefined) message.headers["x-forwarded-for"] = forwarded
  return message
}

describe("clientAddress", () => {
  it.each([
    ["no header", undefined, "10.0.0.1"],
    ["one entry", "192.0.2.1", "192.0.2.1"],
    ["the last of several, since the client supplies the others", "127.0.0.1, 198.51.100.7 , 192.0.2.1", "192.0.2.1"],
    ["a port", "192.0.2.1:4711", "192.0.2.1"],
    ["IPv6", "2001:db8::1", "2001:db8::1"],
    ["IPv6 in brackets", "[2001:db8::1]", "2001:db8::1"],
    ["IPv6 with a port", "192.0.2.1, [2001:db8::1]:4711", "2001:db8::1"],
    ["no address", "unknown", "10.0.0.1"],
    ["an invalid address", "192.0.2.256", "10.0.0.1"],
    ["an empty last entry", "192.0.2.1,", "10.0.0.1"],
    ["an empty header", "", "10.0.0.1"]
  ])("behind a trusted proxy: %s", (_, forwarded, expected) => {
    expect(clientAddress(from("10.0.0.1", forwarded), true)).toBe(expected)
    expect(clientAddress(from("10.0.0.1", forwarded), false)).toBe("10.0.0.1")
  })

  it("is empty when the connection is closed", () => {
    expect(clientAddress(from(undefined), false)).toBe("")
  })
})

describe("network", () => {
  it.each([
    ["192.0.2.1", "192.0.2.1"],
    ["::ffff:192.0.2.1", "192.0.2.1"],
    ["::FFFF:192.0.2.1", "192.0.2.1"],
    ["::ffff:c000:201", "192.0.2.1"],
    ["0:0:0:0:0:ffff:192.0.2.1", "192.0.2.1"],
    ["2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"],
    ["2001:DB8:0001:2::", "2001:db8:1:2::/64"],
    ["2001:db8::1", "2001:db8:0:0::/64"],
    ["2001:db8::2:3:4:5:6", "2001:db8:0:2::/64"],
    ["64:ff9b::192.0.2.1", "64:ff9b:0:0::/64"],
    ["fe80::1%eth0", "fe80:0:0:0::/64"],
    ["::1", "0:0:0:0::/64"],
    ["::", "0:0:0:0::/64"],
    ["", ""]
  ])("of %s is %s", (address, expected) => {
    expect(network(address)).toBe(expected)
  })

  it("law: all spellings of an IPv6 address give its /64 and no other address does", () => {
    fc.assert(
      fc.property(fc.ipV6(), (address) => {
        fc.pre(isIPv6(address) && !network(address).includes("."))
        // The URL parser normalizes any spelling as RFC 5952 does.
        expect(network(new URL(`http://[${address}]`).hostname.slice(1, -1))).toBe(network(address))
        const prefix = network(address).replace("::/64", "")
        expect(network(`${prefix}:ffff:ffff:ffff:ffff`)).toBe(network(address))
        expect(prefix.split(":")).toHaveLength(4)
      })
    )
  })
})
