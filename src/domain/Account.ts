// People who have signed in: a user is nothing but an id that passkeys and visitorIds are tied to.
import * as Schema from "effect/Schema"
import type { VisitorId } from "./StoredEvent.ts"

/** A UUID; its bytes are the user handle that an authenticator keeps. */
export const UserId = Schema.UUID.pipe(Schema.brand("UserId"))
export type UserId = typeof UserId.Type

/** Who asks. `visitorId` is what their events bear; `visitorIds` are all that are theirs: of a signed-in user, every device's. */
export interface Actor {
  readonly visitorId: VisitorId
  readonly visitorIds: ReadonlyArray<VisitorId>
}

/** A visitor who has not signed in. */
export const newActor = (visitorId: VisitorId): Actor => ({ visitorId, visitorIds: [visitorId] })

export const owns = (actor: Actor | null, owner: VisitorId | null): boolean =>
  actor !== null && owner !== null && actor.visitorIds.includes(owner)
