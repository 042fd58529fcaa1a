// The element that a feed's HTML is morphed into.

/** htmx attributes that connect an element to a feed. */
export const feed = (url: string) => ({
  "hx-sse:connect": url,
  "hx-swap": "innerMorph",
  // htmx doesn't retry a failed first connection.
  "hx-trigger": "load, htmx:error from:self delay:2s, htmx:response:error from:self delay:2s",
  "hx-status:4xx": "swap:none",
  "hx-status:5xx": "swap:none"
})

/** Inserts HTML that has been escaped already. */
export const rawHtml = (html: string) => ({ dangerouslySetInnerHTML: { __html: html } })
