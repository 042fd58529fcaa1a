// Ids and secrets from the platform's CSPRNG, behind a service for deterministic tests.
import { randomBytes, randomFillSync } from "node:crypto"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { v4, v7 } from "uuid"

/** Random bytes are drawn in bulk: 4,096 cost as much as 16. Each is used once. */
const pool = Buffer.alloc(4096)
const portions = Array.from({ length: pool.length / 16 }, (_, i) => pool.subarray(16 * i, 16 * (i + 1)))
let next = 0
const random16 = () => {
  if (next === 0) randomFillSync(pool)
  const portion = portions[next]
  next = (next + 1) % portions.length
  return portion ?? randomBytes(16)
}

const timeOrderedAt = (msecs: number) => v7({ msecs, rng: random16 })

export class Ids extends Context.Tag("evenstar/Ids")<
  Ids,
  {
    /** A UUIDv7 (RFC 9562) of the current time: sorts by creation. */
    readonly timeOrdered: Effect.Effect<string>
    /** The same for a given time in milliseconds since 1970. */
    readonly timeOrderedAt: (millis: number) => string
    /** A UUIDv4. */
    readonly random: Effect.Effect<string>
    /** Random bytes as base64url without padding. */
    readonly token: (bytes: number) => Effect.Effect<string>
  }
>() {
  static readonly layer = Layer.succeed(Ids, {
    timeOrdered: Effect.clockWith((clock) => Effect.succeed(timeOrderedAt(clock.unsafeCurrentTimeMillis()))),
    timeOrderedAt,
    random: Effect.sync(() => v4()),
    token: (bytes) => Effect.sync(() => randomBytes(bytes).toString("base64url"))
  })
}
