// A form that posts as it is without a script, and through htmx with one.

/** What becomes of a sending while the one before is under way. */
type Sync = "drop" | "queue last" | "queue all"

/** Nothing of the answer is swapped but what went wrong: a feed brings what the form changed. */
export const htmxForm = (action: string, sync: Sync = "drop") => ({
  method: "post",
  action,
  "hx-post": action,
  "hx-swap": "none",
  "hx-sync": `this:${sync}`,
  "hx-status:4xx": "target:#error swap:innerHTML",
  "hx-status:5xx": "target:#error swap:innerHTML"
})
