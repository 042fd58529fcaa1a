// Cache of recent sessions: saves a hash and a read, half of the cost of a lookup (`npm run bench
// sessions`). Consistent with the table within `staleness`.
import { LRUCache } from "lru-cache"
import type { Session, SessionId } from "../../domain/Session.ts"

/** Maximum sessions, about 10 MB. */
const capacity = 20_000
/** Milliseconds that a change by another process may go unnoticed. */
const staleness = 10

export interface SessionSource {
  readonly read: (id: SessionId) => Session | undefined
  /** Changes when another process commits. */
  readonly foreignVersion: () => number
}

/** Local changes must be reported before they are committed. */
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
    /** Replaces a cached session whose row is written later. */
    replace: (id: SessionId, session: Session) => {
      if (known.has(id)) known.set(id, session)
    },
    forget: (id: SessionId) => known.delete(id),
    forgetAll: () => known.clear()
  }
}
