// What every answer carries, and which requests are let in: no script, style or frame but our own, no cross-site commands, no
// host but those that are listed.
import type { IncomingMessage } from "node:http"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import { Settings } from "../layers/Settings.ts"

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

/** The security headers. HTTPS for good is promised in production alone: it would bind all that is developed on localhost. */
export const securityHeaders = Effect.map(Settings, ({ environment }) =>
  environment === "production"
    ? { ...always, "strict-transport-security": "max-age=63072000; includeSubDomains" }
    : always
)

/** Makes the flat list of names and values that `writeHead` takes fastest: the security headers and an answer's own. */
export const headerLists = Effect.map(securityHeaders, (security) => {
  const flat = Object.entries(security).flat()
  return (headers: Readonly<Record<string, string>>): Array<string> => {
    const list = [...flat]
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
