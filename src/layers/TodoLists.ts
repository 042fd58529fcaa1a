// The state of a list at a known sequence, and the way of a command into the log.
// States are kept in a bounded cache that the feed keeps fresh; one that was dropped is folded from the log again.
import * as Arr from "effect/Array"
import * as Context from "effect/Context"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Schedule from "effect/Schedule"
import * as Stream from "effect/Stream"
import { LRUCache } from "lru-cache"
import {
  CommandId,
  type ConcurrencyConflict,
  noEvents,
  noVersion,
  type Sequence,
  type StoredEvent,
  type StoreUnavailable,
  type Version,
  type VisitorId
} from "../domain/StoredEvent.ts"
import {
  type AccessDenied,
  aggregateType,
  authorize,
  type Command,
  decide,
  empty,
  evolve,
  fromStored,
  isListId,
  type ListFull,
  ListId,
  ListNotFound,
  TodoId,
  type TodoList,
  type TodoNotFound,
  toNewEvent,
  VersionMismatch
} from "../domain/TodoList.ts"
import { EventFeed } from "./EventFeed.ts"
import { EventStore } from "./EventStore.ts"
import { Ids } from "./Ids.ts"

/** A list as it was after its event number `version`, which stands at `sequence` in the log. */
export interface ListState {
  readonly listId: ListId
  readonly list: TodoList
  readonly sequence: Sequence
  readonly version: Version
}

export interface Handled {
  readonly sequence: Sequence
  readonly version: Version
}

export interface CommandOptions {
  /** Refuse with `VersionMismatch` unless the list is at this version. */
  readonly ifVersion?: number | undefined
}

export type CommandError =
  | ListNotFound
  | TodoNotFound
  | ListFull
  | AccessDenied
  | VersionMismatch
  | ConcurrencyConflict
  | StoreUnavailable

const cachedLists = 1000
/** Tries of one command against others on the same list, before the conflict is the caller's. */
const tries = 3

const next = (state: ListState, event: StoredEvent): ListState => ({
  ...state,
  list: evolve(state.list, fromStored(event)),
  sequence: event.sequence,
  version: event.version
})

export class TodoLists extends Context.Tag("evenstar/TodoLists")<
  TodoLists,
  {
    /** The list, if this visitor may read it. */
    readonly get: (
      listId: string,
      visitor: VisitorId | null
    ) => Effect.Effect<ListState, ListNotFound | StoreUnavailable>
    /** A new list with, perhaps, a first todo. */
    readonly create: (
      owner: VisitorId | null,
      text?: string
    ) => Effect.Effect<Handled & { readonly listId: ListId }, CommandError>
    readonly handle: (
      listId: string,
      visitor: VisitorId | null,
      command: Command,
      options?: CommandOptions
    ) => Effect.Effect<Handled, CommandError>
    readonly newTodoId: Effect.Effect<TodoId>
    /**
     * The list now and after every change, for as long as the visitor may read it. Conflated: a slow reader gets the
     * newest state, never a backlog.
     */
    readonly changes: (
      listId: string,
      visitor: VisitorId | null
    ) => Stream.Stream<ListState, ListNotFound | StoreUnavailable>
  }
