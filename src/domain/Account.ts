// Users: an id that passkeys and visitorIds are linked to.
import * as Schema from "effect/Schema"
import type { VisitorId } from "./StoredEvent.ts"

/** A UUID; its bytes are the WebAuthn user handle. */
export const UserId = Schema.UUID.pipe(Schema.brand("UserId"))
export type UserId = typeof UserId.Type

/**
 * The author of a request. Events record `visitorId`; `visitorIds` are all visitors of a signed-in
 * user, one per device.
 */
export interface Actor {
  readonly visitorId: VisitorId
  readonly visitorIds: ReadonlyArray<VisitorId>
}

/** A visitor who has not signed in. */
export const anonymousActor = (visitorId: VisitorId): Actor => ({ visitorId, visitorIds: [visitorId] })

export const owns = (actor: Actor | null, owner: VisitorId | null): boolean =>
  actor !== null && owner !== null && actor.visitorIds.includes(owner)
