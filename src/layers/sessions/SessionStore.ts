// Browser sessions: what can be asked and done, whatever keeps them. A session ends some time after its last use, and in any
// case some time after its begin or the last sign-in; its data is read and changed by key.
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
  /** The session of an id, unless it is unknown or has expired. */
  readonly get: (id: SessionId) => Effect.Effect<Option.Option<Session>, StoreUnavailable>
  /** A visitor's new session under a new id: an id is never taken from outside. `device` is what its owner will see. */
  readonly create: (visitorId: VisitorId, device: string) => Effect.Effect<NewSession, StoreUnavailable>
  /** What stands under a key. What its schema can't read any more is dropped, with a line in the log. */
  readonly read: <A>(id: SessionId, key: SessionKey<A>) => Effect.Effect<Option.Option<A>, StoreUnavailable>
  /**
   * Reads, changes and writes what stands under a key, and nothing beside it, as one step that no other comes between;
   * `None` removes it. Returns what was there before. `change` is pure.
   */
  readonly update: <A>(
    id: SessionId,
    key: SessionKey<A>,
    change: (before: Option.Option<A>) => Option.Option<A>
  ) => Effect.Effect<Option.Option<A>, SessionNotFound | StoreUnavailable>
  /** Extends the expiry of a session that `get` has just found, at most once a minute; true when it did. */
  readonly touch: (id: SessionId, session: Session) => Effect.Effect<boolean, StoreUnavailable>
  /**
   * Gives a session a new id; from then on the old one is unknown (OWASP: against fixation). Handle and data stay. With
   * `signIn` it becomes a user's, and its absolute lifetime begins anew.
   */
  readonly renew: (id: SessionId, signIn?: SignIn) => Effect.Effect<NewSession, SessionNotFound | StoreUnavailable>
  readonly delete: (id: SessionId) => Effect.Effect<void, StoreUnavailable>
  /** Ends one of a user's sessions; false where they have no such live one. */
  readonly deleteForUser: (userId: UserId, handle: SessionHandle) => Effect.Effect<boolean, StoreUnavailable>
  /** Ends all of a user's sessions; how many were live. */
  readonly deleteAllForUser: (userId: UserId) => Effect.Effect<number, StoreUnavailable>
  /** A user's live sessions, the last used first. */
  readonly listForUser: (userId: UserId) => Effect.Effect<ReadonlyArray<Session>, StoreUnavailable>
  /** Deletes what has expired; how many. */
  readonly cleanupExpired: Effect.Effect<number, StoreUnavailable>
  /**
   * Milliseconds since 1970 by the clock that sessions' times are of: this process's monotonic one, or the database's where several
   * nodes have them. A wall clock that is set ends no session, and keeps none.
   */
  readonly now: Effect.Effect<number>
  /**
   * Sessions that are kept, expired ones too, for the bound that there is: counted by each cleanup; what this process has begun and
   * ended since is added. Until the first one has ended it is that alone.
   */
  readonly kept: Effect.Effect<number>
  /** Sessions created since the start. */
  readonly created: Effect.Effect<number>
  /**
   * Calls back with each session that is deleted before it has expired by itself: what is open for it can end. With PostgreSQL also of
   * those that other nodes delete, within a second.
   */
  readonly onEnd: (listener: (handle: SessionHandle) => void) => Effect.Effect<void, never, Scope.Scope>
}

export class SessionStore extends Context.Tag("evenstar/SessionStore")<SessionStore, SessionStoreService>() {}
