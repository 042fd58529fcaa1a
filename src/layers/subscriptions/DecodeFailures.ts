// Events that a consumer could not read: told to the operator once each, counted, and the last ones kept for a look at them.
// A consumer reports and goes on, or waits, as it sees fit; here nothing is decided.
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

/** Failures that are known again when they come again; beyond them the eldest is forgotten, and would be told once more. */
const maxRemembered = 10_000
const maxRecent = 20

export class DecodeFailures extends Context.Tag("evenstar/DecodeFailures")<
  DecodeFailures,
  {
    /** Logs and counts the first time that a consumer meets an event that it can't read; after that it does nothing. */
    readonly report: (consumer: string, error: EventUndecodable) => Effect.Effect<void>
    /** Since the start. */
    readonly total: Effect.Effect<number>
    /** The last ones, the newest first: 20 at most. */
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
