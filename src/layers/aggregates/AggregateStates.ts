// The states of one aggregate type as they are now: a bounded cache that a subscription keeps fresh. What was dropped is folded
// again, from its snapshot on, so that opening one with a long past costs no more than the distance to its last snapshot.
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as FiberSet from "effect/FiberSet"
import * as Option from "effect/Option"
import type * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import { LRUCache } from "lru-cache"
import type { Aggregate, Tagged } from "../../domain/Aggregate.ts"
import type { EventUndecodable } from "../../domain/EventCodec.ts"
import type { Refusal } from "../../domain/Refusal.ts"
import {
  deadlineExceeded,
  noEvents,
  noVersion,
  type Sequence,
  type StoredEvent,
  type Version
} from "../../domain/StoredEvent.ts"
import { keyedLock } from "../../lib/keyedLock.ts"
import { EventStore } from "../eventStore/EventStore.ts"
import { DecodeFailures } from "../subscriptions/DecodeFailures.ts"
import { AggregateChanges } from "./AggregateChanges.ts"
import { Snapshots } from "./Snapshots.ts"

/** An aggregate as it was after its event number `version`, which stands at `sequence` in the log. */
export interface AggregateState<Id, State> {
  readonly id: Id
  readonly state: State
  readonly sequence: Sequence
  /** 0: there is none. */
  readonly version: Version
}

/** Weight of the states that are kept in memory, at most: of each type. */
const capacity = 500_000
/** Versions between two snapshots of an aggregate. */
export const snapshotDistance = 1000

export const make = <Id extends string, State, Encoded, Command, Event extends Tagged, Refused extends Refusal>({
  codec,
  evolve,
  initial: empty,
  isId,
  snapshot,
  type,
  weight
}: Aggregate<Id, State, Encoded, Command, Event, Refused>) =>
  Effect.gen(function* () {
    type Known = AggregateState<Id, State>
    const store = yield* EventStore
    const changes = yield* AggregateChanges
    const snapshots = yield* Snapshots
    const failures = yield* DecodeFailures
    const oneAtATime = keyedLock(deadlineExceeded)
    const run = yield* FiberSet.makeRuntime<never>()
    const states = new LRUCache<string, Known>({
      maxSize: capacity,
      sizeCalculation: ({ state }) => 1 + weight(state)
    })
    /** Those that are being folded now, each with the newest version that the subscription has brought meanwhile. */
    const folding = new Map<string, number>()
    const listeners = new Set<(id: Id) => void>()

    const initial = (id: Id): Known => ({ id, state: empty, sequence: noEvents, version: noVersion })
    const keyOf = (id: Id) => ({ type, id })
    const next = (known: Known, event: StoredEvent): Either.Either<Known, EventUndecodable> =>
      Either.map(codec.decode(event), (decoded) => ({
        id: known.id,
        state: evolve(known.state, decoded),
        sequence: event.sequence,
        version: event.version
      }))

    /** The cached state goes forward by an event that follows it; anything else is folded anew when asked for. */
    const observe = (event: StoredEvent) => {
      const { aggregateId, version } = event
      const newest = folding.get(aggregateId)
      if (newest !== undefined && newest < version) folding.set(aggregateId, version)
      const known = states.peek(aggregateId)
      if (known === undefined || version <= known.version) return
      const newer = version === known.version + 1 ? next(known, event) : undefined
      if (newer !== undefined && Either.isRight(newer)) states.set(aggregateId, newer.right)
      else states.delete(aggregateId)
    }

    yield* changes.listen(type, (events) => {
      const changed = new Set<Id>()
      for (const event of events) {
        if (!isId(event.aggregateId)) continue
        observe(event)
        changed.add(event.aggregateId)
      }
      for (const listener of listeners) changed.forEach(listener)
    })

    const forward = (known: Known) =>
      Stream.runFoldEffect(store.readStream(keyOf(known.id), known.version), known, next)

    const begin = (id: Id) =>
      Effect.map(
        snapshots.load(keyOf(id), snapshot),
        (found): Known => Option.match(found, { onNone: () => initial(id), onSome: (it) => ({ id, ...it }) })
      )

    /** Keeps a snapshot where a state has come past the next distance since `before`. Nobody waits for it. */
    const keepSnapshot = ({ id, sequence, state, version }: Known, before: Version) => {
      if (Math.floor(version / snapshotDistance) === Math.floor(before / snapshotDistance)) return
      run(snapshots.save(keyOf(id), snapshot, { state, version, sequence }))
    }

    const fold = (id: Id) =>
      Effect.gen(function* () {
        const cached = states.get(id)
        if (cached !== undefined) return cached
        folding.set(id, noVersion)
        const start = yield* begin(id)
        let known = yield* forward(start)
        // What came while we read is in the log by now.
        while (known.version < (folding.get(id) ?? noVersion)) known = yield* forward(known)
        keepSnapshot(known, start.version)
        const newer = states.peek(id)
        if (newer !== undefined && newer.version >= known.version) return newer
        if (known.version > noVersion) states.set(id, known)
        return known
      }).pipe(
        Effect.tapErrorTag("EventUndecodable", (error) => failures.report(type, error)),
        Effect.ensuring(Effect.sync(() => folding.delete(id))),
        (folded) => oneAtATime(id, folded)
      )

    return {
      initial,
      /** As it is now; version 0 where there is none. One that has an event which can't be read can't be opened. */
      get: (id: Id) =>
        Effect.suspend(() => {
          const known = states.get(id)
          return known === undefined ? fold(id) : Effect.succeed(known)
        }),
      /** `get` reads nothing. */
      isCached: (id: Id) => states.has(id),
      /** Takes a state that was just written after `before`, unless the subscription has come further. */
      put: (written: Known, before: Version) => {
        const known = states.peek(written.id)
        // One that is no longer cached may have gone on: it is folded when asked for.
        const isNext = known === undefined ? before === noVersion : known.version < written.version
        if (isNext) states.set(written.id, written)
        keepSnapshot(written, before)
      },
      /** The same with what others may have written since: one short read where there is nothing. */
      refresh: (known: Known) =>
        Effect.map(forward(known), (newest) => {
          if (newest.version > known.version) states.delete(known.id)
          return newest
        }),
      /** Others have written: the next `get` reads the log. */
      forget: (id: Id) => states.delete(id),
      /** Calls back with the id of each that has changed, until the scope closes. */
      onChange: (listener: (id: Id) => void): Effect.Effect<void, never, Scope.Scope> =>
        Effect.acquireRelease(
          Effect.sync(() => void listeners.add(listener)),
          () => Effect.sync(() => listeners.delete(listener))
        )
    }
  })
