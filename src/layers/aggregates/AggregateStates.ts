// Current states of one aggregate type: a bounded cache kept fresh by a subscription. A missing
// state is folded from its last snapshot, so loading costs at most `snapshotDistance` events.
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

/** A state after event number `version`, at `sequence` in the log. */
export interface AggregateState<Id, State> {
  readonly id: Id
  readonly state: State
  readonly sequence: Sequence
  /** 0 for an aggregate without events. */
  readonly version: Version
}

/** Cache capacity per type, in weight. */
const capacity = 500_000
/** Events between two snapshots. */
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
    /** Folds in progress, with the newest version seen by the subscription meanwhile. */
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

    /** Applies the next event to the cached state; on a gap or decode error drops it. */
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

    /** Saves a snapshot in the background at each multiple of `snapshotDistance`. */
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
        // Events seen during the fold are in the log by now.
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
      /** The current state; version 0 without events. Fails if an event can't be decoded. */
      get: (id: Id) =>
        Effect.suspend(() => {
          const known = states.get(id)
          return known === undefined ? fold(id) : Effect.succeed(known)
        }),
      /** True when `get` needs no read. */
      isCached: (id: Id) => states.has(id),
      /**
       * Caches a state just written, unless the subscription is ahead. `before`: its previous
       * version.
       */
      put: (written: Known, before: Version) => {
        const known = states.peek(written.id)
        // An evicted state may have advanced: it is folded on demand.
        const isNext = known === undefined ? before === noVersion : known.version < written.version
        if (isNext) states.set(written.id, written)
        keepSnapshot(written, before)
      },
      /** The state with events that other processes stored since; one short read. */
      refresh: (known: Known) =>
        Effect.map(forward(known), (newest) => {
          if (newest.version > known.version) states.delete(known.id)
          return newest
        }),
      /** Drops the state; the next `get` reads the log. */
      forget: (id: Id) => states.delete(id),
      /** Calls back with the id of each changed aggregate until the scope closes. */
      onChange: (listener: (id: Id) => void): Effect.Effect<void, never, Scope.Scope> =>
        Effect.acquireRelease(
          Effect.sync(() => void listeners.add(listener)),
          () => Effect.sync(() => listeners.delete(listener))
        )
    }
  })
