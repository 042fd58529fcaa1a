// Who may see the operator's side: loopback addresses while developing, the holder of ADMIN_TOKEN in production.
import { createHash, timingSafeEqual } from "node:crypto"
import * as HttpServerRequest from "@effect/platform/HttpServerRequest"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import { Settings } from "../layers/Settings.ts"
import { Forbidden, Unauthenticated } from "./Errors.ts"

const digest = (text: string) => createHash("sha256").update(text).digest()
const isLoopback = (address: string) => /^(::ffff:)?127\.|^::1$/.test(address)

/** A check to put in front of a route. Digests are compared, in constant time: neither length nor prefix leaks. */
export const operatorCheck = Effect.map(
  Settings,
  ({ adminToken, environment }) =>
    (
      authorization: string | undefined,
      remoteAddress: string | undefined
    ): Effect.Effect<void, Forbidden | Unauthenticated> => {
      if (environment !== "production") {
        return remoteAddress !== undefined && isLoopback(remoteAddress)
          ? Effect.void
          : Effect.fail(new Forbidden({ message: "This is for loopback addresses only" }))
      }
      const given = /^Bearer (.+)$/i.exec(authorization ?? "")?.[1] ?? ""
      return Option.exists(adminToken, (token) => timingSafeEqual(digest(Redacted.value(token)), digest(given)))
        ? Effect.void
        : Effect.fail(new Unauthenticated())
    }
)

/** The same for the current request. */
export const requireOperator = Effect.map(operatorCheck, (check) =>
  Effect.flatMap(HttpServerRequest.HttpServerRequest, ({ headers, remoteAddress }) =>
    check(headers["authorization"], Option.getOrUndefined(remoteAddress))
  )
)
