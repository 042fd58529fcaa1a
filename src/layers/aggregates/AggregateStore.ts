// A command's way into the log, for any aggregate: who may do it, what it makes happen, and its result, which a repeated request
// gets again. A feature's service is a tag and `AggregateStore.make(itsAggregate)`.
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

/** The caller decided upon another version than the current one. */
export class VersionMismatch extends Schema.TaggedError<VersionMismatch>()("VersionMismatch", { version: Version }) {
  readonly kind = "precondition-failed"
  override get message() {
    return `This is at version ${this.version}`
  }
}

export interface CommandOptions {
  /** Refuse with `VersionMismatch` unless it is at this version, or at one of these. */
  readonly ifVersion?: number | ReadonlyArray<number> | undefined
  /** Do this once, however often it is asked for. */
  readonly request?: RequestKey | undefined
}

/** What stands in the way of reading any aggregate, beside its own refusals. */
export type ReadError = EventUndecodable | StoreUnavailable

export type CommandError =
  | VersionMismatch
  | ConcurrencyConflict
  | IdempotencyKeyReused
  | EventUndecodable
  | MalformedText
  | StoreUnavailable

/** The result of a command that made an aggregate. */
export interface Created<Id> extends CommandResult {
  readonly id: Id
  /** Milliseconds since it was made; of a repeated request more than none, and less where a clock was set back since. */
  readonly age: number
}

export interface AggregateStore<Id extends string, State, Command, Refused> {
  /** One that they may read. */
  readonly get: (
    id: string,
    actor: Actor | null
  ) => Effect.Effect<AggregateStates.AggregateState<Id, State>, Refused | ReadError>
  /** Whoever asks: the caller authorizes. Version 0 where there is none. */
  readonly current: (id: Id) => Effect.Effect<AggregateStates.AggregateState<Id, State>, ReadError>
  readonly authorize: (state: State, actor: Actor | null, intent: "read" | Command) => Either.Either<void, Refused>
  /** A new one, by commands that are decided one upon the other and stored as one append. */
  readonly create: (
    actor: Actor | null,
    commands: Arr.NonEmptyReadonlyArray<Command>,
    options?: Pick<CommandOptions, "request">
  ) => Effect.Effect<Created<Id>, Refused | CommandError>
  /** `detail` has the ids that the command made. One that changes nothing leads to where it is. */
  readonly execute: (
    id: string,
    actor: Actor | null,
    command: Command,
    options?: CommandOptions
  ) => Effect.Effect<CommandResult, Refused | CommandError>
  /** A UUID that is ordered by time, for what a command makes. */
  readonly newId: () => string
  /** The ids that a command makes. */
  readonly made: (command: Command) => CommandResult["detail"]
  readonly idName: string
  readonly isId: (text: string) => text is Id
  /** Calls back with the id of each that has changed, until the scope closes. */
  readonly onChange: (listener: (id: Id) => void) => Effect.Effect<void, never, Scope.Scope>
}

