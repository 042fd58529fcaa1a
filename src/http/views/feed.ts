// The element that a feed's HTML is morphed into, and what it holds before the first message.

/** Listens to a feed with htmx. */
export const feed = (url: string) => ({
  "hx-sse:connect": url,
  "hx-swap": "innerMorph",
  // htmx never retries a first connection by itself.
  "hx-trigger": "load, htmx:error from:self delay:2s, htmx:response:error from:self delay:2s",
  "hx-status:4xx": "swap:none",
  "hx-status:5xx": "swap:none"
})

/** HTML of our own, escaped where it was made. */
export const asItIs = (html: string) => ({ dangerouslySetInnerHTML: { __html: html } })
