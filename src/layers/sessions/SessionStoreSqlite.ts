// Sessions in SQLite. A read is one prepared statement without span or fiber, because every request
// makes one. Changes are durable transactions.
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Option from "effect/Option"
import * as Schedule from "effect/Schedule"
import {
  ifUnexpired,
  renewSession,
  type Session,
  type SessionId,
  type SessionKey,
  SessionNotFound
} from "../../domain/Session.ts"
import { monotonicMillis } from "../../lib/monotonicTime.ts"
import { Settings } from "../node/Settings.ts"
import { Sql } from "../sqlite/Sql.ts"
import * as SessionCache from "./SessionCache.ts"
import * as SessionCleanup from "./SessionCleanup.ts"
import { hashSessionId, prepareReads, prepareWrites } from "./SessionRows.ts"
import type { SessionStoreService } from "./SessionStore.ts"
import * as SessionTouches from "./SessionTouches.ts"
import { changeData, decodeData, logDropped } from "./sessionData.ts"
import { lastUsedFirst, makeLifecycle } from "./sessionLifecycle.ts"

export const make = Effect.gen(function* () {
  const { database, foreignVersion, query, reader, transact, transactRelaxed } = yield* Sql
  const { sessionCleanupInterval } = yield* Settings
  const { ended, lifetimes, newId, newSession, onEnd } = yield* makeLifecycle(monotonicMillis)
  const cleanup = yield* SessionCleanup.make(lifetimes)
  let created = 0
  /** Sessions created minus ended since the start, and the number before the last count. */
  let begun = 0
  let others = 0

  const reading = prepareReads(reader)
  const writing = { ...prepareReads(database), ...prepareWrites(database) }
  const touches = yield* SessionTouches.make({
    lifetimes,
    // About 2 ms, plus 10 for a full WAL.
    slice: 250,
    write: (some) =>
      transactRelaxed(() => {
        for (const { hash, session } of some) writing.touch(hash, session, SessionTouches.touchEvery)
      })
  })
  const cache = SessionCache.make({ read: (id) => reading.find(hashSessionId(id)), foreignVersion })

  const alive = (found: Session | undefined, now: number) =>
    found === undefined ? Option.none() : ifUnexpired(touches.latest(found), now, lifetimes)

  /** One durable transaction with the current time. */
  const change = <A, E>(work: (now: number) => Exit.Exit<A, E>) =>
    Effect.flatMap(monotonicMillis, (now) => Effect.flatten(transact(() => work(now))))

  /** Deletes sessions, notifies listeners, and returns those that were live. */
  const remove = (work: () => ReadonlyArray<Session>) =>
    change((now) => Exit.succeed({ now, sessions: work() })).pipe(
      Effect.map(({ now, sessions }) => {
        begun -= sessions.length
        ended(sessions)
        return sessions.filter((session) => Option.isSome(alive(session, now)))
      }),
      // Listeners must hear of every deletion.
      Effect.uninterruptible
    )

  const cleanupExpired = Effect.gen(function* () {
    // Sessions used from here on have not expired at `now`.
    const now = yield* monotonicMillis
    yield* touches.flush
    const before = begun
    const { deleted, kept } = yield* cleanup(now)
    // Sessions created during the count may count twice until the next one.
    others = kept - before
    return deleted
  })
  yield* cleanupExpired.pipe(
    Effect.tap((count) => (count === 0 ? Effect.void : Effect.logInfo(`Deleted ${count} expired sessions`))),
    Effect.catchAll((error) => Effect.logError("Session cleanup failed", error)),
    Effect.repeat(Schedule.spaced(sessionCleanupInterval)),
    Effect.forkScoped
  )

  /** On failure the next read retries. */
  const drop = <A>(id: SessionId, key: SessionKey<A>, text: string) =>
    transact(() => writing.dropData(hashSessionId(id), key, text)).pipe(
      Effect.flatMap((isDropped) => (isDropped ? logDropped(key) : Effect.void)),
      Effect.catchAll((error) => Effect.logDebug(`The session data under ${key.name} could not be deleted`, error))
    )

  return {
    get: (id) => Effect.flatMap(monotonicMillis, (now) => query(() => alive(cache.find(id), now))),
    create: Effect.fn("SessionStore.create")(function* (visitorId, device) {
      const { id, session } = yield* newSession(visitorId, device)
      yield* transact(() => writing.insert(hashSessionId(id), session))
      created++
      begun++
      return { id, session }
    }),
    read: Effect.fnUntraced(function* <A>(id: SessionId, key: SessionKey<A>) {
      const now = yield* monotonicMillis
      const text = yield* query(() =>
        Option.isSome(alive(cache.find(id), now)) ? reading.data(hashSessionId(id), key) : undefined
      )
      if (text === undefined) return Option.none()
      const { isBroken, value } = decodeData(key, text)
      if (isBroken) yield* drop(id, key, text)
      return value
    }),
    update: Effect.fn("SessionStore.update")(function* (id, key, changeValue) {
      const { isBroken, value } = yield* change((now) => {
        const hash = hashSessionId(id)
        if (Option.isNone(alive(writing.find(hash), now))) return Exit.fail(new SessionNotFound())
        const text = writing.data(hash, key)
        const before = decodeData(key, text)
        return Exit.map(changeData(key, before.value, changeValue), (after) => {
          // An unchanged value costs no flush.
          if (after !== text) writing.setData(hash, key, after)
          return before
        })
      })
      if (isBroken) yield* logDropped(key)
      return value
    }),
    touch: (id, session) =>
      Effect.map(monotonicMillis, (now) => {
        const touched = touches.touch(id, session, now)
        if (touched !== undefined) cache.replace(id, touched)
        return touched !== undefined
      }),
    renew: Effect.fn("SessionStore.renew")(function* (id, signIn) {
      const next = yield* newId
      return yield* change((now) => {
        const found = alive(writing.find(hashSessionId(id)), now)
        if (Option.isNone(found)) return Exit.fail(new SessionNotFound())
        const session = renewSession(found.value, signIn, now, lifetimes)
        cache.forget(id)
        writing.renew(hashSessionId(id), hashSessionId(next), session)
        return Exit.succeed({ id: next, session })
      })
    }),
    delete: Effect.fn("SessionStore.delete")((id) =>
      Effect.asVoid(
        remove(() => {
          cache.forget(id)
          return writing.delete(hashSessionId(id))
        })
      )
    ),
    deleteForUser: Effect.fn("SessionStore.deleteForUser")((userId, handle) =>
      Effect.map(
        remove(() => {
          cache.forgetAll()
          return writing.deleteOfUser(userId, handle)
        }),
        (sessions) => sessions.length > 0
      )
    ),
    deleteAllForUser: Effect.fn("SessionStore.deleteAllForUser")((userId) =>
      Effect.map(
        remove(() => {
          cache.forgetAll()
          return writing.deleteAllOfUser(userId)
        }),
        (sessions) => sessions.length
      )
    ),
    listForUser: Effect.fn("SessionStore.listForUser")(function* (userId) {
      const now = yield* monotonicMillis
      const sessions = yield* query(() => reading.ofUser(userId))
      return lastUsedFirst(sessions.flatMap((session) => Option.toArray(alive(session, now))))
    }),
    cleanupExpired,
    now: monotonicMillis,
    kept: Effect.sync(() => Math.max(0, others + begun)),
    created: Effect.sync(() => created),
    onEnd
  } satisfies SessionStoreService
})
