// Extending expiries without a write per request, as SessionTouches.ts does it for SQLite: touches are gathered and written a second
// later, many in one statement. A crash loses a second of them, which is nothing in the life of a session.
import * as Effect from "effect/Effect"
import { accessed, type Lifetimes, type Session, type SessionHandle, type SessionId } from "../../domain/Session.ts"
import { hashOf } from "../SessionRows.ts"
import { touchEvery } from "../SessionTouches.ts"
import type { PostgresService } from "./Postgres.ts"
import { statements } from "./sessionRows.ts"

const flushAfter = "1 second"
/** Rows of one statement. */
const slice = 1000

interface Touch {
  readonly hash: Buffer
  readonly session: Session
}

export const make = Effect.fnUntraced(function* ({ query }: PostgresService, lifetimes: Lifetimes) {
  const pending = new Map<SessionHandle, Touch>()
  const waits = yield* Effect.makeLatch()
  const oneAtATime = yield* Effect.makeSemaphore(1)

  const write = (touches: ReadonlyArray<Touch>) =>
    query(statements.touch, [
      touches.map(({ hash }) => hash),
      touches.map(({ session }) => session.lastAccessed),
      touches.map(({ session }) => session.expiresAt),
      touchEvery
    ])

  const flush = oneAtATime.withPermits(1)(
    Effect.gen(function* () {
      const touches = [...pending.values()]
      for (let from = 0; from < touches.length; from += slice) {
        const some = touches.slice(from, from + slice)
        yield* Effect.catchAll(write(some), (error) => Effect.logDebug("Sessions could not be extended", error))
        // Also where it failed, or where it was skipped: the next request extends it.
        for (const touch of some) {
          if (pending.get(touch.session.handle) === touch) pending.delete(touch.session.handle)
        }
      }
    })
  )
  yield* Effect.addFinalizer(() => flush)
  yield* waits.await.pipe(
    Effect.zipRight(Effect.sleep(flushAfter)),
    Effect.zipRight(waits.close),
    Effect.zipRight(flush),
    Effect.forever,
    Effect.forkScoped
  )

  return {
    /** A session as it was read, with what is not yet written. */
    latest: (session: Session): Session => {
      const usedAt = pending.get(session.handle)?.session.lastAccessed ?? 0
      return usedAt > session.lastAccessed ? accessed(session, usedAt, lifetimes) : session
    },
    /** Whether an extension was due; it is written soon. */
    touch: (id: SessionId, session: Session, now: number): boolean => {
      const usedAt = pending.get(session.handle)?.session.lastAccessed ?? 0
      if (now - Math.max(session.lastAccessed, usedAt) < touchEvery) return false
      pending.set(session.handle, { hash: hashOf(id), session: accessed(session, now, lifetimes) })
      waits.unsafeOpen()
      return true
    },
    flush
  }
})
