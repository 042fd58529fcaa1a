// Sessions in PostgreSQL, shared by nodes. Not cached: a revoked session is invalid on all nodes
// with the COMMIT. Calls are one statement, or an optimistic read and write.
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import {
  ifUnexpired,
  renewSession,
  type Session,
  type SessionId,
  type SessionKey,
  SessionNotFound
} from "../../domain/Session.ts"
import { deadlineExceeded } from "../../domain/StoredEvent.ts"
import { keyedLock } from "../../lib/keyedLock.ts"
import { Settings } from "../node/Settings.ts"
import { batched } from "../postgres/batched.ts"
import { leasedJob } from "../postgres/leasedJobs.ts"
import type { PostgresService, Prepared } from "../postgres/Postgres.ts"
import { isText } from "../postgres/Postgres.ts"
import * as Counts from "../postgres/rowCounts.ts"
import * as EndedSessions from "./EndedSessions.ts"
import { hashSessionId } from "./SessionRows.ts"
import { extraColumn, statements, toRow, toSession } from "./SessionRowsPostgres.ts"
import type { SessionStoreService } from "./SessionStore.ts"
import * as SessionTouches from "./SessionTouches.ts"
import { changeData, decodeData, logDropped } from "./sessionData.ts"
import { lastUsedFirst, makeLifecycle } from "./sessionLifecycle.ts"

/** Rows per cleanup statement. */
const slice = 1000
/** Milliseconds that the cleanup waits for touches of other nodes. */
const margin = 120_000

const decodeSlice = Schema.decodeUnknownSync(
  Schema.Tuple(Schema.Tuple(Schema.NullOr(Schema.Uint8ArrayFromSelf), Schema.Number, Schema.Number))
)
const decodeText = Schema.decodeUnknownSync(Schema.NullOr(Schema.String))

