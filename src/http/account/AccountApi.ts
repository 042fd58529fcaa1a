// The JSON side of passkeys: two requests for each ceremony, one for what the browser shall sign, one with what it has signed.
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { Assertion, Creation } from "../../domain/Passkey.ts"
import { SessionNotFound } from "../../domain/Session.ts"
import { VisitorId } from "../../domain/StoredEvent.ts"
import { Passkeys } from "../../layers/accounts/Passkeys.ts"
import { Ids } from "../../layers/node/Ids.ts"
import type { NewSession } from "../../layers/sessions/SessionStore.ts"
import { type AccountEndpoint, accountGroup, Nothing } from "../server/ApiContract.ts"
import * as Body from "../server/Body.ts"
import { respond, serve } from "../server/endpoints.ts"
import type { Handler } from "../server/FastRouter.ts"
import { publicOrigin } from "../server/publicOrigin.ts"
import { SseConnections } from "../sse/SseConnections.ts"
import { deviceOf, type Exchange, Visitor } from "./Visitor.ts"

const bodies = {
  nothing: Body.jsonOrEmpty(Nothing),
  // Browsers add fields as WebAuthn grows.
  creation: Body.json(Creation, { allowUnknown: true }),
  assertion: Body.json(Assertion, { allowUnknown: true })
}

const handlers = Effect.gen(function* () {
  const ids = yield* Ids
  const passkeys = yield* Passkeys
  const streams = yield* SseConnections
  const visitors = yield* Visitor
  const originOf = yield* publicOrigin

  /** A ceremony begins in the visitor's session, or in a new one: a second device has none yet. */
  const begin = Effect.fnUntraced(function* (exchange: Exchange) {
    const known = yield* visitors.commanding(exchange)
    if (known === null) yield* visitors.mayBegin(exchange)
    const visitor = known ?? (yield* visitors.begin(exchange, VisitorId.make(yield* ids.random)))
    return { ...visitor, origin: originOf(exchange.message), isNew: known === null }
  })
  /** And ends in the session that it began in. Each end is an attempt to sign in. */
  const end = Effect.fnUntraced(function* (exchange: Exchange) {
    const visitor = yield* visitors.commanding(exchange)
    if (visitor === null) return yield* new SessionNotFound()
    yield* visitors.maySignIn(exchange)
    return { ...visitor, origin: originOf(exchange.message) }
  })
  /** What is open under the old id ends, and comes back under the new one. */
  const enter = (exchange: Exchange, signedIn: NewSession) =>
    Effect.map(visitors.enter(exchange, signedIn), () => streams.endSession(signedIn.session.handle))

  return {
    passkeyOptions: Effect.fnUntraced(function* (incoming) {
      yield* bodies.nothing(incoming)
      return respond(yield* passkeys.creationOptions(yield* begin(incoming)))
    }),
    createPasskey: Effect.fnUntraced(function* (incoming) {
      const made = yield* bodies.creation(incoming)
      yield* enter(incoming, yield* passkeys.create(yield* end(incoming), made, deviceOf(incoming.message)))
      return respond({}, 201)
    }),
    signInOptions: Effect.fnUntraced(function* (incoming) {
      yield* bodies.nothing(incoming)
      return respond(yield* passkeys.requestOptions(yield* begin(incoming)))
    }),
    signIn: Effect.fnUntraced(function* (incoming) {
      const made = yield* bodies.assertion(incoming)
      yield* enter(incoming, yield* passkeys.signIn(yield* end(incoming), made))
      return respond({})
    })
  } satisfies Record<AccountEndpoint, Handler>
})

export const layer = Layer.effectDiscard(Effect.flatMap(handlers, (all) => serve(accountGroup, all)))
