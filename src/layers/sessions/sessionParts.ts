// What every session store does alike, whatever it keeps the sessions in: lifetimes, new ids, the data under a key, and telling
// who listens that a session has ended.
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Exit from "effect/Exit"
import * as Option from "effect/Option"
import { begun, type Lifetimes, type Session, SessionHandle, SessionId, type SessionKey } from "../../domain/Session.ts"
import type { VisitorId } from "../../domain/StoredEvent.ts"
import { mended } from "../../domain/Text.ts"
import { Ids } from "../node/Ids.ts"
import { Settings } from "../node/Settings.ts"
import type { SessionStoreService } from "./SessionStore.ts"

/** Bytes of randomness. */
const idLength = 32
const handleLength = 16

/** As the settings have them. */
export const sessionLifetimes = Effect.map(
  Settings,
  ({ sessionAbsoluteTtl, sessionTtl }): Lifetimes => ({
    idle: Duration.toMillis(sessionTtl),
    absolute: Duration.toMillis(sessionAbsoluteTtl)
  })
)

/** A device is called what its browser says: what is no text in it costs nobody the session. */
const shown = (device: string) => mended(device).replaceAll("\0", "\ufffd")

/** `now` gives the time by which sessions are begun. */
export const makeParts = Effect.fnUntraced(function* (now: Effect.Effect<number>) {
  const ids = yield* Ids
  const lifetimes = yield* sessionLifetimes
  /** Each `onEnd` is one of its own, were it the same function. */
  const listeners = new Set<{ readonly tell: (handle: SessionHandle) => void }>()

  const newId = Effect.map(ids.token(idLength), (token) => SessionId.make(token))
  const onEnd: SessionStoreService["onEnd"] = (tell) =>
    Effect.asVoid(
      Effect.acquireRelease(
        Effect.sync(() => {
          const listener = { tell }
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
      return { id, session: begun({ handle, visitorId, device: shown(device) }, yield* now, lifetimes) }
    }),
    onEnd,
    ended: (sessions: Iterable<Pick<Session, "handle">>) => {
      for (const { handle } of sessions) for (const { tell } of listeners) tell(handle)
    }
  }
})

export const lastUsedFirst = (sessions: ReadonlyArray<Session>) =>
  sessions.toSorted((a, b) => b.lastAccessed - a.lastAccessed)

/** What a key's JSON text says; nothing where there is none, or none that its schema still understands. */
export const decodeData = <A>(key: SessionKey<A>, text: string | undefined) => {
  const decoded = text === undefined ? undefined : key.decode(text)
  return {
    value: decoded === undefined ? Option.none() : Either.getRight(decoded),
    isBroken: decoded !== undefined && Either.isLeft(decoded)
  }
}

/** The text that shall stand there instead. What the caller's `change` throws is a defect of theirs, not the store's. */
export const changeData = <A>(
  key: SessionKey<A>,
  before: Option.Option<A>,
  change: (before: Option.Option<A>) => Option.Option<A>
): Exit.Exit<string | undefined> =>
  Either.match(
    Either.try(() => Option.getOrUndefined(Option.map(change(before), key.encode))),
    { onLeft: (error) => Exit.die(error), onRight: Exit.succeed }
  )

/** The key and nothing else: the value is its owner's. */
export const logDropped = ({ name }: Pick<SessionKey<never>, "name">) =>
  Effect.logWarning(`What a session keeps under ${name} can't be read any more: it is dropped`)