>() {
  static readonly layer = Layer.scoped(
    TodoLists,
    Effect.gen(function* () {
      const store = yield* EventStore
      const feed = yield* EventFeed
      const ids = yield* Ids
      const cache = new LRUCache<string, ListState>({ max: cachedLists })
      /** Who waits for the next change of a list: one signal for all of them. */
      const waiting = new Map<string, Deferred.Deferred<void>>()

      const ring = (listId: string) =>
        Effect.suspend(() => {
          const signal = waiting.get(listId)
          waiting.delete(listId)
          return signal === undefined ? Effect.void : Effect.asVoid(Deferred.succeed(signal, undefined))
        })

      /** The cached state goes forward by an event that follows it; anything else is folded anew when asked for. */
      const observe = (event: StoredEvent) => {
        const cached = cache.peek(event.aggregateId)
        if (cached === undefined || event.version <= cached.version) return
        if (event.version === cached.version + 1) cache.set(event.aggregateId, next(cached, event))
        else cache.delete(event.aggregateId)
      }

      /** Keeps the states fresh from now on. What was known before is forgotten: nobody watched in between. */
      const watch = (after: Sequence) =>
        Effect.suspend(() => {
          cache.clear()
          return Effect.zipRight(
            Effect.forEach([...waiting.keys()], ring, { discard: true }),
            Stream.runForEach(feed.follow({ after, filter: { aggregateType } }), (event) => {
              observe(event)
              return ring(event.aggregateId)
            })
          )
        })
      yield* watch(yield* Effect.orDie(store.head)).pipe(
        Effect.tapError((error) => Effect.logWarning("The lists' feed broke off and starts again", error)),
        Effect.catchAll(() => Effect.flatMap(store.head, watch).pipe(Effect.retry(Schedule.spaced("500 millis")))),
        Effect.forkScoped
      )

      const load = Effect.fn("TodoLists.load")(function* (listId: ListId) {
        const cached = cache.get(listId)
        if (cached !== undefined) return cached
        const start: ListState = { listId, list: empty, sequence: noEvents, version: noVersion }
        const state = yield* Stream.runFold(store.readStream({ type: aggregateType, id: listId }), start, next)
        const newer = cache.peek(listId)
        if (newer !== undefined && newer.version >= state.version) return newer
        if (state.list.exists) cache.set(listId, state)
        return state
      })

      const get = Effect.fn("TodoLists.get")(function* (listId: string, visitor: VisitorId | null) {
        if (!isListId(listId)) return yield* new ListNotFound()
        const state = yield* load(listId)
        yield* Effect.mapError(authorize(state.list, visitor, "read"), () => new ListNotFound())
        return state
      })

      const append = Effect.fnUntraced(function* (
        state: ListState,
        visitor: VisitorId | null,
        commands: ReadonlyArray<Command>
      ) {
        let list = state.list
        const events = yield* Effect.flatMap(
          Effect.forEach(commands, (command) =>
            Effect.tap(decide(list, command), (decided) => {
              list = decided.reduce(evolve, list)
            })
          ),
          (decided) => Effect.succeed(decided.flat())
        )
        if (!Arr.isNonEmptyReadonlyArray(events)) return state
        const { events: stored } = yield* store.append({
          aggregate: { type: aggregateType, id: state.listId },
          expectedVersion: state.version,
          events: Arr.map(events, toNewEvent),
          commandId: CommandId.make(yield* ids.timeOrdered),
          metadata: { visitorId: visitor }
        })
        // Who wrote reads what was written, even before the feed has come round.
        Arr.map(stored, observe)
        return stored.reduce(next, state)
      })

      const handle = Effect.fn("TodoLists.handle")(
        function* (listId: string, visitor: VisitorId | null, command: Command, options: CommandOptions = {}) {
          const state = yield* get(listId, visitor)
          yield* authorize(state.list, visitor, command._tag === "ChangeAccess" ? "own" : "write")
          if (options.ifVersion !== undefined && options.ifVersion !== state.version) {
            return yield* new VersionMismatch({ version: state.version })
          }
          return yield* append(state, visitor, [command]).pipe(
            Effect.tapErrorTag("ConcurrencyConflict", () => Effect.sync(() => cache.delete(state.listId)))
          )
        },
        Effect.retry({ times: tries - 1, while: (error) => error._tag === "ConcurrencyConflict" })
      )

      return {
        get,
        handle,
        newTodoId: Effect.map(ids.timeOrdered, (id) => TodoId.make(id)),
        create: Effect.fn("TodoLists.create")(function* (owner, text) {
          const listId = ListId.make(yield* ids.token(16))
          const todo: ReadonlyArray<Command> =
            text === undefined ? [] : [{ _tag: "AddTodo", todoId: TodoId.make(yield* ids.timeOrdered), text }]
          const start: ListState = { listId, list: empty, sequence: noEvents, version: noVersion }
          return yield* append(start, owner, [{ _tag: "CreateList", owner }, ...todo])
        }),
        changes: (listId, visitor) =>
          Stream.unfoldEffect(noVersion, (seen) =>
            Effect.gen(function* () {
              for (;;) {
                // The signal first, then the state: a change in between is not slept through.
                const signal = waiting.get(listId) ?? (yield* Deferred.make<void>())
                waiting.set(listId, signal)
                const state = yield* get(listId, visitor)
                if (state.version > seen) return Option.some([state, state.version] as const)
                yield* Deferred.await(signal)
              }
            })
          )
      }
    })
  )
}
