// Browser sessions, independent of the backend. A session expires after idle time and, in any case,
// after its absolute lifetime; its data is accessed by key.
import * as Context from "effect/Context"
import type * as Effect from "effect/Effect"
import type * as Option from "effect/Option"
import type * as Scope from "effect/Scope"
import type { UserId } from "../../domain/Account.ts"
import type { Session, SessionHandle, SessionId, SessionKey, SessionNotFound, SignIn } from "../../domain/Session.ts"
import type { StoreUnavailable, VisitorId } from "../../domain/StoredEvent.ts"

export type { SignIn } from "../../domain/Session.ts"

export interface NewSession {
  readonly id: SessionId
  readonly session: Session
}

export interface SessionStoreService {
  /** The session, if known and unexpired. */
  readonly get: (id: SessionId) => Effect.Effect<Option.Option<Session>, StoreUnavailable>
  /** Creates a session under a new id, never one from the client. `device`: shown to the owner. */
  readonly create: (visitorId: VisitorId, device: string) => Effect.Effect<NewSession, StoreUnavailable>
  /** The value under a key. A value that its schema can't decode is dropped with a warning. */
  readonly read: <A>(id: SessionId, key: SessionKey<A>) => Effect.Effect<Option.Option<A>, StoreUnavailable>
  /**
   * Atomically reads and replaces the value under a key; `None` removes it. Returns the previous
   * value. `change` must be pure.
   */
  readonly update: <A>(
    id: SessionId,
    key: SessionKey<A>,
    change: (before: Option.Option<A>) => Option.Option<A>
  ) => Effect.Effect<Option.Option<A>, SessionNotFound | StoreUnavailable>
  /** Extends the expiry of a session just read, at most once a minute; true when it did. */
  readonly touch: (id: SessionId, session: Session) => Effect.Effect<boolean, StoreUnavailable>
  /**
   * Replaces the id; the old one becomes invalid (OWASP: session fixation). Handle and data stay.
   * `signIn` links a user and restarts the absolute lifetime.
   */
  readonly renew: (id: SessionId, signIn?: SignIn) => Effect.Effect<NewSession, SessionNotFound | StoreUnavailable>
  readonly delete: (id: SessionId) => Effect.Effect<void, StoreUnavailable>
  /** Ends one of a user's sessions; false if there is no such live one. */
  readonly deleteForUser: (userId: UserId, handle: SessionHandle) => Effect.Effect<boolean, StoreUnavailable>
  /** Ends all of a user's sessions; returns the number of live ones. */
  readonly deleteAllForUser: (userId: UserId) => Effect.Effect<number, StoreUnavailable>
  /** A user's live sessions, last used first. */
  readonly listForUser: (userId: UserId) => Effect.Effect<ReadonlyArray<Session>, StoreUnavailable>
  /** Deletes expired sessions; returns their number. */
  readonly cleanupExpired: Effect.Effect<number, StoreUnavailable>
  /**
   * Milliseconds since 1970 by the clock of session times: monotonic, or the database's if shared
   * by nodes. Setting a wall clock neither ends nor extends sessions.
   */
  readonly now: Effect.Effect<number>
  /**
   * Stored sessions, including expired ones, for their limit: counted by each cleanup, plus changes
   * of this process since. Before the first cleanup only the latter.
   */
  readonly kept: Effect.Effect<number>
  /** Sessions created since the start. */
  readonly created: Effect.Effect<number>
  /**
   * Calls back with each session ended before it expired, to close its streams. With PostgreSQL
   * also those of other nodes, within a second.
   */
  readonly onEnd: (listener: (handle: SessionHandle) => void) => Effect.Effect<void, never, Scope.Scope>
}

export class SessionStore extends Context.Tag("evenstar/SessionStore")<SessionStore, SessionStoreService>() {}
