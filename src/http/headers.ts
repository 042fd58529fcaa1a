// What every answer carries, and which requests are let in: no script, style or frame but our own, no cross-site commands.
import type { IncomingMessage } from "node:http"

export const securityHeaders: Record<string, string> = {
  "content-security-policy":
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
  "x-content-type-options": "nosniff",
  "referrer-policy": "same-origin",
  "permissions-policy": "camera=(), geolocation=(), microphone=()",
  "cross-origin-opener-policy": "same-origin",
  "cross-origin-resource-policy": "same-origin"
}

const flat = Object.entries(securityHeaders).flat()

/** The security headers and others as the flat list of names and values that `writeHead` takes fastest. */
export const headerList = (headers: Readonly<Record<string, string>>): Array<string> => {
  const list = [...flat]
  for (const name in headers) list.push(name, headers[name] ?? "")
  return list
}

const safeMethods = new Set(["GET", "HEAD", "OPTIONS"])

/**
 * A browser's request from another site that would change state (the rule of Go's `http.CrossOriginProtection`).
 * With neither header it is no browser's and passes.
 */
export const isCrossSite = ({ headers, method = "GET" }: IncomingMessage): boolean => {
  if (safeMethods.has(method)) return false
  const site = headers["sec-fetch-site"]
  if (site !== undefined) return site !== "same-origin" && site !== "none"
  const { host, origin } = headers
  if (origin === undefined) return false
  return !URL.canParse(origin) || new URL(origin).host !== host
}
