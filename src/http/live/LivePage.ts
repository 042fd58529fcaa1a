// A live page of an aggregate as one Layer: the page, its forms and its feed. Forms work without a script (303 to the page) and
// with htmx (204: the feed brings the change); one that is sent twice is done once.
import type { IncomingHttpHeaders } from "node:http"
import type * as Arr from "effect/Array"
import type * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import { type Actor, newActor, owns } from "../../domain/Account.ts"
import { isUnguessable } from "../../domain/Idempotency.ts"
import type { Refusal } from "../../domain/Refusal.ts"
import { VisitorId } from "../../domain/StoredEvent.ts"
import { Accounts } from "../../layers/accounts/Accounts.ts"
import type { AggregateState, AggregateStore, Created } from "../../layers/aggregates/AggregateStore.ts"
import { Ids } from "../../layers/node/Ids.ts"
import { accountOf, type CurrentVisitor, Visitor } from "../account/Visitor.ts"
import * as Body from "../server/Body.ts"
import type { ReplyBody } from "../server/Errors.ts"
import { FastRouter, type Incoming } from "../server/FastRouter.ts"
import { htmlReply, noContent, pageReply, seeOther } from "../server/replies.ts"
import { requestKey } from "../server/requestKey.ts"
import { asItIs } from "../views/feed.ts"
import type { AccountState, PageAssets } from "../views/layout.tsx"
import { pageAssets } from "../views/pageAssets.ts"
import { Fragments, type Keep } from "./Fragments.ts"
import * as LiveFeed from "./LiveFeed.ts"

/** Who looks at a page. */
export interface Reader {
  readonly actor: CurrentVisitor | null
  readonly account: AccountState
  readonly isOwner: boolean
}

/** What a page is made of. */
export interface PageOf<Id, State, View> {
  readonly assets: PageAssets
  readonly state: AggregateState<Id, State>
  readonly view: View
  readonly reader: Reader
  /** The Idempotency-Key of its form: the same sending twice is one request. */
  readonly formKey: string
}

/** The page itself, which has a place for the fragment. */
export interface LivePageOf<Id, State, View> extends PageOf<Id, State, View> {
  /** Props of the element that the feed's HTML is morphed into: its content. */
  readonly fragment: ReturnType<typeof asItIs>
}

const fragmentHere = "<!--fragment-->"

/** What stands before and after the fragment: its bytes are the same for all who look at it. */
const around = (whole: string): readonly [before: string, after: string] => {
  // What people wrote is escaped, and so can't be the mark.
  const at = whole.indexOf(fragmentHere)
  return [whole.slice(0, at), whole.slice(at + fragmentHere.length)]
}

/** What a form's command is made of, beside its fields. */
export interface FormContext {
  readonly params: Incoming["params"]
  readonly actor: Actor | null
  /** A new id, for what the command makes. */
  readonly newId: () => string
}

type Failed = Body.FormError | Refusal

export interface Form<Command> {
  readonly read: (incoming: Incoming, context: Omit<FormContext, "params">) => Either.Either<Command, Failed>
  readonly beginsSession: boolean
}

/** A form whose fields become a command. `beginsSession`: who has none yet gets one, as with the first that they make. */
export const form = <Fields, Encoded, Command>(
  fields: Schema.Schema<Fields, Encoded>,
  command: (fields: Fields, context: FormContext) => Command | Either.Either<Command, Refusal>,
  { beginsSession = false } = {}
): Form<Command> => {
  const read = Body.form(fields)
  return {
    beginsSession,
    read: (incoming, context) =>
      Either.flatMap(read(incoming), (decoded): Either.Either<Command, Failed> => {
        const made = command(decoded, { ...context, params: incoming.params })
        return Either.isEither(made) ? made : Either.right(made)
      })
  }
}

