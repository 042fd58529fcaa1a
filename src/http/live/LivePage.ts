// A live page of an aggregate as one Layer: page, forms and feed. Forms work without a script (303
// to the page) and with htmx (204: the feed brings the change); a repeated submission runs once.
import type { IncomingHttpHeaders } from "node:http"
import type * as Arr from "effect/Array"
import type * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import { type Actor, anonymousActor, owns } from "../../domain/Account.ts"
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
import { rawHtml } from "../views/feed.ts"
import type { AccountState, PageAssets } from "../views/layout.tsx"
import { pageAssets } from "../views/pageAssets.ts"
import type { Blocks } from "./changes.ts"
import { Fragments, type RenderPart } from "./Fragments.ts"
import * as LiveFeed from "./LiveFeed.ts"

/** The reader of a page. */
export interface Reader {
  readonly actor: CurrentVisitor | null
  readonly account: AccountState
  readonly isOwner: boolean
}

/** Input of a page's view. */
export interface PageOf<Id, State, View> {
  readonly assets: PageAssets
  readonly state: AggregateState<Id, State>
  readonly view: View
  readonly reader: Reader
  /** The form's Idempotency-Key: a repeated submission is one request. */
  readonly formKey: string
}

/** Input of the main page's view, which embeds the fragment. */
export interface LivePageOf<Id, State, View> extends PageOf<Id, State, View> {
  /** Props for the element whose content the feed's HTML is morphed into. */
  readonly fragment: ReturnType<typeof rawHtml>
}

const fragmentHere = "<!--fragment-->"

/** Splits the page around the fragment, whose bytes are shared between responses. */
const around = (whole: string): readonly [before: string, after: string] => {
  // User text is escaped and can't contain the marker.
  const at = whole.indexOf(fragmentHere)
  return [whole.slice(0, at), whole.slice(at + fragmentHere.length)]
}

/** Input of a form's command besides the fields. */
export interface FormContext {
  readonly params: Incoming["params"]
  readonly actor: Actor | null
  /** Generates an id for what the command creates. */
  readonly newId: () => string
}

type Failed = Body.FormError | Refusal

export interface Form<Command> {
  readonly read: (incoming: Incoming, context: Omit<FormContext, "params">) => Either.Either<Command, Failed>
  readonly beginsSession: boolean
}

/**
 * Maps a form's fields to a command. `beginsSession` gives a visitor without a session a new one.
 */
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

/** The form that creates an aggregate. */
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

/** An executed command, for the response. */
export interface Done<Id, Command> {
  readonly id: Id | string
  readonly command: Command
  readonly headers: IncomingHttpHeaders
}

export interface Definition<Self, Id extends string, State, Command extends object, Refused extends Refusal, View> {
  readonly store: Context.Tag<Self, AggregateStore<Id, State, Command, Refused>>
  /** POST here creates an aggregate; its page is below. */
  readonly path: `/${string}`
  /** The entry script in `web/`. */
  readonly script: string
  readonly owner: (state: State) => VisitorId | null
  /** Parses the view that a URL asks for; `viewKey` identifies it in the cache. */
  readonly viewOf: (url: string | undefined) => View
  readonly viewKey: (state: State, view: View) => string
  /**
   * The feed's HTML, without line breaks; shared by all clients of a view. Given as blocks, a
   * change sends those that have changed; given as one string, the whole.
   */
  readonly fragment: (state: AggregateState<Id, State>, view: View, keep: RenderPart) => string | Blocks
  /** The page; spread `page.fragment` on the element that holds the fragment. */
  readonly page: (page: LivePageOf<Id, State, View>) => string
  /** Further pages, by path below the page. */
  readonly pages?: Readonly<
    Record<string, (page: PageOf<Id, State, View>, params: Incoming["params"]) => Either.Either<ReplyBody, Refusal>>
  >
  readonly create: Creation<Command>
  /** By path below the page: `options/:optionId/rename`. */
  readonly forms: Readonly<Record<string, Form<Command>>>
  /**
   * Appended to the page's URL in the redirect after a form without a script, e.g. a query string.
   */
  readonly leadsTo?: (done: Done<Id, Command>) => string
  /** Extra HTML (hx-partials) in the response to htmx, in addition to the feed's updates. */
  readonly tells?: (done: Done<Id, Command>) => string | undefined
}

