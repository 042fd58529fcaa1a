// The way of a command into the log: who may do it, what it makes happen, and the answer, which a repeated request gets again.
import * as Arr from "effect/Array"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Random from "effect/Random"
import type * as Scope from "effect/Scope"
import type { Actor } from "../../domain/Account.ts"
import type { EventUndecodable } from "../../domain/EventCodec.ts"
import type { CommandResult, IdempotencyKeyReused, RequestKey } from "../../domain/Idempotency.ts"
import { CommandId, type ConcurrencyConflict, type StoreUnavailable, tooLate } from "../../domain/StoredEvent.ts"
import type { MalformedText } from "../../domain/Text.ts"
import {
  type AccessDenied,
  aggregateType,
  authorize,
  type Command,
  codec,
  decide,
  evolve,
  isListId,
  type ListFull,
  ListId,
  ListNotFound,
  TodoId,
  type TodoListEvent,
  type TodoNotFound,
  VersionMismatch
} from "../../domain/TodoList.ts"
import { isLate, withDeadline } from "../../lib/deadline.ts"
import { keyedLock } from "../../lib/keyedLock.ts"
import { EventStore } from "../eventStore/EventStore.ts"
import { Ids } from "../node/Ids.ts"
import { charge } from "./commandCost.ts"
import * as ListStates from "./ListStates.ts"

export type { ListState } from "./ListStates.ts"

export interface CommandOptions {
  /** Refuse with `VersionMismatch` unless the list is at this version, or at one of these. */
  readonly ifVersion?: number | ReadonlyArray<number> | undefined
  /** Do this once, however often it is asked for. */
  readonly request?: RequestKey | undefined
}

export type CommandError =
  | ListNotFound
  | TodoNotFound
  | ListFull
  | AccessDenied
  | VersionMismatch
  | ConcurrencyConflict
  | IdempotencyKeyReused
  | EventUndecodable
  | MalformedText
  | StoreUnavailable

/** Conflicts with other processes after which a command pauses before it is decided again; milliseconds of a pause. */
const patientFrom = 3
const longestPause = 25

const pauseOf = (chance: number) => Effect.sleep(chance * longestPause)

/** The ids that a command makes: what its answer tells beside the position. */
const made = (command: Command): CommandResult["detail"] =>
  command._tag === "AddTodo" ? { todoId: command.todoId } : {}

const asCreated = (answer: CommandResult, now: number) => ({
  ...answer,
  listId: ListId.make(answer.detail["listId"] ?? ""),
  age: now - Number(answer.detail["createdAt"])
})

export class TodoLists extends Context.Tag("evenstar/TodoLists")<
  TodoLists,
  {
    /** The list, if they may read it. */
    readonly get: (
      listId: string,
      actor: Actor | null
    ) => Effect.Effect<ListStates.ListState, ListNotFound | EventUndecodable | StoreUnavailable>
    /** The list, whoever asks: the caller authorizes. `exists` is false where there is none. */
    readonly current: (listId: ListId) => Effect.Effect<ListStates.ListState, EventUndecodable | StoreUnavailable>
    /**
     * A new list with, perhaps, a first todo. A repeated request gets the list that the first one made, and how long ago
     * that was (`age`, milliseconds; less than nothing where a clock was set back since).
     */
    readonly create: (
      owner: Actor | null,
      options?: { readonly text?: string | undefined; readonly request?: RequestKey | undefined }
    ) => Effect.Effect<CommandResult & { readonly listId: ListId; readonly age: number }, CommandError>
    /** Where a command led; `detail.todoId` is the todo that it added. One that changes nothing leads to where the list is. */
    readonly handle: (
      listId: string,
      actor: Actor | null,
      command: Command,
      options?: CommandOptions
    ) => Effect.Effect<CommandResult, CommandError>
    readonly newTodoId: Effect.Effect<TodoId>
    /** Calls back with the id of each list that has changed, until the scope closes. */
    readonly onChange: (listener: (listId: ListId) => void) => Effect.Effect<void, never, Scope.Scope>
  }
