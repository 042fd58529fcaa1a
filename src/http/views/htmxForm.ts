// Attributes of a form that posts natively without a script and through htmx with one.

/** htmx's `hx-sync` strategy for a submission while another is in flight. */
type Sync = "drop" | "queue last" | "queue all"

/** Swaps errors only (the layout's `errorsIn`): the feed brings the change. */
export const htmxForm = (action: string, sync: Sync = "drop") => ({
  method: "post",
  action,
  "hx-post": action,
  "hx-swap": "none",
  "hx-sync": `this:${sync}`
})

/** The form's text is shown as a row of the list with this id until the feed brings it. */
export const addsTo = (list: string) => ({ "data-adds-to": list })

/** Inherited by the forms of a page, so that their HTML is short: where errors are shown. */
export const errorsIn = (target: string) => ({
  "hx-status:4xx:inherited": `target:${target} swap:innerHTML`,
  "hx-status:5xx:inherited": `target:${target} swap:innerHTML`
})
