// Users, their passkeys, and the visitors linked to them.
import * as Context from "effect/Context"
import type * as Effect from "effect/Effect"
import type * as Option from "effect/Option"
import type { UserId } from "../../domain/Account.ts"
import type { Credential } from "../../domain/Passkey.ts"
import type { StoreUnavailable, VisitorId } from "../../domain/StoredEvent.ts"

/** Maximum visitors per user: each request reads all of them. */
export const maxVisitorsPerUser = 100

/** A newly created passkey. */
export type NewCredential = Omit<Credential, "userId" | "createdAt" | "lastUsed">

export interface AccountsService {
  /** Stores a passkey; creates the user with the first one. */
  readonly register: (credential: NewCredential, userId: UserId) => Effect.Effect<void, StoreUnavailable>
  readonly find: (credentialId: string) => Effect.Effect<Option.Option<Credential>, StoreUnavailable>
  /** A user's passkeys, oldest first. */
  readonly credentialsOf: (userId: UserId) => Effect.Effect<ReadonlyArray<Credential>, StoreUnavailable>
  /** Records a signature; false if the passkey is gone or the counter did not increase. */
  readonly used: (credentialId: string, counter: number) => Effect.Effect<boolean, StoreUnavailable>
  /** Deletes a passkey, never the user's last one; true when it did. */
  readonly remove: (userId: UserId, credentialId: string) => Effect.Effect<boolean, StoreUnavailable>
  /**
   * Links a visitor to a user and returns the visitor to continue as: the given one, or one of the
   * user's own if it belongs to another user or the limit is reached.
   */
  readonly claim: (userId: UserId, visitorId: VisitorId) => Effect.Effect<VisitorId, StoreUnavailable>
  /** The user of a visitor, if linked. */
  readonly userOf: (visitorId: VisitorId) => Effect.Effect<Option.Option<UserId>, StoreUnavailable>
  /** Visitors of a user, one per device with a sign-in. */
  readonly visitorsOf: (userId: UserId) => Effect.Effect<ReadonlyArray<VisitorId>, StoreUnavailable>
}

export class Accounts extends Context.Tag("evenstar/Accounts")<
  Accounts,
  AccountsService & {
    /** Maximum visitors of any user seen since the start. */
    readonly mostVisitors: Effect.Effect<number>
  }
>() {}
