// The public origin, for absolute links and passkeys. Never taken from the Host header.
import type { IncomingMessage } from "node:http"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import { Settings } from "../../layers/node/Settings.ts"

/**
 * The origin of PUBLIC_URL (`https://example.org`), otherwise localhost with the request's port.
 */
export const publicOrigin = Effect.map(
  Settings,
  ({ publicUrl }) =>
    ({ socket }: IncomingMessage): string =>
      Option.match(publicUrl, {
        onSome: ({ origin }) => origin,
        // A closed connection has no port; its response is never sent.
        onNone: () => `http://localhost:${socket.localPort ?? 80}`
      })
)
