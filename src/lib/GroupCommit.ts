// Group commit: waiting items share one transaction, and so one fsync. A single caller commits
// alone, one event loop turn later.
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Doorbell from "./doorbell.ts"
import { yieldToEventLoop } from "./eventLoop.ts"

interface Waiting<Item, A, E> {
  readonly item: Item
  readonly answer: (exit: Exit.Exit<A, E>) => void
}

export interface GroupCommitOptions<Item, A, E> {
  /** Queued items; further callers wait for a place. */
  readonly capacity: number
  /** Maximum items per transaction. */
  readonly batch: number
  /**
   * Writes a batch durably and returns one result per item, in order. An item without a result is
   * retried at the front of the next batch.
   */
  readonly commit: (items: ReadonlyArray<Item>) => Effect.Effect<ReadonlyArray<Exit.Exit<A, E> | undefined>>
  /** Called with the duration of each commit, in milliseconds. */
  readonly onCommit?: (milliseconds: number) => void
}

/**
 * One transaction for all items; if an item makes it fail, one transaction per item, so that only
 * the faulty item fails.
 */
export const isolateFailures = <Item, A, E, F>(
  transaction: (items: ReadonlyArray<Item>) => Effect.Effect<ReadonlyArray<Exit.Exit<A, E> | undefined>, F>,
  isItemError: (error: F) => boolean
) => {
  const commit = (items: ReadonlyArray<Item>): Effect.Effect<ReadonlyArray<Exit.Exit<A, E | F> | undefined>> =>
    Effect.catchAll(transaction(items), (error) =>
      items.length > 1 && isItemError(error)
        ? Effect.map(
            Effect.forEach(items, (item) => commit([item])),
            (exits) => exits.flat()
          )
        : Effect.succeed(items.map(() => Exit.fail(error)))
    )
  return commit
}

/** Event loop turns that a batch collects at most, while each turn adds items. */
const maxTurns = 16

/**
 * Submits an item to the next transaction and waits for its result. Interruption does not cancel
 * the write.
 */
export const make = <Item, A, E>({ batch, capacity, commit, onCommit }: GroupCommitOptions<Item, A, E>) =>
  Effect.gen(function* () {
    let waiting: Array<Waiting<Item, A, E>> = []
    /** Callers beyond `capacity`. */
    let overflow: Array<Waiting<Item, A, E>> = []
    const doorbell = Doorbell.make(() => waiting.length > 0)

    /** Waits one event loop turn while turns keep adding items; alone, one turn (microseconds). */
    const collectBatch = Effect.gen(function* () {
      let before = 0
      for (let turns = 0; turns < maxTurns && waiting.length > before && waiting.length < batch; turns++) {
        before = waiting.length
        yield* yieldToEventLoop
      }
    })
    const next = Effect.gen(function* () {
      yield* collectBatch
      const taken = waiting.slice(0, batch)
      waiting = waiting.slice(batch)
      const answer = (exits: ReadonlyArray<Exit.Exit<A, E> | undefined>) => {
        for (const [index, exit] of exits.entries()) if (exit !== undefined) taken[index]?.answer(exit)
        const again = taken.filter((_, index) => exits[index] === undefined)
        if (again.length > 0) waiting = [...again, ...waiting]
        if (again.length < taken.length) onCommit?.(performance.now() - began)
      }
      if (taken.length === 0) return
      const began = performance.now()
      yield* Effect.matchCause(commit(taken.map(({ item }) => item)), {
        onSuccess: answer,
        // A defect fails this batch only.
        onFailure: (cause) => answer(taken.map(() => Exit.failCause(cause)))
      })
      const entering = overflow.slice(0, Math.max(0, capacity - waiting.length))
      overflow = overflow.slice(entering.length)
      waiting.push(...entering)
    })
    yield* Effect.forkScoped(Effect.forever(Effect.zipRight(doorbell.wait, Effect.uninterruptible(next))))

    return (item: Item): Effect.Effect<A, E> =>
      Effect.async<A, E>((answer) => {
        const isFull = waiting.length >= capacity
        ;(isFull ? overflow : waiting).push({ item, answer })
        doorbell.ring()
      })
  })
