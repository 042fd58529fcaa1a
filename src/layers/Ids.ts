// Identifiers and secrets from the platform's CSPRNG, behind a service so that tests can count instead.
import { randomBytes } from "node:crypto"
import * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { v4, v7 } from "uuid"

export class Ids extends Context.Tag("evenstar/Ids")<
  Ids,
  {
    /** A UUIDv7 (RFC 9562) of the current time: sorts by creation. */
    readonly timeOrdered: Effect.Effect<string>
    /** A UUIDv4. */
    readonly random: Effect.Effect<string>
    /** That many random bytes, base64url without padding. */
    readonly token: (bytes: number) => Effect.Effect<string>
  }
>() {
  static readonly layer = Layer.succeed(Ids, {
    timeOrdered: Effect.map(Clock.currentTimeMillis, (msecs) => v7({ msecs })),
    random: Effect.sync(() => v4()),
    token: (bytes) => Effect.sync(() => randomBytes(bytes).toString("base64url"))
  })
}
