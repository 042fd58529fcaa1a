// Sessions in memory, for tests: the same contract.
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Option from "effect/Option"
import {
  ifUnexpired,
  renewSession,
  type Session,
  type SessionId,
  SessionNotFound,
  touchSession
} from "../../domain/Session.ts"
import { monotonicMillis } from "../../lib/monotonicTime.ts"
import type { SessionStoreService } from "./SessionStore.ts"
import { isDue } from "./SessionTouches.ts"
import { changeData, decodeData, logDropped } from "./sessionData.ts"
import { lastUsedFirst, makeLifecycle } from "./sessionLifecycle.ts"

interface Kept {
  readonly session: Session
  /** JSON texts by their keys' names. */
  readonly data: Map<string, string>
}

export const make = Effect.gen(function* () {
  const { ended, lifetimes, newId, newSession, onEnd } = yield* makeLifecycle(monotonicMillis)
  const sessions = new Map<SessionId, Kept>()
  let created = 0

  const find = (id: SessionId, now: number): Option.Option<Kept> =>
    Option.flatMap(Option.fromNullable(sessions.get(id)), ({ data, session }) =>
      Option.map(ifUnexpired(session, now, lifetimes), (session) => ({ data, session }))
    )
  const alive = (now: number, kept: Iterable<Kept>) =>
    [...kept].flatMap(({ session }) => Option.toArray(ifUnexpired(session, now, lifetimes)))

  /** Runs synchronous, and so atomic, work with the current time. */
  const at = <A>(work: (now: number) => A) => Effect.map(monotonicMillis, work)
  const change = <A, E>(work: (now: number) => Exit.Exit<A, E>) => Effect.flatten(at(work))

  /** Returns those that were live. */
  const remove = (isMeant: (session: Session, id: SessionId) => boolean) =>
    at((now) => {
      const gone = [...sessions].filter(([id, { session }]) => isMeant(session, id))
      for (const [id] of gone) sessions.delete(id)
      const kept = gone.map(([, kept]) => kept)
      ended(kept.map(({ session }) => session))
      return alive(now, kept)
    })

  return {
    get: (id) => at((now) => Option.map(find(id, now), ({ session }) => session)),
    create: (visitorId, device) =>
      Effect.map(newSession(visitorId, device), ({ id, session }) => {
        created++
        sessions.set(id, { session, data: new Map() })
        return { id, session }
      }),
    read: (id, key) =>
      Effect.flatMap(
        at((now) => Option.getOrUndefined(find(id, now))?.data),
        (data) => {
          const { isBroken, value } = decodeData(key, data?.get(key.name))
          if (isBroken) data?.delete(key.name)
          return isBroken ? Effect.as(logDropped(key), value) : Effect.succeed(value)
        }
      ),
    update: (id, key, changeValue) =>
      Effect.flatMap(
        change((now) => {
          const kept = find(id, now)
          if (Option.isNone(kept)) return Exit.fail(new SessionNotFound())
          const { data } = kept.value
          const before = decodeData(key, data.get(key.name))
          return Exit.map(changeData(key, before.value, changeValue), (after) => {
            if (after === undefined) data.delete(key.name)
            else data.set(key.name, after)
            return before
          })
        }),
        ({ isBroken, value }) => (isBroken ? Effect.as(logDropped(key), value) : Effect.succeed(value))
      ),
    touch: (id) =>
      at((now) => {
        const kept = Option.getOrUndefined(find(id, now))
        if (kept === undefined || !isDue(kept.session.lastAccessed, now)) return false
        sessions.set(id, { ...kept, session: touchSession(kept.session, now, lifetimes) })
        return true
      }),
    renew: (id, signIn) =>
      Effect.flatMap(newId, (next) =>
        change((now) => {
          const kept = find(id, now)
          if (Option.isNone(kept)) return Exit.fail(new SessionNotFound())
          const session = renewSession(kept.value.session, signIn, now, lifetimes)
          sessions.delete(id)
          sessions.set(next, { ...kept.value, session })
          return Exit.succeed({ id: next, session })
        })
      ),
    delete: (id) => Effect.asVoid(remove((_, of) => of === id)),
    deleteForUser: (userId, handle) =>
      Effect.map(
        remove((session) => session.userId === userId && session.handle === handle),
        (gone) => gone.length > 0
      ),
    deleteAllForUser: (userId) =>
      Effect.map(
        remove((session) => session.userId === userId),
        (gone) => gone.length
      ),
    listForUser: (userId) =>
      at((now) => lastUsedFirst(alive(now, sessions.values()).filter((session) => session.userId === userId))),
    cleanupExpired: at((now) => {
      const before = sessions.size
      for (const id of [...sessions.keys()]) if (Option.isNone(find(id, now))) sessions.delete(id)
      return before - sessions.size
    }),
    now: monotonicMillis,
    kept: Effect.sync(() => sessions.size),
    created: Effect.sync(() => created),
    onEnd
  } satisfies SessionStoreService
})
