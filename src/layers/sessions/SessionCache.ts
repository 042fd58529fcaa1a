// Sessions that were asked for lately: a request of theirs then takes neither a hash nor a read, which are half of what
// recognizing somebody costs (`npm run bench sessions`). Nothing is held that the table doesn't say.
import { LRUCache } from "lru-cache"
import type { Session, SessionId } from "../../domain/Session.ts"

/** Sessions at most: about 10 MB. */
const capacity = 20_000
/** Milliseconds in which another process may have ended a session and this one doesn't know. */
const staleness = 10

export interface SessionSource {
  readonly read: (id: SessionId) => Session | undefined
  /** Another number when another process has changed anything. */
  readonly foreignVersion: () => number
}

/** Whoever changes a row here says so before it is committed. */
export const make = ({ foreignVersion, read }: SessionSource) => {
  const known = new LRUCache<SessionId, Session>({ max: capacity })
  let version = -1
  let checkedAt = Number.NEGATIVE_INFINITY

  const check = () => {
    const now = performance.now()
    if (now - checkedAt < staleness) return
    checkedAt = now
    const current = foreignVersion()
    if (current !== version) known.clear()
    version = current
  }
  return {
    find: (id: SessionId): Session | undefined => {
      check()
      const cached = known.get(id)
      if (cached !== undefined) return cached
      const found = read(id)
      if (found !== undefined) known.set(id, found)
      return found
    },
    /** The session as it is by now, were it not yet in the table. */
    replace: (id: SessionId, session: Session) => {
      if (known.has(id)) known.set(id, session)
    },
    forget: (id: SessionId) => known.delete(id),
    forgetAll: () => known.clear()
  }
}
