// Batches expiry extensions: written a second later, in the table's order. A crash loses one second
// of them.
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import { type Lifetimes, type Session, type SessionHandle, type SessionId, touchSession } from "../../domain/Session.ts"
import type { StoreUnavailable } from "../../domain/StoredEvent.ts"
import * as Doorbell from "../../lib/doorbell.ts"
import { yieldToEventLoop } from "../../lib/eventLoop.ts"
import { hashSessionId } from "./SessionRows.ts"

/** Milliseconds between touches of a session. */
export const touchEvery = Duration.toMillis("1 minute")
/**
 * True when the last use must be recorded again. A use in the future (clock set back) is replaced,
 * or it would extend the session.
 */
export const isDue = (usedAt: number, now: number) => Math.abs(now - usedAt) >= touchEvery
const flushAfter = "1 second"

export interface Touch {
  readonly hash: Buffer
  readonly session: Session
}

interface Options {
  readonly lifetimes: Lifetimes
  /** Maximum touches per write. */
  readonly slice: number
  /** Called in table order, so that neighbours share a page. */
  readonly write: (touches: ReadonlyArray<Touch>) => Effect.Effect<unknown, StoreUnavailable>
}

/** Approximates the table's order. */
const order = ({ hash }: Touch) => hash.readUInt32BE()

export const make = Effect.fnUntraced(function* ({ lifetimes, slice, write }: Options) {
  const pending = new Map<SessionHandle, Touch>()
  const doorbell = Doorbell.make(() => pending.size > 0)
  const oneAtATime = yield* Effect.makeSemaphore(1)

  const flush = oneAtATime.withPermits(1)(
    Effect.gen(function* () {
      const touches = [...pending.values()].sort((a, b) => order(a) - order(b))
      for (let from = 0; from < touches.length; from += slice) {
        if (from > 0) yield* yieldToEventLoop
        const some = touches.slice(from, from + slice)
        yield* Effect.catchAll(write(some), (error) => Effect.logDebug("Sessions could not be extended", error))
        // Dropped even on failure: the next request retries.
        for (const touch of some) {
          if (pending.get(touch.session.handle) === touch) pending.delete(touch.session.handle)
        }
      }
    })
  )
  // Shutdown doesn't wait for an unavailable database.
  yield* Effect.addFinalizer(() => flush.pipe(Effect.interruptible, Effect.timeoutOption("1 second")))
  yield* doorbell.wait.pipe(
    Effect.zipRight(Effect.sleep(flushAfter)),
    Effect.zipRight(flush),
    Effect.forever,
    Effect.forkScoped
  )
  const pendingUse = ({ handle, lastAccessed }: Session) => pending.get(handle)?.session.lastAccessed ?? lastAccessed

  return {
    /** The session with its pending touch. */
    latest: (session: Session): Session => {
      const usedAt = pendingUse(session)
      return usedAt > session.lastAccessed ? touchSession(session, usedAt, lifetimes) : session
    },
    /** The touched session, or undefined if not due; written soon. */
    touch: (id: SessionId, session: Session, now: number): Session | undefined => {
      if (!isDue(session.lastAccessed, now) || !isDue(pendingUse(session), now)) return undefined
      const touched = touchSession(session, now, lifetimes)
      pending.set(session.handle, { hash: hashSessionId(id), session: touched })
      doorbell.ring()
      return touched
    },
    flush
  }
})
