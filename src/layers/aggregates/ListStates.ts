// The lists' states as they are now: a bounded cache that the feed keeps fresh. What was dropped is folded again, from the
// list's snapshot on, so that opening a list with a long past costs no more than the distance to its last snapshot.
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as FiberSet from "effect/FiberSet"
import * as Option from "effect/Option"
import type * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import { LRUCache } from "lru-cache"
import type { EventUndecodable } from "../../domain/EventCodec.ts"
import {
  noEvents,
  noVersion,
  type Sequence,
  type StoredEvent,
  tooLate,
  type Version
} from "../../domain/StoredEvent.ts"
import {
  aggregateType,
  codec,
  empty,
  evolve,
  isListId,
  type ListId,
  snapshot,
  type TodoList
} from "../../domain/TodoList.ts"
import { keyedLock } from "../../lib/keyedLock.ts"
import { EventStore } from "../eventStore/EventStore.ts"
import { DecodeFailures } from "../subscriptions/DecodeFailures.ts"
import { Subscriptions } from "../subscriptions/Subscriptions.ts"
import { Snapshots } from "./Snapshots.ts"

/** A list as it was after its event number `version`, which stands at `sequence` in the log. */
export interface ListState {
  readonly listId: ListId
  readonly list: TodoList
  readonly sequence: Sequence
  readonly version: Version
}

/** Todos and lists that are kept in memory, at most. */
const capacity = 500_000
/** Versions between two snapshots of a list. */
export const snapshotDistance = 1000

export const initial = (listId: ListId): ListState => ({ listId, list: empty, sequence: noEvents, version: noVersion })

const next = (state: ListState, event: StoredEvent): Either.Either<ListState, EventUndecodable> =>
  Either.map(codec.decode(event), (decoded) => ({
    ...state,
    list: evolve(state.list, decoded),
    sequence: event.sequence,
    version: event.version
  }))

const aggregateOf = (listId: ListId) => ({ type: aggregateType, id: listId })

export const make = Effect.gen(function* () {
  const store = yield* EventStore
  const feed = yield* Subscriptions
  const snapshots = yield* Snapshots
  const failures = yield* DecodeFailures
  const oneAtATime = keyedLock(tooLate)
  const run = yield* FiberSet.makeRuntime<never>()
  const states = new LRUCache<string, ListState>({
    maxSize: capacity,
    sizeCalculation: ({ list }) => 1 + list.todos.length
  })
  /** Lists that are being folded now, each with the newest version that the feed has brought meanwhile. */
  const folding = new Map<string, number>()
  const listeners = new Set<(listId: ListId) => void>()

  /** The cached state goes forward by an event that follows it; anything else is folded anew when asked for. */
  const observe = (event: StoredEvent) => {
    const { aggregateId, version } = event
    const newest = folding.get(aggregateId)
    if (newest !== undefined && newest < version) folding.set(aggregateId, version)
    const state = states.peek(aggregateId)
    if (state === undefined || version <= state.version) return
    const known = version === state.version + 1 ? next(state, event) : undefined
    if (known !== undefined && Either.isRight(known)) states.set(aggregateId, known.right)
    else states.delete(aggregateId)
  }

  yield* feed.listen((events) => {
    const changed = new Set<ListId>()
    for (const event of events) {
      if (event.aggregateType !== aggregateType || !isListId(event.aggregateId)) continue
      observe(event)
      changed.add(event.aggregateId)
    }
    for (const listener of listeners) changed.forEach(listener)
  })

  const forward = (state: ListState) =>
    Stream.runFoldEffect(store.readStream(aggregateOf(state.listId), state.version), state, next)

  const begin = (listId: ListId) =>
    Effect.map(snapshots.load(aggregateOf(listId), snapshot), (found): ListState => {
      const { sequence, state: list, version } = Option.getOrElse(found, () => ({ ...initial(listId), state: empty }))
      return { listId, list, sequence, version }
    })

  /** Keeps a snapshot where a state has come past the next distance since `before`. Nobody waits for it. */
  const keepSnapshot = ({ list, listId, sequence, version }: ListState, before: Version) => {
    if (Math.floor(version / snapshotDistance) === Math.floor(before / snapshotDistance)) return
    run(snapshots.save(aggregateOf(listId), snapshot, { state: list, version, sequence }))
  }

  const fold = (listId: ListId) =>
    Effect.gen(function* () {
      const cached = states.get(listId)
      if (cached !== undefined) return cached
      folding.set(listId, noVersion)
      const start = yield* begin(listId)
      let state = yield* forward(start)
      // What came while we read is in the log by now.
      while (state.version < (folding.get(listId) ?? noVersion)) state = yield* forward(state)
      keepSnapshot(state, start.version)
      const newer = states.peek(listId)
      if (newer !== undefined && newer.version >= state.version) return newer
      if (state.list.exists) states.set(listId, state)
      return state
    }).pipe(
      Effect.tapErrorTag("EventUndecodable", (error) => failures.report("lists", error)),
      Effect.ensuring(Effect.sync(() => folding.delete(listId))),
      (folded) => oneAtATime(listId, folded)
    )

  return {
    /** The list now; `exists` is false where there is none. One that has an event which can't be read can't be opened. */
    get: (listId: ListId) =>
      Effect.suspend(() => {
        const state = states.get(listId)
        return state === undefined ? fold(listId) : Effect.succeed(state)
      }),
    /** `get` reads nothing. */
    isCached: (listId: ListId) => states.has(listId),
    /** Takes a state that was just written after `before`, unless the feed has come further. */
    put: (state: ListState, before: Version) => {
      const known = states.peek(state.listId)
      // A list that is no longer cached may have gone on: it is folded when asked for.
      const isNext = known === undefined ? before === noVersion : known.version < state.version
      if (isNext) states.set(state.listId, state)
      keepSnapshot(state, before)
    },
    /** The same list with what others may have written since: one short read where there is nothing. */
    refresh: (state: ListState) =>
      Effect.map(forward(state), (newest) => {
        if (newest.version > state.version) states.delete(state.listId)
        return newest
      }),
    /** Others have written: the next `get` reads the log. */
    forget: (listId: string) => states.delete(listId),
    /** Calls back with the id of each list that has changed, until the scope closes. */
    onChange: (listener: (listId: ListId) => void): Effect.Effect<void, never, Scope.Scope> =>
      Effect.acquireRelease(
        Effect.sync(() => void listeners.add(listener)),
        () => Effect.sync(() => listeners.delete(listener))
      )
  }
})
