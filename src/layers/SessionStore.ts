// Browser sessions in SQLite, beside the log. Only a SHA-256 of the id is kept: who reads the file can't take one over.
import { createHash } from "node:crypto"
import type { SqlError } from "@effect/sql/SqlError"
import * as Context from "effect/Context"
import * as DateTime from "effect/DateTime"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import type { ParseError } from "effect/ParseResult"
import * as Schedule from "effect/Schedule"
import * as Schema from "effect/Schema"
import { Session, SessionId } from "../domain/Session.ts"
import type { StoreUnavailable, VisitorId } from "../domain/StoredEvent.ts"
import { Ids } from "./Ids.ts"
import { Settings } from "./Settings.ts"
import { Sql, storeErrors } from "./Sql.ts"

export interface NewSession {
  readonly id: SessionId
  readonly session: Session
}

const hash = (id: SessionId) => createHash("sha256").update(id).digest()

const decodeSessions = Schema.decodeUnknown(Schema.Array(Session))
const decodeChanges = Schema.decodeUnknown(Schema.Struct({ changes: Schema.Number }))

/** Extending an expiry is a write: at most one a session in this time. */
const touchEvery = Duration.minutes(1)

const newSession = Effect.fnUntraced(function* (
  ids: Context.Tag.Service<typeof Ids>,
  ttl: Duration.Duration,
  visitorId: VisitorId
) {
  const now = yield* DateTime.now
  return {
    id: SessionId.make(yield* ids.token(32)),
    session: {
      visitorId,
      createdAt: now,
      lastAccessed: now,
      expiresAt: DateTime.addDuration(now, ttl)
    }
  }
})

const isDue = (session: Session, now: DateTime.Utc) =>
  DateTime.distance(session.lastAccessed, now) >= Duration.toMillis(touchEvery)

export class SessionStore extends Context.Tag("evenstar/SessionStore")<
  SessionStore,
  {
    /** The session of an id, unless it is unknown or has expired. */
    readonly get: (id: SessionId) => Effect.Effect<Option.Option<Session>, StoreUnavailable>
    /** A visitor's new session under a new id: an id is never taken from outside. */
    readonly create: (visitorId: VisitorId) => Effect.Effect<NewSession, StoreUnavailable>
    /** Extends the expiry, at most once a minute; true when it was. */
    readonly touch: (id: SessionId, session: Session) => Effect.Effect<boolean, StoreUnavailable>
    readonly delete: (id: SessionId) => Effect.Effect<void, StoreUnavailable>
    /** Deletes what has expired; returns how many. */
    readonly cleanupExpired: Effect.Effect<number, StoreUnavailable>
    /** Sessions created since the start. */
    readonly created: Effect.Effect<number>
  }
>() {
  /** In SQLite, with a fiber that cleans up every `SESSION_CLEANUP_INTERVAL`. */
  static readonly layer = Layer.scoped(
    SessionStore,
    Effect.gen(function* () {
      const { immediate, read, write } = yield* Sql
      const ids = yield* Ids
      const { sessionCleanupInterval, sessionTtl } = yield* Settings
      let created = 0

      const change = (statement: Effect.Effect<unknown, SqlError>): Effect.Effect<number, StoreUnavailable> =>
        storeErrors(
          immediate(
            Effect.flatMap(statement, (result): Effect.Effect<{ changes: number }, ParseError> => decodeChanges(result))
          )
        ).pipe(Effect.map(({ changes }) => changes))

      const cleanupExpired = Effect.flatMap(DateTime.now, (now) =>
        change(write`DELETE FROM sessions WHERE expires_at <= ${DateTime.toEpochMillis(now)}`.raw)
      ).pipe(Effect.withSpan("SessionStore.cleanupExpired"))

      yield* cleanupExpired.pipe(
        Effect.tap((count) => (count === 0 ? Effect.void : Effect.logInfo(`Deleted ${count} expired sessions`))),
        Effect.catchAll((error) => Effect.logError("Session cleanup failed", error)),
        Effect.repeat(Schedule.spaced(sessionCleanupInterval)),
        Effect.forkScoped
      )

      return {
        get: Effect.fn("SessionStore.get")(function* (id) {
          const now = yield* DateTime.now
          const [session] = yield* storeErrors(
            Effect.flatMap(
              read`SELECT visitor_id AS "visitorId", created_at AS "createdAt", last_accessed AS "lastAccessed",
                expires_at AS "expiresAt" FROM sessions
                WHERE id_hash = ${hash(id)} AND expires_at > ${DateTime.toEpochMillis(now)}`,
              decodeSessions
            )
          )
          return Option.fromNullable(session)
        }),
        create: Effect.fn("SessionStore.create")(function* (visitorId) {
          const made = yield* newSession(ids, sessionTtl, visitorId)
          const { createdAt, expiresAt } = made.session
          yield* change(
            write`INSERT INTO sessions ${write.insert({
              id_hash: hash(made.id),
              visitor_id: visitorId,
              created_at: DateTime.toEpochMillis(createdAt),
              last_accessed: DateTime.toEpochMillis(createdAt),
              expires_at: DateTime.toEpochMillis(expiresAt)
            })}`.raw
          )
          created++
          return made
        }),
        touch: Effect.fn("SessionStore.touch")(function* (id, session) {
          const now = yield* DateTime.now
          if (!isDue(session, now)) return false
          const expiresAt = DateTime.addDuration(now, sessionTtl)
          const changes = yield* change(
            write`UPDATE sessions SET last_accessed = ${DateTime.toEpochMillis(now)},
              expires_at = ${DateTime.toEpochMillis(expiresAt)} WHERE id_hash = ${hash(id)}`.raw
          )
          return changes > 0
        }),
        delete: Effect.fn("SessionStore.delete")((id) =>
          Effect.asVoid(change(write`DELETE FROM sessions WHERE id_hash = ${hash(id)}`.raw))
        ),
        cleanupExpired,
        created: Effect.sync(() => created)
      }
    })
  )

  /** In memory, for tests. */
  static readonly layerMemory = Layer.effect(
    SessionStore,
    Effect.gen(function* () {
      const ids = yield* Ids
      const { sessionTtl } = yield* Settings
      const sessions = new Map<SessionId, Session>()
      let created = 0
      return {
        get: (id) =>
          Effect.map(DateTime.now, (now) =>
            Option.filter(Option.fromNullable(sessions.get(id)), ({ expiresAt }) =>
              DateTime.greaterThan(expiresAt, now)
            )
          ),
        create: (visitorId) =>
          Effect.tap(newSession(ids, sessionTtl, visitorId), ({ id, session }) => {
            created++
            sessions.set(id, session)
          }),
        touch: (id, session) =>
          Effect.map(DateTime.now, (now) => {
            if (!isDue(session, now) || !sessions.has(id)) return false
            sessions.set(id, { ...session, lastAccessed: now, expiresAt: DateTime.addDuration(now, sessionTtl) })
            return true
          }),
        delete: (id) => Effect.sync(() => void sessions.delete(id)),
        cleanupExpired: Effect.map(DateTime.now, (now) => {
          const expired = [...sessions].filter(([, { expiresAt }]) => DateTime.lessThanOrEqualTo(expiresAt, now))
          for (const [id] of expired) sessions.delete(id)
          return expired.length
        }),
        created: Effect.sync(() => created)
      }
    })
  )
}
