// Events that a consumer could not decode: logged once each, counted, the latest kept. The consumer
// decides whether to skip or wait.
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { LRUCache } from "lru-cache"
import type { EventUndecodable } from "../../domain/EventCodec.ts"

export interface DecodeFailure {
  readonly consumer: string
  readonly sequence: number
  readonly eventType: string
  readonly schemaVersion: number
  readonly reason: string
}

/** Remembered failures; a forgotten one would be logged again. */
const maxRemembered = 10_000
const maxRecent = 20

export class DecodeFailures extends Context.Tag("evenstar/DecodeFailures")<
  DecodeFailures,
  {
    /** Logs and counts the first failure of an event per consumer; later ones are ignored. */
    readonly report: (consumer: string, error: EventUndecodable) => Effect.Effect<void>
    /** Failures since the start. */
    readonly total: Effect.Effect<number>
    /** The latest failures, newest first; 20 at most. */
    readonly recent: Effect.Effect<ReadonlyArray<DecodeFailure>>
  }
>() {
  static readonly layer = Layer.sync(DecodeFailures, () => {
    const known = new LRUCache<string, true>({ max: maxRemembered })
    let recent: ReadonlyArray<DecodeFailure> = []
    let total = 0
    return {
      report: (consumer, { eventType, reason, schemaVersion, sequence }) =>
        Effect.suspend(() => {
          const key = `${sequence} ${consumer}`
          if (known.has(key)) return Effect.void
          known.set(key, true)
          total++
          const failure = { consumer, sequence, eventType, schemaVersion, reason }
          recent = [failure, ...recent].slice(0, maxRecent)
          return Effect.logError("An event can't be read").pipe(Effect.annotateLogs({ ...failure }))
        }),
      total: Effect.sync(() => total),
      recent: Effect.sync(() => recent)
    }
  })
}
