// Security headers of all responses, and checks of all requests: Content-Security-Policy with own
// sources only, no cross-site commands, and allowed hosts.
import type { IncomingMessage } from "node:http"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import { Settings } from "../../layers/node/Settings.ts"

/** Browser features that the pages don't use; passkeys are allowed for own pages. */
const denied =
  "accelerometer autoplay camera display-capture encrypted-media geolocation gyroscope hid idle-detection local-fonts magnetometer microphone midi payment screen-wake-lock serial usb window-management xr-spatial-tracking"
const permissions = [
  ...denied.split(" ").map((feature) => `${feature}=()`),
  "publickey-credentials-create=(self)",
  "publickey-credentials-get=(self)"
]

const always: Readonly<Record<string, string>> = {
  "content-security-policy":
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; manifest-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
  "x-content-type-options": "nosniff",
  // For browsers without `frame-ancestors`.
  "x-frame-options": "DENY",
  "referrer-policy": "same-origin",
  "permissions-policy": permissions.join(", "),
  "cross-origin-opener-policy": "same-origin",
  "cross-origin-resource-policy": "same-origin"
}

/**
 * Whether a request came by TLS, which ends at a proxy: X-Forwarded-Proto if trusted, otherwise
 * PUBLIC_URL. HSTS is not sent over HTTP (RFC 6797, 7.2) nor in development, where it would apply
 * to all of localhost.
 */
const tlsCheck = Effect.map(Settings, ({ environment, publicUrl, trustProxy }) => {
  const isPublicByTls = Option.exists(publicUrl, ({ protocol }) => protocol === "https:")
  return ({ headers }: IncomingMessage): boolean => {
    if (environment !== "production") return false
    const forwarded = trustProxy ? headers["x-forwarded-proto"] : undefined
    // The last entry is the trusted proxy's.
    return forwarded === undefined ? isPublicByTls : /(^|,)\s*https\s*$/i.test(String(forwarded))
  }
})

/** The security headers for a request's response. */
export const securityHeaders = Effect.gen(function* () {
  const { hstsIncludeSubdomains } = yield* Settings
  const isTls = yield* tlsCheck
  const plain = Object.entries(always)
  const hsts = `max-age=63072000${hstsIncludeSubdomains ? "; includeSubDomains" : ""}`
  const secure = [...plain, ["strict-transport-security", hsts] as const]
  return (message: IncomingMessage) => (isTls(message) ? secure : plain)
})

/** Builds the flat list of names and values for `writeHead`: its fastest form. */
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

/** The host name of a `Host` header in lower case, without port; IPv6 keeps its brackets. */
export const hostName = (host = ""): string => host.toLowerCase().replace(/:\d*$/, "")

/**
 * Whether the Host is in `ALLOWED_HOSTS` (names, or names with ports); an empty list allows all.
 */
export const hostCheck = Effect.map(Settings, ({ allowedHosts }) => {
  const allowed = new Set(allowedHosts)
  return ({ headers: { host = "" } }: IncomingMessage): boolean =>
    allowed.size === 0 || allowed.has(hostName(host)) || allowed.has(host.toLowerCase())
})

const safeMethods = new Set(["GET", "HEAD", "OPTIONS"])

/**
 * Detects cross-site requests that would change state, by the rule of Go's
 * `http.CrossOriginProtection` (net/http, csrf.go) with PUBLIC_URL as the trusted origin, because a
 * proxy may change the Host header. Requests without both headers don't come from browsers and
 * pass.
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