export const make = Effect.fnUntraced(function* (postgres: PostgresService) {
  const { now: time, query } = postgres
  const { sessionCleanupInterval } = yield* Settings
  const { ended, lifetimes, newId, newSession, onEnd } = yield* makeLifecycle(time)
  const touches = yield* SessionTouches.make({
    lifetimes,
    slice: 1000,
    write: (some) =>
      query(statements.touch, [
        some.map(({ hash }) => hash),
        some.map(({ session }) => session.lastAccessed),
        some.map(({ session }) => session.expiresAt),
        SessionTouches.touchEvery
      ])
  })
  const ends = yield* EndedSessions.make(postgres, (handle) => ended([{ handle }]))
  const lock = keyedLock(deadlineExceeded)
  const count = yield* Counts.make(postgres, "sessions")
  let created = 0

  const alive = (found: Session, now: number) => ifUnexpired(touches.latest(found), now, lifetimes)

  const find = yield* batched((hashes: ReadonlyArray<Buffer>) =>
    Effect.map(query(statements.find, [hashes]), (rows) => {
      const found = new Map(rows.map((row) => [extraColumn(row), row]))
      return hashes.map((_, index) => Option.map(Option.fromNullable(found.get(index + 1)), toSession))
    })
  )

  /** A live session's JSON text under a key. */
  const withData = (id: SessionId, { name }: Pick<SessionKey<never>, "name">) =>
    Effect.zipWith(time, query(statements.withData, [hashSessionId(id), name]), (now, [row]) =>
      row === undefined || Option.isNone(alive(toSession(row), now))
        ? Option.none()
        : Option.some(decodeText(extraColumn(row)) ?? undefined)
    )
  /** Compare-and-set; false if the stored text is not `before`. */
  const setData = (id: SessionId, { name }: Pick<SessionKey<never>, "name">, after?: string, before?: string) =>
    Effect.map(
      query(statements.setData, [hashSessionId(id), name, after ?? null, before ?? null]),
      (changed) => changed.length > 0
    )

  /** Deletes sessions, notifies listeners, and returns those that were live. */
  const remove = (statement: Prepared, values: ReadonlyArray<unknown>) =>
    Effect.zipWith(time, query(statement, values), (now, rows) => {
      const sessions = rows.map(toSession)
      count.add(-sessions.length)
      for (const { handle } of sessions) ends.ended(handle)
      return sessions.filter((session) => Option.isSome(alive(session, now)))
    }).pipe(Effect.uninterruptible)

  /** Deletes sessions expired at `now` and publishes the remaining count; returns the number. */
  const cleanup = Effect.fn("SessionStore.cleanupExpired")(function* (now: number) {
    let position: Uint8Array = Buffer.alloc(0)
    let deleted = 0
    let looked = 0
    for (;;) {
      const values = [position, slice, lifetimes.idle, lifetimes.absolute, now]
      const [[last, found, gone]] = decodeSlice(yield* query(statements.cleanup, values))
      deleted += gone
      looked += found
      if (last === null || found < slice) {
        yield* count.report(looked - deleted)
        return deleted
      }
      position = last
    }
  })
  yield* leasedJob(
    postgres,
    "session cleanup",
    sessionCleanupInterval,
    Effect.flatMap(time, (now) => cleanup(now - margin)).pipe(
      Effect.tap((count) => (count === 0 ? Effect.void : Effect.logInfo(`Deleted ${count} expired sessions`))),
      Effect.zipRight(ends.forget)
    )
  )

  /** On failure the next read retries. */
  const drop = <A>(id: SessionId, key: SessionKey<A>, text: string) =>
    setData(id, key, undefined, text).pipe(
      Effect.flatMap((isDropped) => (isDropped ? logDropped(key) : Effect.void)),
      Effect.catchAll((error) => Effect.logDebug(`The session data under ${key.name} could not be deleted`, error))
    )

  return {
    get: (id) =>
      Effect.zipWith(time, find(hashSessionId(id)), (now, found) =>
        Option.flatMap(found, (session) => alive(session, now))
      ),
    create: Effect.fn("SessionStore.create")(function* (visitorId, device) {
      const { id, session } = yield* newSession(visitorId, device)
      yield* query(statements.insert, [hashSessionId(id), ...toRow(session)])
      created++
      count.add(1)
      return { id, session }
    }),
    read: Effect.fnUntraced(function* <A>(id: SessionId, key: SessionKey<A>) {
      const text = Option.getOrUndefined(yield* withData(id, key))
      if (text === undefined) return Option.none()
      const { isBroken, value } = decodeData(key, text)
      if (isBroken) yield* drop(id, key, text)
      return value
    }),
    update: Effect.fn("SessionStore.update")(function* <A>(
      id: SessionId,
      key: SessionKey<A>,
      changeValue: (before: Option.Option<A>) => Option.Option<A>
    ) {
      const attempt = Effect.gen(function* () {
        const found = yield* withData(id, key)
        if (Option.isNone(found)) return yield* new SessionNotFound()
        const text = found.value
        const { isBroken, value } = decodeData(key, text)
        const after = yield* changeData(key, value, changeValue)
        // An unchanged value needs no write.
        const isDone = after === text || (yield* setData(id, key, after, text))
        return { isBroken, isDone, value }
      })
      // Serialized on this node; retried after a change by another node.
      const { isBroken, value } = yield* lock(id, Effect.repeat(attempt, { until: ({ isDone }) => isDone }))
      if (isBroken) yield* logDropped(key)
      return value
    }),
    touch: (id, session) => Effect.map(time, (now) => touches.touch(id, session, now) !== undefined),
    renew: Effect.fn("SessionStore.renew")(function* (id, signIn) {
      const next = yield* newId
      const now = yield* time
      const found = Option.flatMap(yield* find(hashSessionId(id)), (session) => alive(session, now))
      if (Option.isNone(found)) return yield* new SessionNotFound()
      const session = renewSession(found.value, signIn, now, lifetimes)
      const { expiresAt, lastAccessed, signedInAt, userId, visitorId } = session
      const values = [hashSessionId(id), hashSessionId(next), visitorId, userId, signedInAt, lastAccessed, expiresAt]
      const changed = yield* query(statements.renew, values)
      // The user only changes together with the id.
      return changed.length > 0 ? { id: next, session } : yield* new SessionNotFound()
    }),
    delete: Effect.fn("SessionStore.delete")((id) => Effect.asVoid(remove(statements.delete, [hashSessionId(id)]))),
    deleteForUser: Effect.fn("SessionStore.deleteForUser")((userId, handle) =>
      isText(handle)
        ? Effect.map(remove(statements.deleteOfUser, [userId, handle]), (sessions) => sessions.length > 0)
        : Effect.succeed(false)
    ),
    deleteAllForUser: Effect.fn("SessionStore.deleteAllForUser")((userId) =>
      Effect.map(remove(statements.deleteAllOfUser, [userId]), (sessions) => sessions.length)
    ),
    listForUser: Effect.fn("SessionStore.listForUser")(function* (userId) {
      const now = yield* time
      const rows = yield* query(statements.ofUser, [userId])
      return lastUsedFirst(rows.flatMap((row) => Option.toArray(alive(toSession(row), now))))
    }),
    cleanupExpired: Effect.flatMap(time, (now) => Effect.zipRight(touches.flush, cleanup(now))),
    now: time,
    kept: count.total,
    created: Effect.sync(() => created),
    onEnd
  } satisfies SessionStoreService
})
