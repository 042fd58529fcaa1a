// Constructors for complete responses: pages, JSON, redirects after forms.
import * as Effect from "effect/Effect"
import type { Reply, ReplyBody } from "./Errors.ts"
import type { Incoming } from "./FastRouter.ts"

const notKept = { "cache-control": "no-store" }
const html = { ...notKept, "content-type": "text/html; charset=utf-8" }

/** An HTML page; not rendered for HEAD. */
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

/** Redirects after a form without a script (RFC 9110, 15.4.4). */
export const seeOther = (location: string): Reply => ({ status: 303, headers: { location }, body: "" })

/** The response to htmx when there is nothing to swap: the feed brings the change. */
export const noContent: Reply = { status: 204, headers: {}, body: "" }
