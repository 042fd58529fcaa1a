// Conditional requests (RFC 9110, 13), in the order in which their headers are evaluated (13.2.2). Nothing here has a date of its
// last change, so those that name one are ignored, as they must be then (13.1.3, 13.1.4).
import type { IncomingHttpHeaders } from "node:http"

/** The entity tags of a list; `*` is every one, and undefined what is neither. */
export const tagsOf = (header: string): ReadonlyArray<string> | "*" | undefined => {
  if (header.trim() === "*") return "*"
  const isList = /^[\t ,]*(?:(?:W\/)?"[\x21\x23-\x7e\x80-\uffff]*"[\t ]*(?:,[\t ,]*|$))+$/.test(header)
  return isList ? (header.match(/(?:W\/)?"[^"]*"/g) ?? []) : undefined
}

/** `If-None-Match`: one of several tags, weak or not. */
export const knows = (ifNoneMatch: string | undefined, etag: string): boolean => {
  if (ifNoneMatch === undefined || ifNoneMatch === etag) return ifNoneMatch === etag
  const tags = tagsOf(ifNoneMatch)
  return tags === "*" || tags?.some((tag) => tag.replace(/^W\//, "") === etag) === true
}

/** `If-Match`: one of several tags, of which a weak one (a proxy that compresses makes them) is never the current one. */
const isCurrent = (ifMatch: string, etag: string): boolean => {
  const tags = tagsOf(ifMatch)
  return tags === "*" || tags?.includes(etag) === true
}

/** The status in place of a representation that has this strong tag; undefined where it is to be sent. */
export const instead = (headers: IncomingHttpHeaders, etag: string): 304 | 412 | undefined => {
  const ifMatch = headers["if-match"]
  if (ifMatch !== undefined && !isCurrent(ifMatch, etag)) return 412
  return knows(headers["if-none-match"], etag) ? 304 : undefined
}
