// What every answer carries, and which requests are let in: no script, style or frame but our own, no cross-site commands, no
// host but those that are listed.
import type { IncomingMessage } from "node:http"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import { Settings } from "../../layers/node/Settings.ts"

/** Powerful features that nothing here uses; passkeys are what our own pages may ask for. */
const denied =
  "accelerometer autoplay camera display-capture encrypted-media geolocation gyroscope hid idle-detection local-fonts magnetometer microphone midi payment screen-wake-lock serial usb window-management xr-spatial-tracking"
const permissions = [
  ...denied.split(" ").map((feature) => `${feature}=()`),
  "publickey-credentials-create=(self)",
  "publickey-credentials-get=(self)"
]

const always: Readonly<Record<string, string>> = {
  "content-security-policy":
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
  "x-content-type-options": "nosniff",
  // For browsers that don't know `frame-ancestors`.
  "x-frame-options": "DENY",
  "referrer-policy": "same-origin",
  "permissions-policy": permissions.join(", "),
  "cross-origin-opener-policy": "same-origin",
  "cross-origin-resource-policy": "same-origin"
}

/**
 * Whether a request came by TLS, which ends before us: a trusted proxy says so, and else PUBLIC_URL. Over plain HTTP HTTPS must
 * not be promised (RFC 6797, 7.2), nor while developing: it would bind all that is on localhost.
 */
const tlsCheck = Effect.map(Settings, ({ environment, publicUrl, trustProxy }) => {
  const isPublicByTls = Option.exists(publicUrl, ({ protocol }) => protocol === "https:")
  return ({ headers }: IncomingMessage): boolean => {
    if (environment !== "production") return false
    const forwarded = trustProxy ? headers["x-forwarded-proto"] : undefined
    // The last entry is the proxy's own.
    return forwarded === undefined ? isPublicByTls : /(^|,)\s*https\s*$/i.test(String(forwarded))
  }
})

/** The security headers of the answer to a request. */
export const securityHeaders = Effect.gen(function* () {
  const { hstsIncludeSubdomains } = yield* Settings
  const isTls = yield* tlsCheck
  const plain = Object.entries(always)
  const hsts = `max-age=63072000${hstsIncludeSubdomains ? "; includeSubDomains" : ""}`
  const secure = [...plain, ["strict-transport-security", hsts] as const]
  return (message: IncomingMessage) => (isTls(message) ? secure : plain)
})

/** Makes the flat list of names and values that `writeHead` takes fastest: the security headers and an answer's own. */
export const headerLists = Effect.map(securityHeaders, (security) => {
  const flat = new Map<ReturnType<typeof security>, ReadonlyArray<string>>()
  return (headers: Readonly<Record<string, string>>, message: IncomingMessage): Array<string> => {
    const shared = security(message)
    const list = [...(flat.get(shared) ?? shared.flat())]
    if (!flat.has(shared)) flat.set(shared, shared.flat())
    for (const name in headers) list.push(name, headers[name] ?? "")
    return list
  }
})

/** A `Host` header's name without the port, in lower case; IPv6 keeps its brackets. */
export const hostName = (host = ""): string => host.toLowerCase().replace(/:\d*$/, "")

/** Whether a request is for one of `ALLOWED_HOSTS`, each a name, or a name and a port; without any, every host is. */
export const hostCheck = Effect.map(Settings, ({ allowedHosts }) => {
  const allowed = new Set(allowedHosts)
  return ({ headers: { host = "" } }: IncomingMessage): boolean =>
    allowed.size === 0 || allowed.has(hostName(host)) || allowed.has(host.toLowerCase())
})

const safeMethods = new Set(["GET", "HEAD", "OPTIONS"])

/**
 * A browser's request from another site that would change state: the rule of Go's `http.CrossOriginProtection` (net/http,
 * csrf.go), with PUBLIC_URL as the trusted origin: behind a proxy the Host header may be another. What is no origin as browsers
 * write them matches no host. With neither header it is no browser's and passes.
 */
export const crossSiteCheck = Effect.map(Settings, ({ publicUrl }) => {
  const trusted = Option.getOrUndefined(Option.map(publicUrl, (url) => url.origin))
  return ({ headers, method = "GET" }: IncomingMessage): boolean => {
    if (safeMethods.has(method)) return false
    const { host = "", origin = "" } = headers
    const site = headers["sec-fetch-site"] ?? ""
    if (site === "same-origin" || site === "none") return false
    if (site === "" && (origin === "" || /^[a-z][a-z\d+.-]*:\/\/([^/]+)$/.exec(origin)?.[1] === host)) return false
    return origin === "" || origin !== trusted
  }
})
