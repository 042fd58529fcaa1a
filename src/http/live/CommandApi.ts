// Builds the handlers of an aggregate's JSON API from commands and views of its state. Versions
// (`If-Match`, ETags), idempotency keys, limits and access are handled here.
import type * as HttpApiGroup from "@effect/platform/HttpApiGroup"
import type * as Arr from "effect/Array"
import type * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Layer from "effect/Layer"
import type { CommandResult } from "../../domain/Idempotency.ts"
import type { Refusal } from "../../domain/Refusal.ts"
import type { Sequence, Version } from "../../domain/StoredEvent.ts"
import type { AggregateState, AggregateStore } from "../../layers/aggregates/AggregateStore.ts"
import { type CurrentVisitor, Visitor } from "../account/Visitor.ts"
import { conditionalStatus, entityTags } from "../server/conditional.ts"
import { PreconditionFailed, ValidationFailed } from "../server/Errors.ts"
import {
  type ApiRequest,
  type EndpointHandler,
  type EndpointResult,
  type Handlers,
  serve
} from "../server/endpoints.ts"
import type { Incoming } from "../server/FastRouter.ts"
import { requestOf } from "../server/requestKey.ts"

export interface Position {
  readonly sequence: Sequence
  readonly version: Version
}

/** The position after a command, and the ids that it created. */
export type CreatedResult<Name extends string> = Position & Readonly<Record<Name, string>>

export interface CommandRequest<Body> extends Pick<ApiRequest<Body>, "body"> {
  readonly params: Incoming["params"]
  readonly actor: CurrentVisitor | null
  /** Generates an id for what the command creates. */
  readonly newId: () => string
  /** Milliseconds since 1970. */
  readonly now: () => number
}

/** Maps a request to a command, or refuses it. */
type Commanding<Body, Command> = (request: CommandRequest<Body>) => Command | Either.Either<Command, Refusal>

/** Builders for the handlers of one aggregate. */
export interface Commands<Id, State, Command> {
  /** Executes a command; responds with the position and the created ids of the given names. */
  readonly execute: <Body, Name extends string = never>(
    command: Commanding<Body, Command>,
    ids?: ReadonlyArray<Name>
  ) => EndpointHandler<Body, CreatedResult<Name>>
  /**
   * Executes a command that depends on the state, as far as it can be read beforehand: decide it
   * again. `result` also gets the first result of a repeated request.
   */
  readonly executeOn: <Body, A>(
    command: (request: CommandRequest<Body>, state: State) => Command | Either.Either<Command, Refusal>,
    result: (done: CommandResult, request: CommandRequest<Body>) => A
  ) => EndpointHandler<Body, A>
  /** Creates an aggregate; responds with its id under `idName` and its position. */
  readonly create: <Body, Name extends string>(
    idName: Name,
    commands: (request: CommandRequest<Body>) => Arr.NonEmptyReadonlyArray<Command>
  ) => EndpointHandler<Body, CreatedResult<Name>>
  /** Responds with a view of the state, with the version as ETag. */
  readonly read: <A>(
    view: (state: AggregateState<Id, State>, actor: CurrentVisitor | null) => A
  ) => EndpointHandler<undefined, A>
  /** Responds with a file of the state that the query chooses; its ETag has version and variant. */
  readonly file: (
    choose: (query: Incoming["query"]) => Either.Either<StateFile<State>, Refusal>
  ) => EndpointHandler<undefined, string>
}

/** A file of a state; `variant` tells it from other files of the same state. */
export interface StateFile<State> {
  readonly variant: string
  readonly headers: Readonly<Record<string, string>>
  readonly render: (state: State) => string
}

/** The versions that `If-Match` (RFC 9110) accepts; undefined for `*`. */
const ifMatch = (value: string | undefined): Either.Either<ReadonlyArray<number> | undefined, ValidationFailed> => {
  const tags = value === undefined ? "*" : entityTags(value)
  if (tags === undefined) return Either.left(new ValidationFailed({ message: 'If-Match: expected "<version>"' }))
  if (tags === "*") return Either.right(undefined)
  // Weak tags never match (13.1.1); neither do tags that are no version.
  return Either.right(tags.flatMap((tag) => (/^"(0|[1-9]\d{0,14})"$/.test(tag) ? [Number(tag.slice(1, -1))] : [])))
}

const hasAll = <Name extends string>(
  ids: Readonly<Record<string, string>>,
  names: ReadonlyArray<Name>
): ids is Readonly<Record<Name, string>> => names.every((name) => name in ids)

const pick = <Name extends string>(detail: CommandResult["detail"], names: ReadonlyArray<Name>) => {
  const ids = Object.fromEntries(names.flatMap((name) => (name in detail ? [[name, detail[name] ?? ""]] : [])))
  return hasAll(ids, names) ? ids : undefined
}

