// Conditional requests (RFC 9110, 13.1): who has an answer already is told so.

/** `If-None-Match`: one of several tags, weak or not. */
export const knows = (ifNoneMatch: string | undefined, etag: string): boolean =>
  ifNoneMatch !== undefined &&
  (ifNoneMatch === etag || ifNoneMatch.split(",").some((it) => [etag, `W/${etag}`, "*"].includes(it.trim())))
