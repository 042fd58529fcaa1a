// Access to operator routes: loopback addresses in development, ADMIN_TOKEN in production.
import { createHash, timingSafeEqual } from "node:crypto"
import type { IncomingMessage } from "node:http"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import { Settings } from "../../layers/node/Settings.ts"
import { clientAddress } from "../server/address.ts"
import { Forbidden, Unauthenticated } from "../server/Errors.ts"
import { hostName } from "../server/headers.ts"

const digest = (text: string) => createHash("sha256").update(text).digest()
const isLoopback = (address: string) => /^(::ffff:)?127\.|^::1$/.test(address)
const isThisMachine = (name: string) => /^((.+\.)?localhost|127(\.\d{1,3}){3}|\[::1\])$/.test(name)

/**
 * A check for operator routes. Compares digests in constant time: leaks neither length nor prefix.
 */
export const operatorCheck = Effect.map(
  Settings,
  ({ adminToken, environment, trustProxy }) =>
    (message: IncomingMessage): Effect.Effect<void, Forbidden | Unauthenticated> => {
      const { authorization, host } = message.headers
      if (environment !== "production") {
        // A developer's browser is on loopback whatever page it shows: a foreign host name that
        // resolves to this machine (DNS rebinding) would let that page read everything.
        return isThisMachine(hostName(host)) && isLoopback(clientAddress(message, trustProxy))
          ? Effect.void
          : Effect.fail(
              new Forbidden({ message: "This is available to loopback addresses only, under a name such as localhost" })
            )
      }
      const given = /^Bearer (.+)$/i.exec(authorization ?? "")?.[1] ?? ""
      return Option.exists(adminToken, (token) => timingSafeEqual(digest(Redacted.value(token)), digest(given)))
        ? Effect.void
        : Effect.fail(new Unauthenticated())
    }
)