/** The form that makes a new one. */
export interface Creation<Command> {
  readonly read: (
    incoming: Incoming,
    context: Omit<FormContext, "params">
  ) => Either.Either<{ readonly commands: Arr.NonEmptyReadonlyArray<Command>; readonly asked: object }, Failed>
}
export const creation = <Fields extends object, Encoded, Command>(
  fields: Schema.Schema<Fields, Encoded>,
  commands: (fields: Fields, context: Omit<FormContext, "params">) => Arr.NonEmptyReadonlyArray<Command>
): Creation<Command> => {
  const read = Body.form(fields)
  return {
    read: (incoming, context) => Either.map(read(incoming), (asked) => ({ asked, commands: commands(asked, context) }))
  }
}

/** A command that was done, and what is said of it. */
export interface Done<Id, Command> {
  readonly id: Id | string
  readonly command: Command
  readonly headers: IncomingHttpHeaders
}

export interface Definition<Self, Id extends string, State, Command extends object, Refused extends Refusal, View> {
  readonly store: Context.Tag<Self, AggregateStore<Id, State, Command, Refused>>
  /** Where new ones are posted to; with an id behind it the page. */
  readonly path: `/${string}`
  /** The entry script in `web/`. */
  readonly script: string
  readonly owner: (state: State) => VisitorId | null
  /** Which part of it an address asks for, and a key that tells parts apart. */
  readonly viewOf: (url: string | undefined) => View
  readonly viewKey: (state: State, view: View) => string
  /** What the feed sends, in one line: the same for all who look at the same part. */
  readonly fragment: (state: AggregateState<Id, State>, view: View, keep: Keep) => string
  /** The page, with `page.fragment` on the element that holds the fragment. */
  readonly page: (page: LivePageOf<Id, State, View>) => string
  /** Other pages below it, by their paths. */
  readonly pages?: Readonly<
    Record<string, (page: PageOf<Id, State, View>, params: Incoming["params"]) => Either.Either<ReplyBody, Refusal>>
  >
  readonly create: Creation<Command>
  /** By their paths below the page: `options/:optionId/rename`. */
  readonly forms: Readonly<Record<string, Form<Command>>>
  /** Where a form without a script goes on, below the page's address: its query string, say. */
  readonly leadsTo?: (done: Done<Id, Command>) => string
  /** What htmx is told of a command, beside what the feed brings: HTML of partials. */
  readonly tells?: (done: Done<Id, Command>) => string | undefined
}

/** Milliseconds in which a form that was sent twice is still one visitor's. */
const doubleSending = 60_000

const keyForm = Body.form(Schema.Struct({ idempotencyKey: Schema.optional(Schema.String) }))

