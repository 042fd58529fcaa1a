// The account page and its forms: sign out here or everywhere, revoke a session, remove a passkey.
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
import { publicOrigin } from "../server/publicOrigin.ts"
import { pageReply, seeOther } from "../server/replies.ts"
import { pageAssets } from "../views/pageAssets.ts"
import { accountPage, signedOutPage } from "./account.tsx"
import { type Exchange, Visitor } from "./Visitor.ts"

/** A form field, because the id may be longer than a path segment. */
const passkeyForm = Body.form(Schema.Struct({ credentialId: Schema.String }))
const found = (it: boolean) => (it ? Effect.void : new NotFound())

/** `things`: plural nouns of what users create, one for each feature. */
export const layer = (things: ReadonlyArray<string>) =>
  Layer.effectDiscard(
    Effect.gen(function* () {
      const accounts = yield* Accounts
      const router = yield* FastRouter
      const passkeys = yield* Passkeys
      const sessions = yield* SessionStore
      const visitors = yield* Visitor
      const originOf = yield* publicOrigin
      const assets = yield* pageAssets("account.ts")

      /** The URL at which passkeys work, if the request came to another host. */
      const elsewhere = ({ message }: Exchange) => {
        const origin = originOf(message)
        return new URL(origin).host === message.headers.host ? undefined : `${origin}/account`
      }

      /** The signed-in visitor; fails without one. */
      const signedIn = Effect.fnUntraced(function* (exchange: Exchange) {
        const visitor = yield* visitors.commanding(exchange)
        const userId = visitor?.session.userId ?? null
        return visitor === null || userId === null ? yield* new SessionNotFound() : { visitor, userId }
      })

      router.route("GET", "/account", (incoming) =>
        Effect.gen(function* () {
          const visitor = yield* visitors.of(incoming)
          const userId = visitor?.session.userId ?? null
          if (visitor === null || userId === null) {
            return yield* pageReply(incoming, () => signedOutPage(assets(), things, elsewhere(incoming)))
          }
          const account = {
            current: visitor.session,
            sessions: yield* sessions.listForUser(userId),
            credentials: yield* accounts.credentialsOf(userId)
          }
          return yield* pageReply(incoming, () => accountPage(assets(), account, elsewhere(incoming)))
        })
      )
      router.route("POST", "/account/sign-out", (incoming) =>
        Effect.gen(function* () {
          const { visitor } = yield* signedIn(incoming)
          yield* visitors.leave(incoming, visitor.id)
          return seeOther("/")
        })
      )
      router.route("POST", "/account/sign-out-everywhere", (incoming) =>
        Effect.gen(function* () {
          const { userId, visitor } = yield* signedIn(incoming)
          yield* sessions.deleteAllForUser(userId)
          yield* visitors.leave(incoming, visitor.id)
          return seeOther("/")
        })
      )
      router.route("POST", "/account/sessions/:handle/revoke", (incoming) =>
        Effect.gen(function* () {
          const { userId, visitor } = yield* signedIn(incoming)
          const { handle = "" } = incoming.params
          if (handle === visitor.session.handle) {
            yield* visitors.leave(incoming, visitor.id)
            return seeOther("/")
          }
          yield* found(yield* sessions.deleteForUser(userId, SessionHandle.make(handle, true)))
          return seeOther("/account")
        })
      )
      router.route("POST", "/account/passkeys/remove", (incoming) =>
        Effect.gen(function* () {
          const { visitor } = yield* signedIn(incoming)
          const { credentialId } = yield* passkeyForm(incoming)
          yield* found(yield* passkeys.remove(visitor.session, credentialId))
          return seeOther("/account")
        })
      )
    })
  )