/** Conflicts with other processes after which a command pauses before it is decided again; milliseconds of a pause. */
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
    /** A new one's id: 128 random bits, base64url. */
    const newAggregateId = Effect.flatMap(ids.token(16), (token) =>
      isId(token) ? Effect.succeed(token) : Effect.dieMessage(`The id of ${type} takes no 22 characters of base64url`)
    )

    /** That there is none: what is told of one that may not be seen, too. */
    const missing = Either.match(authorize(aggregate.initial, null, "read"), {
      onLeft: Effect.fail,
      onRight: () => Effect.dieMessage(`${type} can be read where there is none`)
    })
    /** Reads as much as one that isn't there takes: how long a refusal takes then tells nothing. */
    const missed = Effect.flatMap(newAggregateId, states.get)
    /** Of several nodes another may have written what is not yet known here: `isFresh` asks the log. */
    const find = (id: string, actor: Actor | null, isFresh: boolean): Effect.Effect<Known, Refused | ReadError> => {
      if (!isId(id)) return missing
      return Effect.suspend(() => {
        const isCached = states.isCached(id)
        const known = states.get(id)
        return Effect.flatMap(isFresh ? Effect.flatMap(known, states.refresh) : known, (it) => {
          if (Either.isRight(authorize(it.state, actor, "read"))) return Effect.succeed(it)
          return Effect.zipRight(isCached ? missed : Effect.void, missing)
        })
      })
    }
    const isUnseen = (error: Refused | ReadError) => "kind" in error && error.kind === "not-found"
    /** An append is held against the log anyway; what can't be seen may have been opened elsewhere. */
    const findForCommand = (id: string, actor: Actor | null) =>
      store.isShared
        ? Effect.catchIf(find(id, actor, false), isUnseen, () => find(id, actor, true))
        : find(id, actor, false)

    /** Whether a command may be done upon this state, and what it then makes happen. */
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

    /** Stores events as one append to a state; without any, only the result, where somebody may ask for it again. */
    const append = (
      { id, sequence, state, version }: Known,
      actor: Actor | null,
      events: ReadonlyArray<Event>,
      detail: CommandResult["detail"],
      request: RequestKey | undefined
    ): Effect.Effect<CommandResult, Failure> => {
      const answer = request === undefined ? undefined : { request, detail }
      if (!Arr.isNonEmptyReadonlyArray(events)) {
        const here = { sequence, version, detail }
        return answer === undefined ? Effect.succeed(here) : store.remember({ ...answer, ...here })
      }
      const stored = Effect.flatMap(ids.timeOrdered, (commandId) =>
        store.append({
          aggregate: { type, id },
          expectedVersion: version,
          events: Arr.map(events, codec.encode),
          commandId: CommandId.make(commandId, true),
          metadata: { visitorId: actor?.visitorId ?? null },
          answer
        })
      )
      return Effect.flatMap(stored, ({ detail: first, events: written, sequence, version: newest }) => {
        // Who wrote reads what was written, even before the subscription has brought it.
        if (written.length > 0) {
          states.put({ id, state: events.reduce(evolve, state), sequence, version: newest }, version)
        }
        return chargeForEvents(written, { sequence, version: newest, detail: { ...detail, ...first } })
      })
    }

    /** Does what is to be done upon the state as it is. */
    const proceed = (
      known: Known,
      actor: Actor | null,
      command: Command,
      options: CommandOptions,
      isFresh: boolean
    ): Effect.Effect<CommandResult, Failure> => {
      const judged = judge(known, actor, command, options.ifVersion)
      // An append is held against the log. What appends nothing must be too: another process may have written meanwhile.
      if (!isFresh && (Either.isLeft(judged) || judged.right.length === 0)) {
        return Effect.flatMap(states.refresh(known), (fresh) => proceed(fresh, actor, command, options, true))
      }
      if (Either.isLeft(judged)) return Effect.fail(judged.left)
      return append(known, actor, judged.right, made(command), options.request)
    }

    /** Unless the request came before: then its first result. */
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
            store.answerTo(options.request),
            Option.match({ onSome: Effect.succeed, onNone: () => proceed(known, actor, command, options, isFresh) })
          )

    /**
     * Another process was faster: decided again upon what it wrote, until it is stored or the deadline has passed. Who
     * demands a version conflicts at once, since it is no longer at that. Pauses of chance part those who collide.
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

    // Plain functions and few steps: this is the way of every command, and each step of an Effect costs.
    const run = (id: string, actor: Actor | null, command: Command, options: CommandOptions) =>
      Effect.flatMap(findForCommand(id, actor), (known) => again(known, actor, command, options, 0))

    const asCreated = (result: CommandResult): Effect.Effect<Created<Id>> =>
      Effect.flatMap(store.now, (now) => {
        const id = result.detail[idName] ?? ""
        return isId(id)
          ? Effect.succeed({ ...result, id, age: now - Number(result.detail["createdAt"]) })
          : Effect.dieMessage(`The result of a creation has no ${idName}`)
      })

    const service: AggregateStore<Id, State, Command, Refused> = {
      idName,
      isId,
      authorize,
      get: (id, actor) => find(id, actor, store.isShared),
      current: states.get,
      // Commands on one aggregate follow one another: among themselves they would only conflict.
      execute: (id, actor, command, options = {}) =>
        withDeadline(
          oneAtATime(
            id,
            Effect.suspend(() => run(id, actor, command, options))
          )
        ),
      newId: () => ids.timeOrderedAt(clock.unsafeCurrentTimeMillis()),
      made,
      create: Effect.fnUntraced(function* (actor, commands, { request } = {}) {
        const first = request === undefined ? Option.none() : yield* store.answerTo(request)
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