export const layer = <Self, Id extends string, State, Command extends object, Refused extends Refusal, View>(
  definition: Definition<Self, Id, State, Command, Refused, View>
) =>
  Layer.scopedDiscard(
    Effect.gen(function* () {
      const { path, viewOf } = definition
      const accounts = yield* Accounts
      const router = yield* FastRouter
      const fragments = yield* Fragments
      const ids = yield* Ids
      const store = yield* definition.store
      const visitors = yield* Visitor
      const assets = yield* pageAssets(definition.script)
      const onePath = `${path}/:${store.idName}` as const
      const idOf = ({ params }: Incoming) => params[store.idName] ?? ""

      const fragmentOf = (state: AggregateState<Id, State>, view: View) =>
        fragments.of(`${path}/${state.id} ${definition.viewKey(state.state, view)}`, state, (keep) =>
          definition.fragment(state, view, keep)
        )

      /** One that may be read, and who asks for it. */
      const asked = (incoming: Incoming) =>
        Effect.gen(function* () {
          const actor = yield* visitors.of(incoming)
          const id = idOf(incoming)
          const state = yield* visitors.guess(incoming, actor, id)(store.get(id, actor))
          const isOwner = owns(actor, definition.owner(state.state))
          const reader = { actor, account: accountOf(actor), isOwner }
          return { state, reader, view: viewOf(incoming.message.url), formKey: yield* ids.random }
        })
      router.route("GET", onePath, (incoming) =>
        Effect.flatMap(asked(incoming), (found) =>
          pageReply(incoming, () => {
            const whole = definition.page({ ...found, assets: assets(), fragment: asItIs(fragmentHere) })
            const [before, after] = around(whole)
            return [before, fragmentOf(found.state, found.view).html, after]
          })
        )
      )
      for (const [name, render] of Object.entries(definition.pages ?? {})) {
        router.route("GET", `${onePath}/${name}`, (incoming) =>
          Effect.flatMap(asked(incoming), (found) => {
            const body = render({ ...found, assets: assets() }, incoming.params)
            return Either.isLeft(body) ? Effect.fail(body.left) : pageReply(incoming, () => body.right)
          })
        )
      }
      yield* LiveFeed.serve({ store, path: `${onePath}/feed`, viewOf, fragmentOf })

      const requestFor = (incoming: Incoming, actor: CurrentVisitor | null, what: object) =>
        Either.flatMap(keyForm(incoming), ({ idempotencyKey }) =>
          requestKey(incoming.message, actor, idempotencyKey, what)
        )

      /** A form on the page: its command, then back to the page, or to htmx that there is nothing to swap. */
      const command = ({ beginsSession, read }: Form<Command>) =>
        Effect.fnUntraced(function* (incoming: Incoming) {
          const id = idOf(incoming)
          const known = yield* visitors.commanding(incoming)
          if (known === null && beginsSession) yield* visitors.mayBegin(incoming)
          const begun = known === null && beginsSession ? newActor(VisitorId.make(yield* ids.random)) : undefined
          const actor = known ?? begun ?? null
          const wanted = yield* read(incoming, { actor, newId: store.newId })
          const made = Object.fromEntries(Object.keys(store.made(wanted)).map((name) => [name, undefined]))
          const request = yield* requestFor(incoming, known, { ...wanted, ...made })
          yield* visitors.mayStore(incoming, request)
          yield* visitors.guess(incoming, known, id)(store.execute(id, actor, wanted, { request }))
          if (begun !== undefined) yield* visitors.begin(incoming, begun.visitorId)
          const done = { id, command: wanted, headers: incoming.message.headers }
          if (done.headers["hx-request"] !== "true") {
            return seeOther(`${path}/${id}${definition.leadsTo?.(done) ?? ""}`)
          }
          const told = definition.tells?.(done)
          return told === undefined ? noContent : htmlReply(told)
        })
      for (const [name, form] of Object.entries(definition.forms)) {
        router.route("POST", `${onePath}/${name}`, command(form))
      }

      /**
       * For whom the first one's session begins. Who sent the form twice, before the first answer's cookie came, gets what the
       * first one made and owns it: the key stood on this visitor's page and nowhere else. That is a matter of moments, and over
       * once the owner has signed in.
       */
      const firstOwner = Effect.fnUntraced(function* ({ age, id }: Created<Id>, visitorId: VisitorId) {
        const owner = definition.owner((yield* store.current(id)).state)
        if (owner === null || owner === visitorId) return Option.some(visitorId)
        const isLate = Math.abs(age) > doubleSending
        return isLate || Option.isSome(yield* accounts.userOf(owner)) ? Option.none() : Option.some(owner)
      })
      router.route("POST", path, (incoming) =>
        Effect.gen(function* () {
          const visitor = yield* visitors.commanding(incoming)
          if (visitor === null) yield* visitors.mayBegin(incoming)
          const actor = visitor ?? newActor(VisitorId.make(yield* ids.random))
          const { asked, commands } = yield* definition.create.read(incoming, { actor, newId: store.newId })
          const { idempotencyKey } = yield* keyForm(incoming)
          // A key that can't be guessed makes it the same request with a session and without: the first answer's cookie may have
          // come between the two clicks.
          const isSecret = idempotencyKey !== undefined && isUnguessable(idempotencyKey)
          const request = yield* requestKey(incoming.message, isSecret ? null : visitor, idempotencyKey, asked)
          yield* visitors.mayStore(incoming, request)
          const created = yield* store.create(actor, commands, { request })
          if (visitor === null) {
            const heir = yield* firstOwner(created, actor.visitorId)
            if (Option.isSome(heir)) yield* visitors.begin(incoming, heir.value)
          }
          return seeOther(`${path}/${created.id}`)
        })
      )
    })
  )
