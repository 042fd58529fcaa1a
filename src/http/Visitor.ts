// Who is asking: the session cookie's way in and out. A cookie value is only ever looked up, never adopted.
import * as HttpServerResponse from "@effect/platform/HttpServerResponse"
import * as Context from "effect/Context"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import { SessionId } from "../domain/Session.ts"
import type { StoreUnavailable, VisitorId } from "../domain/StoredEvent.ts"
import { SessionStore } from "../layers/SessionStore.ts"
import { Settings } from "../layers/Settings.ts"

const isSessionId = Schema.is(SessionId)

/** The values that a Cookie header (RFC 6265) has under a name. */
const cookies = (header: string, name: string) =>
  header.split(";").flatMap((pair) => {
    const [key, value] = pair.split("=", 2)
    return key?.trim() === name && value !== undefined ? [value.trim()] : []
  })

export interface CurrentVisitor {
  readonly visitorId: VisitorId
  /** The `Set-Cookie` header's value, where the cookie is new or extended. */
  readonly cookie: string | undefined
}

/** What the name of a visitor is read from. */
interface Headers {
  readonly cookie?: string | undefined
}

export class Visitor extends Context.Tag("evenstar/Visitor")<
  Visitor,
  {
    /** Who a request's cookie names, if a live session says so. Makes nothing; extends the expiry. */
    readonly of: (headers: Headers) => Effect.Effect<Option.Option<CurrentVisitor>, StoreUnavailable>
    /** A new session for a visitor. */
    readonly begin: (visitorId: VisitorId) => Effect.Effect<CurrentVisitor, StoreUnavailable>
  }
>() {
  static readonly layer = Layer.effect(
    Visitor,
    Effect.gen(function* () {
      const sessions = yield* SessionStore
      const { environment, sessionTtl } = yield* Settings
      const secure = environment === "production"
      const name = secure ? "__Host-session" : "session"
      const maxAge = Math.floor(Duration.toSeconds(sessionTtl))
      const cookieOf = (id: SessionId) =>
        `${name}=${id}; Path=/; HttpOnly; SameSite=Lax; Max-Age=${maxAge}${secure ? "; Secure" : ""}`

      const lookUp = Effect.fnUntraced(function* (id: SessionId) {
        const session = yield* sessions.get(id)
        if (Option.isNone(session)) return Option.none()
        // A database that can't write now is no reason not to be recognized.
        const extended = yield* Effect.catchAll(sessions.touch(id, session.value), (error) =>
          Effect.as(Effect.logDebug("A session could not be extended", error), false)
        )
        const { visitorId } = session.value
        return Option.some<CurrentVisitor>({ visitorId, cookie: extended ? cookieOf(id) : undefined })
      })
      return {
        of: ({ cookie }) => {
          if (cookie === undefined) return Effect.succeedNone
          const [id, ...others] = cookies(cookie, name)
          return !isSessionId(id) || others.length > 0 ? Effect.succeedNone : lookUp(id)
        },
        begin: (visitorId) => Effect.map(sessions.create(visitorId), ({ id }) => ({ visitorId, cookie: cookieOf(id) }))
      }
    })
  )
}

/** Puts the cookie on the answer where there is one to put. */
export const withCookie = (response: HttpServerResponse.HttpServerResponse, { cookie }: CurrentVisitor) =>
  cookie === undefined ? response : HttpServerResponse.setHeader(response, "set-cookie", cookie)

/** The id alone, for those who only ask who it is. */
export const idOf = Option.match({ onNone: () => null, onSome: ({ visitorId }: CurrentVisitor) => visitorId })
