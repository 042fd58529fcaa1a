// Where people find this site: what absolute links and passkeys are about. Never taken from the Host header.
import type { IncomingMessage } from "node:http"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import { Settings } from "../../layers/node/Settings.ts"

/** The origin (`https://example.org`) that PUBLIC_URL gives, and without it this machine's port that a request came to. */
export const publicOrigin = Effect.map(
  Settings,
  ({ publicUrl }) =>
    ({ socket }: IncomingMessage): string =>
      Option.match(publicUrl, {
        onSome: ({ origin }) => origin,
        // A connection that is gone has no port, and nobody who would read the answer.
        onNone: () => `http://localhost:${socket.localPort ?? 80}`
      })
)
