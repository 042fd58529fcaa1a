// Users, their passkeys, and the visitors that are theirs: what "signed in" means beside the sessions.
import * as Context from "effect/Context"
import type * as Effect from "effect/Effect"
import type * as Option from "effect/Option"
import type { UserId } from "../../domain/Account.ts"
import type { Credential } from "../../domain/Passkey.ts"
import type { StoreUnavailable, VisitorId } from "../../domain/StoredEvent.ts"

/** A user's visitors at most: each request of theirs asks for all of them. */
export const maxVisitorsPerUser = 100

/** A passkey that an authenticator has just made. */
export type NewCredential = Omit<Credential, "userId" | "createdAt" | "lastUsed">

export interface AccountsService {
  /** Keeps a passkey; its user is made with the first one. */
  readonly register: (credential: NewCredential, userId: UserId) => Effect.Effect<void, StoreUnavailable>
  readonly find: (credentialId: string) => Effect.Effect<Option.Option<Credential>, StoreUnavailable>
  /** A user's passkeys, the oldest first. */
  readonly credentialsOf: (userId: UserId) => Effect.Effect<ReadonlyArray<Credential>, StoreUnavailable>
  /** Notes that a passkey has signed, and how often by now; false where it is gone, or has signed more often already. */
  readonly used: (credentialId: string, counter: number) => Effect.Effect<boolean, StoreUnavailable>
  /** Forgets one of a user's passkeys, but never the last; true when it did. */
  readonly remove: (userId: UserId, credentialId: string) => Effect.Effect<boolean, StoreUnavailable>
  /**
   * Makes a visitor a user's. One that is somebody else's stays that, and one more than `visitorsAtMost` is nobody's: then the
   * user goes on as a visitor of their own, which is what this returns.
   */
  readonly claim: (userId: UserId, visitorId: VisitorId) => Effect.Effect<VisitorId, StoreUnavailable>
  /** Whose a visitor is, once they have signed in. */
  readonly userOf: (visitorId: VisitorId) => Effect.Effect<Option.Option<UserId>, StoreUnavailable>
  /** The visitors that are a user's, those of every device on which they have signed in. */
  readonly visitorsOf: (userId: UserId) => Effect.Effect<ReadonlyArray<VisitorId>, StoreUnavailable>
}

export class Accounts extends Context.Tag("evenstar/Accounts")<
  Accounts,
  AccountsService & {
    /** The most visitors that any user has had who made a request since the start. */
    readonly mostVisitors: Effect.Effect<number>
  }
>() {}
