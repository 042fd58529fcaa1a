// Normalizes request targets (RFC 9112, 3.2) before routing: one spelling for each resource.
// Routers decode paths and cut them at `;` and `#`, so `/%6detrics` or `/metrics;x` would evade
// proxy rules.
import type { IncomingMessage } from "node:http"

/** Percent-encodings, except of unreserved characters (RFC 3986, 2.3). */
const encoded = "%(?!2[de]|3\\d|4[1-9a-f]|5[\\daf]|6[1-9a-f]|7[\\dae])[\\da-f]{2}"
/** Excludes matrix parameters, dot segments and empty segments. */
const segment = `(?!\\.{1,2}(?:[/?]|$))(?:[\\w.~!$&'()*+,=:@-]|${encoded})+`
const exact = new RegExp(`^/(?:${segment}(?:/${segment})*)?(?:\\?[^#]*)?$`, "i")

/** Whether a target is the canonical spelling of a path, with or without a query. */
export const isExact = (target: string): boolean => exact.test(target)

const absolute = /^([a-z][a-z\d+.-]*):\/\/([^/?#]*)(.*)$/i

/**
 * Rewrites a target in absolute form (`GET http://host/path`; RFC 9112, 3.2.2) to origin form; its
 * host overrides the Host header. False for another scheme or form, or with user information.
 */
export const toOriginForm = (message: IncomingMessage): boolean => {
  const [, scheme = "", host, rest = ""] = absolute.exec(message.url ?? "") ?? []
  if (host === undefined) return false
  message.headers.host = host
  message.url = rest.startsWith("/") ? rest : `/${rest}`
  return /^https?$/i.test(scheme) && /^[^@\\]+$/.test(host)
}
