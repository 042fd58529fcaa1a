// Executes commands of any aggregate: authorize, decide, append, idempotent result. A feature's
// service is a tag and `AggregateStore.make(itsAggregate)`.
import * as Arr from "effect/Array"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Option from "effect/Option"
import * as Random from "effect/Random"
import * as Schema from "effect/Schema"
import type * as Scope from "effect/Scope"
import type { Actor } from "../../domain/Account.ts"
import type { Aggregate, Tagged } from "../../domain/Aggregate.ts"
import type { EventUndecodable } from "../../domain/EventCodec.ts"
import type { CommandResult, IdempotencyKeyReused, RequestKey } from "../../domain/Idempotency.ts"
import type { Refusal } from "../../domain/Refusal.ts"
import {
  CommandId,
  type ConcurrencyConflict,
  deadlineExceeded,
  type StoreUnavailable,
  Version
} from "../../domain/StoredEvent.ts"
import type { MalformedText } from "../../domain/Text.ts"
import { isDeadlineExceeded, withDeadline } from "../../lib/deadline.ts"
import { keyedLock } from "../../lib/keyedLock.ts"
import { EventStore } from "../eventStore/EventStore.ts"
import { Ids } from "../node/Ids.ts"
import * as AggregateStates from "./AggregateStates.ts"
import { chargeForEvents } from "./commandCost.ts"

export type { AggregateState } from "./AggregateStates.ts"

/** The aggregate is not at a version that the caller requires. */
export class VersionMismatch extends Schema.TaggedError<VersionMismatch>()("VersionMismatch", { version: Version }) {
  readonly kind = "precondition-failed"
  override get message() {
    return `The current version is ${this.version}`
  }
}

export interface CommandOptions {
  /** Fails with `VersionMismatch` unless at this version, or one of these. */
  readonly ifVersion?: number | ReadonlyArray<number> | undefined
  /** Idempotency key: the command runs once. */
  readonly request?: RequestKey | undefined
}

/** Errors of a read besides the aggregate's refusals. */
export type ReadError = EventUndecodable | StoreUnavailable

export type CommandError =
  | VersionMismatch
  | ConcurrencyConflict
  | IdempotencyKeyReused
  | EventUndecodable
  | MalformedText
  | StoreUnavailable

/** Result of a creation. */
export interface Created<Id> extends CommandResult {
  readonly id: Id
  /**
   * Milliseconds since the creation; above 0 for a repeated request, less where a clock was set
   * back.
   */
  readonly age: number
}

export interface AggregateStore<Id extends string, State, Command, Refused> {
  /** The state, if the actor may read it. */
  readonly get: (
    id: string,
    actor: Actor | null
  ) => Effect.Effect<AggregateStates.AggregateState<Id, State>, Refused | ReadError>
  /** Without authorization. Version 0 without events. */
  readonly current: (id: Id) => Effect.Effect<AggregateStates.AggregateState<Id, State>, ReadError>
  readonly authorize: (state: State, actor: Actor | null, intent: "read" | Command) => Either.Either<void, Refused>
  /** Creates an aggregate; the commands are decided in sequence and stored as one append. */
  readonly create: (
    actor: Actor | null,
    commands: Arr.NonEmptyReadonlyArray<Command>,
    options?: Pick<CommandOptions, "request">
  ) => Effect.Effect<Created<Id>, Refused | CommandError>
  /**
   * `detail`: ids created by the command. A command without effect returns the current position.
   */
  readonly execute: (
    id: string,
    actor: Actor | null,
    command: Command,
    options?: CommandOptions
  ) => Effect.Effect<CommandResult, Refused | CommandError>
  /** A UUIDv7. */
  readonly newId: () => string
  /** Milliseconds since 1970, for commands that depend on the time. */
  readonly now: () => number
  /** Ids created by a command. */
  readonly made: (command: Command) => CommandResult["detail"]
  readonly idName: string
  readonly isId: (text: string) => text is Id
  /** Calls back with the id of each changed aggregate until the scope closes. */
  readonly onChange: (listener: (id: Id) => void) => Effect.Effect<void, never, Scope.Scope>
}

/** Conflicts before a random pause between retries, and its maximum in milliseconds. */
const patientFrom = 3
const longestPause = 25

const pauseOf = (random: number) => Effect.sleep(random * longestPause)

