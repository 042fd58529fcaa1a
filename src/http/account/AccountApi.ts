// The JSON API of the passkey ceremonies (WebAuthn): one request for the options, one for the
// result.
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { SessionNotFound } from "../../domain/Session.ts"
import { VisitorId } from "../../domain/StoredEvent.ts"
import { Passkeys } from "../../layers/accounts/Passkeys.ts"
import { Ids } from "../../layers/node/Ids.ts"
import type { NewSession } from "../../layers/sessions/SessionStore.ts"
import { accountGroup } from "../server/ApiContract.ts"
import { type Handlers, serve } from "../server/endpoints.ts"
import { publicOrigin } from "../server/publicOrigin.ts"
import { SseConnections } from "../sse/SseConnections.ts"
import { deviceOf, type Exchange, Visitor } from "./Visitor.ts"

const routes = Effect.gen(function* () {
  const ids = yield* Ids
  const passkeys = yield* Passkeys
  const streams = yield* SseConnections
  const visitors = yield* Visitor
  const originOf = yield* publicOrigin

  /** Starts a ceremony in the visitor's session, or in a new one: a second device has none yet. */
  const begin = Effect.fnUntraced(function* (exchange: Exchange) {
    const known = yield* visitors.commanding(exchange)
    if (known === null) yield* visitors.admitSession(exchange)
    const visitor = known ?? (yield* visitors.begin(exchange, VisitorId.make(yield* ids.random)))
    return { ...visitor, origin: originOf(exchange.message), isNew: known === null }
  })
  /** Completes a ceremony in the session in which it began; counts as a sign-in attempt. */
  const end = Effect.fnUntraced(function* (exchange: Exchange) {
    const visitor = yield* visitors.commanding(exchange)
    if (visitor === null) return yield* new SessionNotFound()
    yield* visitors.admitSignIn(exchange)
    return { ...visitor, origin: originOf(exchange.message) }
  })
  /** Switches to the renewed session; open streams end and reconnect with the new id. */
  const enter = (exchange: Exchange, signedIn: NewSession) =>
    Effect.map(visitors.enter(exchange, signedIn), () => streams.endSession(signedIn.session.handle))

  const handlers: Handlers<typeof accountGroup> = {
    passkeyOptions: Effect.fnUntraced(function* ({ incoming }) {
      return { body: { ...(yield* passkeys.creationOptions(yield* begin(incoming))) } }
    }),
    createPasskey: Effect.fnUntraced(function* ({ body, incoming }) {
      yield* enter(incoming, yield* passkeys.create(yield* end(incoming), body, deviceOf(incoming.message)))
      return { body: {} }
    }),
    signInOptions: Effect.fnUntraced(function* ({ incoming }) {
      return { body: { ...(yield* passkeys.requestOptions(yield* begin(incoming))) } }
    }),
    signIn: Effect.fnUntraced(function* ({ body, incoming }) {
      yield* enter(incoming, yield* passkeys.signIn(yield* end(incoming), body))
      return { body: {} }
    })
  }
  // Browsers add fields as WebAuthn evolves.
  return yield* serve(accountGroup, handlers, { allowUnknown: true })
})

export const layer = Layer.effectDiscard(routes)
