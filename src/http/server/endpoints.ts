// Puts handlers at the door behind the endpoints that a group of the API declares.
import * as Effect from "effect/Effect"
import type { Reply } from "./Errors.ts"
import { FastRouter, type Handler, isMethod } from "./FastRouter.ts"

/** A group of the API, as far as routes are made of it. */
interface Group {
  readonly endpoints: Readonly<
    Record<string, { readonly name: string; readonly method: string; readonly path: `/${string}` }>
  >
}

/** `handlers` by the names of their endpoints. */
export const serve = (group: Group, handlers: Readonly<Record<string, Handler>>) =>
  Effect.map(FastRouter, (door) => {
    for (const { method, name, path } of Object.values(group.endpoints)) {
      const handler = handlers[name]
      if (handler !== undefined && isMethod(method)) door.route(method, path, handler)
    }
  })

export const respond = (body: unknown, status = 200, headers: Record<string, string> = {}): Reply => ({
  status,
  headers: { "cache-control": "no-store", "content-type": "application/json", ...headers },
  body: JSON.stringify(body)
})
