// Request targets (RFC 9112, 3.2) before any router sees them: one form, and one spelling for each resource. Routers decode
// paths and cut them at `;` and `#`, so a proxy's rule for `/metrics` would not hold for `/%6detrics` and `/metrics;x`.
import type { IncomingMessage } from "node:http"

/** Percent-encodings, except of what needs none (RFC 3986, 2.3: unreserved characters). */
const encoded = "%(?!2[de]|3\\d|4[1-9a-f]|5[\\daf]|6[1-9a-f]|7[\\dae])[\\da-f]{2}"
/** No matrix parameters, no dot segments, and none that is empty. */
const segment = `(?!\\.{1,2}(?:[/?]|$))(?:[\\w.~!$&'()*+,=:@-]|${encoded})+`
const exact = new RegExp(`^/(?:${segment}(?:/${segment})*)?(?:\\?[^#]*)?$`, "i")

/** Whether a target is the one spelling of a path, with or without a query. All others name nothing. */
export const isExact = (target: string): boolean => exact.test(target)

const absolute = /^([a-z][a-z\d+.-]*):\/\/([^/?#]*)(.*)$/i

/**
 * A target in absolute form (`GET http://host/path`; RFC 9112, 3.2.2) says itself which host is meant, whatever the Host header
 * says. From here on it is like any other. False for what names nothing: another scheme or form, or user information.
 */
export const toOriginForm = (message: IncomingMessage): boolean => {
  const [, scheme = "", host, rest = ""] = absolute.exec(message.url ?? "") ?? []
  if (host === undefined) return false
  message.headers.host = host
  message.url = rest.startsWith("/") ? rest : `/${rest}`
  return /^https?$/i.test(scheme) && /^[^@\\]+$/.test(host)
}