const make = <Id extends string, State, Command, Refused extends Refusal>(
  store: AggregateStore<Id, State, Command, Refused>,
  visitors: Context.Tag.Service<typeof Visitor>
): Commands<Id, State, Command> => {
  const requestFor = <Body>({ body, incoming }: ApiRequest<Body>, actor: CurrentVisitor | null) => ({
    body,
    params: incoming.params,
    actor,
    newId: store.newId,
    now: store.now
  })
  const idOf = ({ params }: Incoming) => params[store.idName] ?? ""
  /** Executes the command of a request, once for its key. */
  const run = <Body>(
    { body, incoming }: ApiRequest<Body>,
    actor: CurrentVisitor | null,
    made: Command | Either.Either<Command, Refusal>
  ): Effect.Effect<CommandResult, Refusal> => {
    const wanted = Either.isEither(made) ? made : Either.right(made)
    if (Either.isLeft(wanted)) return Effect.fail(wanted.left)
    const request = requestOf(incoming.message, actor, body ?? {})
    if (Either.isLeft(request)) return Effect.fail(request.left)
    const ifVersion = ifMatch(incoming.message.headers["if-match"])
    if (Either.isLeft(ifVersion)) return Effect.fail(ifVersion.left)
    const options = { request: request.right, ifVersion: ifVersion.right }
    const id = idOf(incoming)
    const done = visitors.limitGuesses(incoming, actor, id)(store.execute(id, actor, wanted.right, options))
    return request.right === undefined ? done : Effect.zipRight(visitors.admitResult(incoming, request.right), done)
  }
  /** The state for the actor of a read, unless the client has this variant of it. */
  const current = (incoming: Incoming, etagOf: (version: Version) => string) =>
    Effect.gen(function* () {
      const actor = yield* visitors.of(incoming)
      const id = idOf(incoming)
      const state = yield* visitors.limitGuesses(incoming, actor, id)(store.get(id, actor))
      const etag = etagOf(state.version)
      const status = conditionalStatus(incoming.message.headers, etag)
      if (status === 412) return yield* new PreconditionFailed()
      const reply = status === 304 ? { status, headers: { "cache-control": "no-store", etag }, body: "" } : undefined
      return { actor, etag, reply, state }
    })
  return {
    execute:
      <Body, Name extends string = never>(command: Commanding<Body, Command>, ids: ReadonlyArray<Name> = []) =>
      (asked: ApiRequest<Body>) =>
        Effect.flatMap(
          visitors.commanding(asked.incoming),
          (actor): Effect.Effect<EndpointResult<CreatedResult<Name>>, Refusal> =>
            Effect.flatMap(run(asked, actor, command(requestFor(asked, actor))), ({ detail, sequence, version }) => {
              const made = pick(detail, ids)
              return made === undefined
                ? Effect.dieMessage(`The command's result has no ${ids.join(", ")}`)
                : Effect.succeed({ body: { ...made, sequence, version } })
            })
        ),
    executeOn: (command, result) => (asked) =>
      Effect.gen(function* () {
        const { incoming } = asked
        const actor = yield* visitors.commanding(incoming)
        const id = idOf(incoming)
        const request = requestFor(asked, actor)
        const { state } = yield* visitors.limitGuesses(incoming, actor, id)(store.get(id, actor))
        return { body: result(yield* run(asked, actor, command(request, state)), request) }
      }),
    create: (idName, commands) => (asked) =>
      Effect.gen(function* () {
        const { body, incoming } = asked
        const actor = yield* visitors.commanding(incoming)
        const request = yield* requestOf(incoming.message, actor, body ?? {})
        yield* visitors.admitResult(incoming, request)
        const { id, sequence, version } = yield* store.create(actor, commands(requestFor(asked, actor)), { request })
        const location = `${incoming.message.url?.split("?")[0]}/${id}`
        const made = pick({ [idName]: id }, [idName])
        if (made === undefined) return yield* Effect.dieMessage(`The create command's result has no ${idName}`)
        return { body: { ...made, sequence, version }, headers: { location } }
      }),
    read:
      (view) =>
      ({ incoming }) =>
        Effect.map(
          current(incoming, (version) => `"${version}"`),
          ({ actor, etag, reply, state }) =>
            reply === undefined ? { body: view(state, actor), headers: { etag } } : { reply }
        ),
    file:
      (choose) =>
      ({ incoming }) =>
        Effect.gen(function* () {
          const { headers, render, variant } = yield* choose(incoming.query)
          const { etag, reply, state } = yield* current(incoming, (version) => `"${version}-${variant}"`)
          if (reply !== undefined) return { reply }
          const sent = { "cache-control": "no-store", ...headers, etag }
          return { reply: { status: 200, headers: sent, body: render(state.state) } }
        })
  }
}

/** Serves a group's endpoints for the aggregates of a store. */
export const layer = <
  Group extends HttpApiGroup.HttpApiGroup.Any,
  Self,
  Id extends string,
  State,
  Command,
  Refused extends Refusal
>(
  group: Group & Parameters<typeof serve<Group>>[0],
  tag: Context.Tag<Self, AggregateStore<Id, State, Command, Refused>>,
  handlers: (commands: Commands<Id, State, Command>) => Handlers<Group>
) =>
  Layer.effectDiscard(
    Effect.gen(function* () {
      yield* serve<Group>(group, handlers(make(yield* tag, yield* Visitor)))
    })
  )