>() {
  static readonly layer = Layer.scoped(
    TodoLists,
    Effect.gen(function* () {
      const store = yield* EventStore
      const ids = yield* Ids
      const states = yield* ListStates.make
      const oneAtATime = keyedLock(tooLate)

      type NotFound = ListNotFound | EventUndecodable | StoreUnavailable
      /** Reads as much as a list that isn't there takes: how long a refusal takes then tells nothing. */
      const missed = Effect.flatMap(ids.token(16), (id) => states.get(ListId.make(id, true)))
      /** Of several nodes another may have written what is not yet known here: `isFresh` asks the log. */
      const find = (
        listId: string,
        actor: Actor | null,
        isFresh: boolean
      ): Effect.Effect<ListStates.ListState, NotFound> => {
        if (!isListId(listId)) return Effect.fail(new ListNotFound())
        return Effect.suspend(() => {
          const isCached = states.isCached(listId)
          const known = states.get(listId)
          return Effect.flatMap(isFresh ? Effect.flatMap(known, states.refresh) : known, (state) => {
            if (Either.isRight(authorize(state.list, actor, "read"))) return Effect.succeed(state)
            return Effect.zipRight(isCached ? missed : Effect.void, new ListNotFound())
          })
        })
      }
      /** An append is held against the log anyway; what can't be seen may have been opened elsewhere. */
      const findForCommand = (listId: string, actor: Actor | null) =>
        store.isShared
          ? Effect.catchTag(find(listId, actor, false), "ListNotFound", () => find(listId, actor, true))
          : find(listId, actor, false)

      type Events = ReadonlyArray<TodoListEvent>
      type Refusal = ListNotFound | TodoNotFound | ListFull | AccessDenied | VersionMismatch

      /** Whether a command may be done upon this state, and what it then makes happen. */
      const judge = (
        { list, version }: ListStates.ListState,
        actor: Actor | null,
        command: Command,
        ifVersion: CommandOptions["ifVersion"]
      ): Either.Either<Events, Refusal> => {
        const allowed = authorize(list, actor, command._tag === "ChangeAccess" ? "own" : "write")
        if (Either.isLeft(allowed)) return Either.left(allowed.left)
        if (
          ifVersion !== undefined &&
          ifVersion !== version &&
          !(Array.isArray(ifVersion) && ifVersion.includes(version))
        )
          return Either.left(new VersionMismatch({ version }))
        return decide(list, command)
      }

      /** Stores events as one append to a state; without any, only the answer, where somebody may ask for it again. */
      const append = (
        state: ListStates.ListState,
        actor: Actor | null,
        events: Events,
        detail: CommandResult["detail"],
        request: RequestKey | undefined
      ): Effect.Effect<CommandResult, CommandError> => {
        const answer = request === undefined ? undefined : { request, detail }
        if (!Arr.isNonEmptyReadonlyArray(events)) {
          const here = { sequence: state.sequence, version: state.version, detail }
          return answer === undefined ? Effect.succeed(here) : store.remember({ ...answer, ...here })
        }
        const { listId, version: expectedVersion } = state
        const stored = Effect.flatMap(ids.timeOrdered, (id) =>
          store.append({
            aggregate: { type: aggregateType, id: listId },
            expectedVersion,
            events: Arr.map(events, codec.encode),
            commandId: CommandId.make(id, true),
            metadata: { visitorId: actor?.visitorId ?? null },
            answer
          })
        )
        return Effect.flatMap(stored, ({ detail: first, events: written, sequence, version }) => {
          // Who wrote reads what was written, even before the feed has come round.
          if (written.length > 0) {
            states.put({ listId, list: events.reduce(evolve, state.list), sequence, version }, expectedVersion)
          }
          return Effect.as(charge(written), { sequence, version, detail: { ...detail, ...first } })
        })
      }

      /** Does what is to be done upon the list as it is. */
      const proceed = (
        state: ListStates.ListState,
        actor: Actor | null,
        command: Command,
        options: CommandOptions,
        isFresh: boolean
      ): Effect.Effect<CommandResult, CommandError> => {
        const judged = judge(state, actor, command, options.ifVersion)
        // An append is held against the log. What appends nothing must be too: another process may have written meanwhile.
        if (!isFresh && (Either.isLeft(judged) || judged.right.length === 0)) {
          return Effect.flatMap(states.refresh(state), (fresh) => proceed(fresh, actor, command, options, true))
        }
        if (Either.isLeft(judged)) return Effect.fail(judged.left)
        return append(state, actor, judged.right, made(command), options.request)
      }

      /** Unless the request came before: then its first answer. */
      const once = (
        state: ListStates.ListState,
        actor: Actor | null,
        command: Command,
        options: CommandOptions,
        isFresh: boolean
      ): Effect.Effect<CommandResult, CommandError> =>
        options.request === undefined
          ? proceed(state, actor, command, options, isFresh)
          : Effect.flatMap(
              store.answerTo(options.request),
              Option.match({ onSome: Effect.succeed, onNone: () => proceed(state, actor, command, options, isFresh) })
            )

      /**
       * Another process was faster: decided again upon what it wrote, until it is stored or the deadline has passed. Who
       * demands a version conflicts at once, since the list is no longer at it. Pauses of chance part those who collide.
       */
      const again = (
        state: ListStates.ListState,
        actor: Actor | null,
        command: Command,
        options: CommandOptions,
        conflicts: number
      ) =>
        Effect.catchTag(
          once(state, actor, command, options, conflicts > 0),
          "ConcurrencyConflict",
          (conflict): Effect.Effect<CommandResult, CommandError> =>
            Effect.flatMap(isLate, (late) => {
              states.forget(state.listId)
              if (late) return Effect.fail(conflict)
              const pause = conflicts < patientFrom ? Effect.void : Effect.flatMap(Random.next, pauseOf)
              return Effect.flatMap(Effect.zipRight(pause, states.refresh(state)), (fresh) =>
                again(fresh, actor, command, options, conflicts + 1)
              )
            })
        )

      // Plain functions and few steps: this is the way of every command, and each step of an Effect costs.
      const run = (listId: string, actor: Actor | null, command: Command, options: CommandOptions) =>
        Effect.flatMap(findForCommand(listId, actor), (state) => again(state, actor, command, options, 0))

      return {
        get: (listId, actor) => find(listId, actor, store.isShared),
        current: states.get,
        // Commands on one list follow one another: among themselves they would only conflict.
        handle: (listId, actor, command, options = {}) =>
          withDeadline(
            oneAtATime(
              listId,
              Effect.suspend(() => run(listId, actor, command, options))
            )
          ),
        newTodoId: Effect.map(ids.timeOrdered, (id) => TodoId.make(id, true)),
        create: Effect.fnUntraced(function* (owner, { request, text } = {}) {
          const first = request === undefined ? Option.none() : yield* store.answerTo(request)
          if (Option.isSome(first)) return asCreated(first.value, yield* store.now)
          const createdAt = String(yield* store.now)
          const listId = ListId.make(yield* ids.token(16))
          const todoId = TodoId.make(yield* ids.timeOrdered)
          const before = ListStates.initial(listId)
          const created = yield* decide(before.list, { _tag: "CreateList", owner: owner?.visitorId ?? null })
          const list = created.reduce(evolve, before.list)
          const added = text === undefined ? [] : yield* decide(list, { _tag: "AddTodo", todoId, text })
          const answer = yield* append(before, owner, [...created, ...added], { listId, createdAt }, request)
          return asCreated(answer, yield* store.now)
        }),
        onChange: states.onChange
      }
    })
  )
}
