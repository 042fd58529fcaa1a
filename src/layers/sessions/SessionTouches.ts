// Extending expiries without a write per request: touches are gathered and written together a second later, in the order of
// the table. A crash loses a second of them, which is nothing in the life of a session.
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import { type Lifetimes, type Session, type SessionHandle, type SessionId, touchSession } from "../../domain/Session.ts"
import type { StoreUnavailable } from "../../domain/StoredEvent.ts"
import * as Doorbell from "../../lib/doorbell.ts"
import { yieldToEventLoop } from "../../lib/eventLoop.ts"
import { hashSessionId } from "./SessionRows.ts"

/** Of one session, at most once in this time (milliseconds). */
export const touchEvery = Duration.toMillis("1 minute")
/**
 * Whether a use that was noted at a time is to be noted again. One that lies ahead is of a clock that was set back since: left as
 * it is, it would keep the session for longer than it may live.
 */
export const isDue = (usedAt: number, now: number) => Math.abs(now - usedAt) >= touchEvery
const flushAfter = "1 second"

export interface Touch {
  readonly hash: Buffer
  readonly session: Session
}

interface Options {
  readonly lifetimes: Lifetimes
  /** Touches that are written at a time, at most. */
  readonly slice: number
  /** Neighbours in the table come one after another: they lie on one page, which is then written once. */
  readonly write: (touches: ReadonlyArray<Touch>) => Effect.Effect<unknown, StoreUnavailable>
}

/** The table's order, as near as a number comes to it. */
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
        // Also where it failed: the next request extends it.
        for (const touch of some) {
          if (pending.get(touch.session.handle) === touch) pending.delete(touch.session.handle)
        }
      }
    })
  )
  // Who ends doesn't wait for a database that is away: a second of touches is nothing.
  yield* Effect.addFinalizer(() => flush.pipe(Effect.interruptible, Effect.timeoutOption("1 second")))
  yield* doorbell.wait.pipe(
    Effect.zipRight(Effect.sleep(flushAfter)),
    Effect.zipRight(flush),
    Effect.forever,
    Effect.forkScoped
  )
  const pendingUse = ({ handle, lastAccessed }: Session) => pending.get(handle)?.session.lastAccessed ?? lastAccessed

  return {
    /** A session as it was read, with what is not yet written. */
    latest: (session: Session): Session => {
      const usedAt = pendingUse(session)
      return usedAt > session.lastAccessed ? touchSession(session, usedAt, lifetimes) : session
    },
    /** The session as it is from `now` on, if that is due; written soon. */
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
