// Conditional requests (RFC 9110, 13), evaluated in the order of 13.2.2. Resources have no
// modification date, so date conditions are ignored as required (13.1.3, 13.1.4).
import type { IncomingHttpHeaders } from "node:http"

/** The entity tags of a list, `*`, or undefined for a malformed header. */
export const entityTags = (header: string): ReadonlyArray<string> | "*" | undefined => {
  if (header.trim() === "*") return "*"
  const isList = /^[\t ,]*(?:(?:W\/)?"[\x21\x23-\x7e\x80-\uffff]*"[\t ]*(?:,[\t ,]*|$))+$/.test(header)
  return isList ? (header.match(/(?:W\/)?"[^"]*"/g) ?? []) : undefined
}

/** `If-None-Match` uses weak comparison. */
export const matchesIfNoneMatch = (ifNoneMatch: string | undefined, etag: string): boolean => {
  if (ifNoneMatch === undefined || ifNoneMatch === etag) return ifNoneMatch === etag
  const tags = entityTags(ifNoneMatch)
  return tags === "*" || tags?.some((tag) => tag.replace(/^W\//, "") === etag) === true
}

/** `If-Match` uses strong comparison: weak tags, as from compressing proxies, never match. */
const isCurrent = (ifMatch: string, etag: string): boolean => {
  const tags = entityTags(ifMatch)
  return tags === "*" || tags?.includes(etag) === true
}

/** The status that replaces a representation with this strong tag; undefined to send it. */
export const conditionalStatus = (headers: IncomingHttpHeaders, etag: string): 304 | 412 | undefined => {
  const ifMatch = headers["if-match"]
  if (ifMatch !== undefined && !isCurrent(ifMatch, etag)) return 412
  return matchesIfNoneMatch(headers["if-none-match"], etag) ? 304 : undefined
}