/** Tells htmx's page the sequence of its command: the feed's message with it shows the change. */
const sequenceHeader = "evenstar-sequence"

/** Milliseconds within which a repeated creation counts as a double submission of one visitor. */
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
        fragments.of(`${path}/${state.id} ${definition.viewKey(state.state, view)}`, state, (keep) => {
          const made = definition.fragment(state, view, keep)
          return typeof made === "string" ? [{ id: "", html: made }] : made
        })

      /** The state, if the visitor may read it, and the reader. */
      const asked = (incoming: Incoming) =>
        Effect.gen(function* () {
          const actor = yield* visitors.of(incoming)
          const id = idOf(incoming)
          const state = yield* visitors.limitGuesses(incoming, actor, id)(store.get(id, actor))
          const isOwner = owns(actor, definition.owner(state.state))
          const reader = { actor, account: accountOf(actor), isOwner }
          return { state, reader, view: viewOf(incoming.message.url), formKey: yield* ids.random }
        })
      router.route("GET", onePath, (incoming) =>
        Effect.flatMap(asked(incoming), (found) =>
          pageReply(incoming, () => {
            const whole = definition.page({ ...found, assets: assets(), fragment: rawHtml(fragmentHere) })
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
      yield* LiveFeed.serve({ store, path: `${onePath}/feed`, viewOf, viewKey: definition.viewKey, fragmentOf })

      const requestFor = (incoming: Incoming, actor: CurrentVisitor | null, what: object) =>
        Either.flatMap(keyForm(incoming), ({ idempotencyKey }) =>
          requestKey(incoming.message, actor, idempotencyKey, what)
        )

      /** Handles a form: runs the command, then redirects to the page, or 204 for htmx. */
      const command = ({ beginsSession, read }: Form<Command>) =>
        Effect.fnUntraced(function* (incoming: Incoming) {
          const id = idOf(incoming)
          const known = yield* visitors.commanding(incoming)
          if (known === null && beginsSession) yield* visitors.admitSession(incoming)
          const begun = known === null && beginsSession ? anonymousActor(VisitorId.make(yield* ids.random)) : undefined
          const actor = known ?? begun ?? null
          const wanted = yield* read(incoming, { actor, newId: store.newId })
          const made = Object.fromEntries(Object.keys(store.made(wanted)).map((name) => [name, undefined]))
          const request = yield* requestFor(incoming, known, { ...wanted, ...made })
          yield* visitors.admitResult(incoming, request)
          const execute = store.execute(id, actor, wanted, { request })
          const { sequence } = yield* visitors.limitGuesses(incoming, known, id)(execute)
          if (begun !== undefined) yield* visitors.begin(incoming, begun.visitorId)
          const done = { id, command: wanted, headers: incoming.message.headers }
          if (done.headers["hx-request"] !== "true") {
            return seeOther(`${path}/${id}${definition.leadsTo?.(done) ?? ""}`)
          }
          const told = definition.tells?.(done)
          const reply = told === undefined ? noContent : htmlReply(told)
          return { ...reply, headers: { ...reply.headers, [sequenceHeader]: String(sequence) } }
        })
      for (const [name, form] of Object.entries(definition.forms)) {
        router.route("POST", `${onePath}/${name}`, command(form))
      }

      /**
       * The visitor for whom a session begins. After a double submission, sent before the first
       * response set its cookie, that is the owner of the first one's aggregate: only this
       * visitor's page had the key. Limited to `doubleSending`, and to owners that have not signed
       * in.
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
          if (visitor === null) yield* visitors.admitSession(incoming)
          const actor = visitor ?? anonymousActor(VisitorId.make(yield* ids.random))
          const { asked, commands } = yield* definition.create.read(incoming, { actor, newId: store.newId })
          const { idempotencyKey } = yield* keyForm(incoming)
          // An unguessable key identifies the request with and without a session: the first
          // response's cookie may have arrived between two clicks.
          const isSecret = idempotencyKey !== undefined && isUnguessable(idempotencyKey)
          const request = yield* requestKey(incoming.message, isSecret ? null : visitor, idempotencyKey, asked)
          yield* visitors.admitResult(incoming, request)
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
