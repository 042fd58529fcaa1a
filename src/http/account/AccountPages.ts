// The account page and its forms: sign out, here or everywhere, and end a session or a passkey.
import * as HttpRouter from "@effect/platform/HttpRouter"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Schema from "effect/Schema"
import { SessionHandle, SessionNotFound } from "../../domain/Session.ts"
import { Accounts } from "../../layers/accounts/Accounts.ts"
import { Passkeys } from "../../layers/accounts/Passkeys.ts"
import { SessionStore } from "../../layers/sessions/SessionStore.ts"
import * as Body from "../server/Body.ts"
import { NotFound } from "../server/Errors.ts"
import { FastRouter } from "../server/FastRouter.ts"
import { exchange, pageAssets, pageReply, pageRoute, seeOther } from "../server/pageRoutes.ts"
import { publicOrigin } from "../server/publicOrigin.ts"
import { accountPage, signedOutPage } from "./account.tsx"
import { type Exchange, Visitor } from "./Visitor.ts"

/** The id may be longer than a path's parts. */
const passkeyForm = Body.form(Schema.Struct({ credentialId: Schema.String }))
const found = (it: boolean) => (it ? Effect.void : new NotFound())

export const layer = Layer.effectDiscard(
  Effect.gen(function* () {
    const accounts = yield* Accounts
    const door = yield* FastRouter
    const passkeys = yield* Passkeys
    const sessions = yield* SessionStore
    const visitors = yield* Visitor
    const originOf = yield* publicOrigin
    const assets = yield* pageAssets("account.ts")
    const route = yield* pageRoute

    /** Where passkeys work, unless the browser is there already. */
    const elsewhere = ({ message }: Exchange) => {
      const origin = originOf(message)
      return new URL(origin).host === message.headers.host ? undefined : `${origin}/account`
    }

    /** Who is signed in, for a form that changes something about that. */
    const signedIn = Effect.gen(function* () {
      const current = yield* exchange
      const visitor = yield* visitors.commanding(current)
      const userId = visitor?.session.userId ?? null
      return visitor === null || userId === null ? yield* new SessionNotFound() : { current, visitor, userId }
    })

    door.route("GET", "/account", (incoming) =>
      Effect.gen(function* () {
        const visitor = yield* visitors.of(incoming)
        const userId = visitor?.session.userId ?? null
        if (visitor === null || userId === null) {
          return yield* pageReply(incoming, () => signedOutPage(assets(), elsewhere(incoming)))
        }
        const account = {
          current: visitor.session,
          sessions: yield* sessions.listForUser(userId),
          credentials: yield* accounts.credentialsOf(userId)
        }
        return yield* pageReply(incoming, () => accountPage(assets(), account, elsewhere(incoming)))
      })
    )
    yield* route(
      "POST",
      "/account/sign-out",
      Effect.gen(function* () {
        const { current, visitor } = yield* signedIn
        yield* visitors.leave(current, visitor.id)
        return seeOther("/")
      })
    )
    yield* route(
      "POST",
      "/account/sign-out-everywhere",
      Effect.gen(function* () {
        const { current, userId, visitor } = yield* signedIn
        yield* sessions.deleteAllForUser(userId)
        yield* visitors.leave(current, visitor.id)
        return seeOther("/")
      })
    )
    yield* route(
      "POST",
      "/account/sessions/:handle/revoke",
      Effect.gen(function* () {
        const { current, userId, visitor } = yield* signedIn
        const { handle = "" } = yield* HttpRouter.params
        if (handle === visitor.session.handle) {
          yield* visitors.leave(current, visitor.id)
          return seeOther("/")
        }
        yield* found(yield* sessions.deleteForUser(userId, SessionHandle.make(handle, true)))
        return seeOther("/account")
      })
    )
    yield* route(
      "POST",
      "/account/passkeys/remove",
      Effect.gen(function* () {
        const { visitor } = yield* signedIn
        const { credentialId } = yield* passkeyForm
        yield* found(yield* passkeys.remove(visitor.session, credentialId))
        return seeOther("/account")
      })
    )
  })
)
