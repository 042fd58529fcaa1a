// The client's address, from the socket or a trusted proxy, and the network that limits apply to.
import type { IncomingMessage } from "node:http"
import { isIP } from "node:net"

/** Removes the port that some proxies write: `[2001:db8::1]:4711`, `192.0.2.1:4711`. */
const withoutPort = (entry: string) =>
  /^\[([^\]]*)\](?::\d+)?$/.exec(entry)?.[1] ?? /^([\d.]+):\d+$/.exec(entry)?.[1] ?? entry

/**
 * The client's address; empty after a disconnect. Behind a trusted proxy it is the last entry of
 * `X-Forwarded-For`: earlier ones are set by the client.
 */
export const clientAddress = ({ headers, socket }: IncomingMessage, trustProxy: boolean): string => {
  const own = socket.remoteAddress ?? ""
  if (!trustProxy) return own
  // Node joins repeated headers in order.
  const forwarded = String(headers["x-forwarded-for"] ?? "")
  const named = withoutPort(forwarded.slice(forwarded.lastIndexOf(",") + 1).trim())
  return isIP(named) === 0 ? own : named
}

/** The eight 16-bit groups of an IPv6 address, in any notation (RFC 4291, 2.2). */
const groupsOf = (address: string): ReadonlyArray<number> => {
  const [before = "", after] = address
    .replace(/%.*$/, "")
    .replace(/(\d+)\.(\d+)\.(\d+)\.(\d+)$/, (_, a, b, c, d) =>
      [Number(a) * 256 + Number(b), Number(c) * 256 + Number(d)].map((group) => group.toString(16)).join(":")
    )
    .split("::")
  const numbers = (part: string) => (part === "" ? [] : part.split(":").map((group) => Number.parseInt(group, 16)))
  const first = numbers(before)
  const last = numbers(after ?? "")
  return [...first, ...Array.from({ length: 8 - first.length - last.length }, () => 0), ...last]
}

/**
 * The key that limits count by: an IPv4 address (mapped ones too), or the /64 of an IPv6 address,
 * which one household has.
 */
export const network = (address: string): string => {
  if (!address.includes(":")) return address
  // Node's notation for IPv4 clients on an IPv6 socket; the fast path.
  const mapped = /^::ffff:([\d.]+)$/.exec(address)?.[1]
  if (mapped !== undefined) return mapped
  const groups = groupsOf(address)
  const [high = 0, low = 0] = groups.slice(6)
  if (groups.slice(0, 6).join() === "0,0,0,0,0,65535") return [high >> 8, high & 255, low >> 8, low & 255].join(".")
  return `${groups
    .slice(0, 4)
    .map((group) => group.toString(16))
    .join(":")}::/64`
}
