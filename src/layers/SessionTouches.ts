// Extending expiries without a write per request: touches are gathered and written together a second later, in the order of
// the table and without a flush to the disk. A crash loses a second of them, which is nothing in the life of a session.
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import { accessed, type Lifetimes, type Session, type SessionHandle, type SessionId } from "../domain/Session.ts"
import { nextTurn } from "./eventLoop.ts"
import { hashOf, writes } from "./SessionRows.ts"
import { Sql } from "./Sql.ts"

/** Of one session, at most once in this time (milliseconds). */
export const touchEvery = Duration.toMillis("1 minute")
const flushAfter = "1 second"
/** Rows of one transaction: about 2 ms, and 10 more where the WAL is full. */
const slice = 250

interface Touch {
  readonly hash: Buffer
  /** The table's, as near as a number comes to it. */
  readonly order: number
  readonly session: Session
}

export const make = (lifetimes: Lifetimes) =>
  Effect.gen(function* () {
    const { database, transactRelaxed } = yield* Sql
    const { touch } = writes(database)
    const pending = new Map<SessionHandle, Touch>()
    const waits = yield* Effect.makeLatch()
    const oneAtATime = yield* Effect.makeSemaphore(1)

    const writeAll = (touches: ReadonlyArray<Touch>) =>
      transactRelaxed(() => {
        for (const { hash, session } of touches) {
          touch(hash, session, session.lastAccessed - touchEvery)
        }
      })

    const flush = oneAtATime.withPermits(1)(
      Effect.gen(function* () {
        // Neighbours lie on one page, which is then written once.
        const touches = [...pending.values()].sort((a, b) => a.order - b.order)
        for (let from = 0; from < touches.length; from += slice) {
          if (from > 0) yield* nextTurn
          const some = touches.slice(from, from + slice)
          yield* Effect.catchAll(writeAll(some), (error) => Effect.logDebug("Sessions could not be extended", error))
          // Also where it failed: the next request extends it.
          for (const touch of some) pending.delete(touch.session.handle)
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
      /** The session as it is from `now` on, if that is due; written soon. */
      touch: (id: SessionId, session: Session, now: number): Session | undefined => {
        if (now - session.lastAccessed < touchEvery || pending.has(session.handle)) return undefined
        const touched = accessed(session, now, lifetimes)
        const hash = hashOf(id)
        pending.set(session.handle, { hash, order: hash.readUInt32BE(), session: touched })
        waits.unsafeOpen()
        return touched
      },
      flush
    }
  })
