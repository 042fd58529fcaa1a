// Whole answers of routes: pages, JSON, and where a form leads.
import * as Effect from "effect/Effect"
import type { Reply, ReplyBody } from "./Errors.ts"
import type { Incoming } from "./FastRouter.ts"

const notKept = { "cache-control": "no-store" }
const html = { ...notKept, "content-type": "text/html; charset=utf-8" }

/** A page. For HEAD nothing is rendered. */
export const pageReply = (
  { message }: Pick<Incoming, "message">,
  render: () => ReplyBody,
  status = 200,
  headers: Reply["headers"] = {}
): Effect.Effect<Reply> =>
  Effect.sync(() => ({
    status,
    headers: { ...html, ...headers },
    body: message.method === "HEAD" ? undefined : render()
  }))

export const htmlReply = (body: string): Reply => ({ status: 200, headers: html, body })

export const jsonReply = (body: unknown, status = 200, headers: Reply["headers"] = {}): Reply => ({
  status,
  headers: { ...notKept, "content-type": "application/json", ...headers },
  body: JSON.stringify(body)
})

/** Where a form without a script goes on (RFC 9110, 15.4.4). */
export const seeOther = (location: string): Reply => ({ status: 303, headers: { location }, body: "" })

/** To htmx: nothing to swap, the page's feed brings what changed. */
export const noContent: Reply = { status: 204, headers: {}, body: "" }
