// Who is asking: the session cookie's way in and out. A cookie value is only ever looked up, never adopted.
import * as HttpServerRequest from "@effect/platform/HttpServerRequest"
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

type WithCookie = (response: HttpServerResponse.HttpServerResponse) => HttpServerResponse.HttpServerResponse

export interface CurrentVisitor {
  readonly visitorId: VisitorId
  /** Puts the cookie on the answer where it is new or extended. */
  readonly withCookie: WithCookie
}

/** @effect-expect-leaking HttpServerRequest */
export class Visitor extends Context.Tag("evenstar/Visitor")<
  Visitor,
  {
    /** The request's visitor, if a live session says so. Makes nothing; extends the expiry. */
    readonly current: Effect.Effect<
      Option.Option<CurrentVisitor>,
      StoreUnavailable,
      HttpServerRequest.HttpServerRequest
    >
    /** The request's visitor, with a new session where there was none. */
    readonly orNew: Effect.Effect<CurrentVisitor, StoreUnavailable, HttpServerRequest.HttpServerRequest>
  }
>() {
  static readonly layer = Layer.effect(
    Visitor,
    Effect.gen(function* () {
      const sessions = yield* SessionStore
      const { environment, sessionTtl } = yield* Settings
      const secure = environment === "production"
      const name = secure ? "__Host-session" : "session"
      const withCookie =
        (id: SessionId): WithCookie =>
        (response) =>
          HttpServerResponse.setHeader(
            response,
            "set-cookie",
            `${name}=${id}; Path=/; HttpOnly; SameSite=Lax; Max-Age=${Math.floor(Duration.toSeconds(sessionTtl))}${secure ? "; Secure" : ""}`
          )

      const current = Effect.gen(function* () {
        const { headers } = yield* HttpServerRequest.HttpServerRequest
        const [id, ...others] = cookies(headers["cookie"] ?? "", name)
        if (!isSessionId(id) || others.length > 0) return Option.none()
        const session = yield* sessions.get(id)
        if (Option.isNone(session)) return Option.none()
        const extended = yield* sessions.touch(id, session.value)
        return Option.some<CurrentVisitor>({
          visitorId: session.value.visitorId,
          withCookie: extended ? withCookie(id) : (response) => response
        })
      })
      return {
        current,
        orNew: Effect.flatMap(
          current,
          Option.match({
            onSome: Effect.succeed,
            onNone: () =>
              Effect.map(sessions.create, ({ id, session }) => ({
                visitorId: session.visitorId,
                withCookie: withCookie(id)
              }))
          })
        )
      }
    })
  )
}

/** The id alone, for those who only ask who it is. */
export const idOf = Option.match({ onNone: () => null, onSome: ({ visitorId }: CurrentVisitor) => visitorId })