export const make = <Id extends string, State, Encoded, Command, Event extends Tagged, Refused extends Refusal>(
  aggregate: Aggregate<Id, State, Encoded, Command, Event, Refused>
) =>
  Effect.gen(function* () {
    type Known = AggregateStates.AggregateState<Id, State>
    type Failure = Refused | CommandError
    const { authorize, codec, decide, evolve, idName, isId, made, type } = aggregate
    const store = yield* EventStore
    const ids = yield* Ids
    const clock = yield* Effect.clock
    const states = yield* AggregateStates.make(aggregate)
    const oneAtATime = keyedLock(deadlineExceeded)
    /** The id of a new aggregate: 128 random bits, base64url. */
    const newAggregateId = Effect.flatMap(ids.token(16), (token) =>
      isId(token)
        ? Effect.succeed(token)
        : Effect.dieMessage(`The id schema of ${type} must accept 22 characters of base64url`)
    )

    /** The refusal of a missing aggregate, also used where it may not be seen. */
    const missing = Either.match(authorize(aggregate.initial, null, "read"), {
      onLeft: Effect.fail,
      onRight: () => Effect.dieMessage(`${type} must refuse to read an aggregate without events (authorize)`)
    })
    /** Takes as long as loading a missing aggregate, so timing reveals nothing. */
    const missed = Effect.flatMap(newAggregateId, states.get)
    /**
     * Fails where the actor may not know of the aggregate. `isFresh` also reads events of other
     * nodes.
     */
    const find = (id: string, actor: Actor | null, isFresh: boolean): Effect.Effect<Known, Refused | ReadError> => {
      if (!isId(id)) return missing
      return Effect.suspend(() => {
        const isCached = states.isCached(id)
        const known = states.get(id)
        return Effect.flatMap(isFresh ? Effect.flatMap(known, states.refresh) : known, (it) => {
          const allowed = authorize(it.state, actor, "read")
          if (Either.isRight(allowed) || !isUnseen(allowed.left)) return Effect.succeed(it)
          return Effect.zipRight(isCached ? missed : Effect.void, missing)
        })
      })
    }
    const isUnseen = (error: Refused | ReadError) => "kind" in error && error.kind === "not-found"
    /** An actor may know of an aggregate that cannot be read (410); a command may restore it. */
    const readable = (known: Known, actor: Actor | null) =>
      Either.match(authorize(known.state, actor, "read"), {
        onLeft: Effect.fail,
        onRight: () => Effect.succeed(known)
      })
    /**
     * The append checks the version anyway; a hidden aggregate may have been made visible on
     * another node.
     */
    const findForCommand = (id: string, actor: Actor | null) =>
      store.isShared
        ? Effect.catchIf(find(id, actor, false), isUnseen, () => find(id, actor, true))
        : find(id, actor, false)

    /** Authorizes and decides a command. */
    const judge = (
      { state, version }: Known,
      actor: Actor | null,
      command: Command,
      ifVersion: CommandOptions["ifVersion"]
    ): Either.Either<ReadonlyArray<Event>, Refused | VersionMismatch> => {
      const allowed = authorize(state, actor, command)
      if (Either.isLeft(allowed)) return Either.left(allowed.left)
      if (
        ifVersion !== undefined &&
        ifVersion !== version &&
        !(Array.isArray(ifVersion) && ifVersion.includes(version))
      )
        return Either.left(new VersionMismatch({ version }))
      return decide(state, command)
    }

    /** Appends the events; without events stores only the result, if the request has a key. */
    const append = (
      { id, sequence, state, version }: Known,
      actor: Actor | null,
      events: ReadonlyArray<Event>,
      detail: CommandResult["detail"],
      request: RequestKey | undefined
    ): Effect.Effect<CommandResult, Failure> => {
      const idempotency = request === undefined ? undefined : { request, detail }
      if (!Arr.isNonEmptyReadonlyArray(events)) {
        const here = { sequence, version, detail }
        return idempotency === undefined ? Effect.succeed(here) : store.remember({ ...idempotency, ...here })
      }
      const stored = Effect.flatMap(ids.timeOrdered, (commandId) =>
        store.append({
          aggregate: { type, id },
          expectedVersion: version,
          events: Arr.map(events, codec.encode),
          commandId: CommandId.make(commandId, true),
          metadata: { visitorId: actor?.visitorId ?? null },
          idempotency
        })
      )
      return Effect.flatMap(stored, ({ detail: first, events: written, sequence, version: newest }) => {
        // Read-your-writes, before the subscription delivers the events.
        if (written.length > 0) {
          states.put({ id, state: events.reduce(evolve, state), sequence, version: newest }, version)
        }
        return chargeForEvents(written, { sequence, version: newest, detail: { ...detail, ...first } })
      })
    }

    /** Decides and appends. */
    const proceed = (
      known: Known,
      actor: Actor | null,
      command: Command,
      options: CommandOptions,
      isFresh: boolean
    ): Effect.Effect<CommandResult, Failure> => {
      const judged = judge(known, actor, command, options.ifVersion)
      // An append checks the version; a command without events must check the log too.
      if (!isFresh && (Either.isLeft(judged) || judged.right.length === 0)) {
        return Effect.flatMap(states.refresh(known), (fresh) => proceed(fresh, actor, command, options, true))
      }
      if (Either.isLeft(judged)) return Effect.fail(judged.left)
      return append(known, actor, judged.right, made(command), options.request)
    }

    /** Returns the stored result of a repeated request. */
    const once = (
      known: Known,
      actor: Actor | null,
      command: Command,
      options: CommandOptions,
      isFresh: boolean
    ): Effect.Effect<CommandResult, Failure> =>
      options.request === undefined
        ? proceed(known, actor, command, options, isFresh)
        : Effect.flatMap(
            store.commandResult(options.request),
            Option.match({ onSome: Effect.succeed, onNone: () => proceed(known, actor, command, options, isFresh) })
          )

    /**
     * Retries a concurrency conflict on fresh state until the deadline. A required version fails at
     * once. Random pauses separate competing processes.
     */
    const again = (
      known: Known,
      actor: Actor | null,
      command: Command,
      options: CommandOptions,
      conflicts: number
    ): Effect.Effect<CommandResult, Failure> =>
      Effect.catchIf(
        once(known, actor, command, options, conflicts > 0),
        (error): error is ConcurrencyConflict => error._tag === "ConcurrencyConflict",
        (conflict) =>
          Effect.flatMap(isDeadlineExceeded, (late) => {
            states.forget(known.id)
            if (late) return Effect.fail(conflict)
            const pause = conflicts < patientFrom ? Effect.void : Effect.flatMap(Random.next, pauseOf)
            return Effect.flatMap(Effect.zipRight(pause, states.refresh(known)), (fresh) =>
              again(fresh, actor, command, options, conflicts + 1)
            )
          })
      )

    // Plain functions and few Effect steps: the hot path of every command.
    const run = (id: string, actor: Actor | null, command: Command, options: CommandOptions) =>
      Effect.flatMap(findForCommand(id, actor), (known) => again(known, actor, command, options, 0))

    const asCreated = (result: CommandResult): Effect.Effect<Created<Id>> =>
      Effect.flatMap(store.now, (now) => {
        const id = result.detail[idName] ?? ""
        return isId(id)
          ? Effect.succeed({ ...result, id, age: now - Number(result.detail["createdAt"]) })
          : Effect.dieMessage(`The result of the create command has no ${idName}`)
      })

    const service: AggregateStore<Id, State, Command, Refused> = {
      idName,
      isId,
      authorize,
      get: (id, actor) => Effect.flatMap(find(id, actor, store.isShared), (known) => readable(known, actor)),
      current: states.get,
      // Commands of one aggregate run one at a time; concurrently they would only conflict.
      execute: (id, actor, command, options = {}) =>
        withDeadline(
          oneAtATime(
            id,
            Effect.suspend(() => run(id, actor, command, options))
          )
        ),
      newId: () => ids.timeOrderedAt(clock.unsafeCurrentTimeMillis()),
      now: () => clock.unsafeCurrentTimeMillis(),
      made,
      create: Effect.fnUntraced(function* (actor, commands, { request } = {}) {
        const first = request === undefined ? Option.none() : yield* store.commandResult(request)
        if (Option.isSome(first)) return yield* asCreated(first.value)
        const createdAt = String(yield* store.now)
        const before = states.initial(yield* newAggregateId)
        const events: Array<Event> = []
        let state = before.state
        for (const command of commands) {
          const decided = yield* decide(state, command)
          events.push(...decided)
          state = decided.reduce(evolve, state)
        }
        return yield* asCreated(yield* append(before, actor, events, { [idName]: before.id, createdAt }, request))
      }),
      onChange: states.onChange
    }
    return service
  })
