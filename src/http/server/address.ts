// Whose request it is, by address: the socket's, or what a trusted proxy says. And what limits count such an address by.
import type { IncomingMessage } from "node:http"
import { isIP } from "node:net"

/** An entry of `X-Forwarded-For` as some proxies write it: `[2001:db8::1]:4711`, `192.0.2.1:4711`. */
const withoutPort = (entry: string) =>
  /^\[([^\]]*)\](?::\d+)?$/.exec(entry)?.[1] ?? /^([\d.]+):\d+$/.exec(entry)?.[1] ?? entry

/**
 * The client's address; empty where the connection is gone. Behind a trusted proxy it is the last entry of
 * `X-Forwarded-For`: those before it are the client's own words.
 */
export const clientAddress = ({ headers, socket }: IncomingMessage, trustProxy: boolean): string => {
  const own = socket.remoteAddress ?? ""
  if (!trustProxy) return own
  // Node joins repeated headers, in their order.
  const forwarded = String(headers["x-forwarded-for"] ?? "")
  const named = withoutPort(forwarded.slice(forwarded.lastIndexOf(",") + 1).trim())
  return isIP(named) === 0 ? own : named
}

/** The eight numbers of an IPv6 address, in any of its spellings (RFC 4291, 2.2). */
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
 * What limits count by: an IPv4 address, also a mapped one, as it is; of an IPv6 address its /64, all of which one
 * household has.
 */
export const network = (address: string): string => {
  if (!address.includes(":")) return address
  // As Node writes a mapped one: what each request comes with where we listen on IPv6.
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
