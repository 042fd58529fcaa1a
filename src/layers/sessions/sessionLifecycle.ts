// Lifecycle shared by all backends: lifetimes, new ids, end notifications.
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import { type Lifetimes, type Session, SessionHandle, SessionId, startSession } from "../../domain/Session.ts"
import type { VisitorId } from "../../domain/StoredEvent.ts"
import { toWellFormed } from "../../domain/Text.ts"
import { Ids } from "../node/Ids.ts"
import { Settings } from "../node/Settings.ts"
import type { SessionStoreService } from "./SessionStore.ts"

/** Bytes of randomness. */
const idLength = 32
const handleLength = 16

/** From the settings. */
export const sessionLifetimes = Effect.map(
  Settings,
  ({ sessionAbsoluteTtl, sessionTtl }): Lifetimes => ({
    idle: Duration.toMillis(sessionTtl),
    absolute: Duration.toMillis(sessionAbsoluteTtl)
  })
)

/** Replaces malformed text in a User-Agent instead of refusing the session. */
const shown = (device: string) => toWellFormed(device).replaceAll("\0", "\ufffd")

/** `now`: the clock of session times. */
export const makeLifecycle = Effect.fnUntraced(function* (now: Effect.Effect<number>) {
  const ids = yield* Ids
  const lifetimes = yield* sessionLifetimes
  /** One entry per `onEnd`, even for the same function. */
  const listeners = new Set<{ readonly onEnded: (handle: SessionHandle) => void }>()

  const newId = Effect.map(ids.token(idLength), (token) => SessionId.make(token))
  const onEnd: SessionStoreService["onEnd"] = (onEnded) =>
    Effect.asVoid(
      Effect.acquireRelease(
        Effect.sync(() => {
          const listener = { onEnded }
          listeners.add(listener)
          return listener
        }),
        (listener) => Effect.sync(() => listeners.delete(listener))
      )
    )
  return {
    lifetimes,
    newId,
    newSession: Effect.fnUntraced(function* (visitorId: VisitorId, device: string) {
      const handle = SessionHandle.make(yield* ids.token(handleLength))
      const id = yield* newId
      return { id, session: startSession({ handle, visitorId, device: shown(device) }, yield* now, lifetimes) }
    }),
    onEnd,
    ended: (sessions: Iterable<Pick<Session, "handle">>) => {
      for (const { handle } of sessions) for (const { onEnded } of listeners) onEnded(handle)
    }
  }
})

export const lastUsedFirst = (sessions: ReadonlyArray<Session>) =>
  sessions.toSorted((a, b) => b.lastAccessed - a.lastAccessed)
