// Commands that wait together share one transaction: durability is bought once for many (one fsync instead of one each).
// Who asks while nobody else does pays for a transaction of its own, a turn of the event loop later.
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Doorbell from "./doorbell.ts"
import { yieldToEventLoop } from "./eventLoop.ts"

interface Waiting<Item, A, E> {
  readonly item: Item
  readonly answer: (exit: Exit.Exit<A, E>) => void
}

export interface GroupCommitOptions<Item, A, E> {
  /** Items that wait at most; callers beyond them wait for a place. */
  readonly capacity: number
  /** Items of one transaction at most. */
  readonly batch: number
  /**
   * Writes a batch and tells each item's own result, in the same order. None is told before the batch is durable. What has
   * no result could not be written yet: it is part of the next batch, in front of those who have come meanwhile.
   */
  readonly commit: (items: ReadonlyArray<Item>) => Effect.Effect<ReadonlyArray<Exit.Exit<A, E> | undefined>>
  /** Told how long each took, in milliseconds. */
  readonly onCommit?: (milliseconds: number) => void
}

/** One transaction for all; where an item made it fail by itself, one for each: the fault stays with who caused it. */
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

/** Turns that a batch is gathered in at most, while each still brings somebody. */
const maxTurns = 16

/**
 * Hands an item to the next transaction and waits for its own result. Of a caller who is interrupted meanwhile the item is
 * written, or refused, as if the caller had stayed.
 */
export const make = <Item, A, E>({ batch, capacity, commit, onCommit }: GroupCommitOptions<Item, A, E>) =>
  Effect.gen(function* () {
    let waiting: Array<Waiting<Item, A, E>> = []
    /** Callers who wait for a place among those that wait. */
    let overflow: Array<Waiting<Item, A, E>> = []
    const doorbell = Doorbell.make(() => waiting.length > 0)

    /**
     * Turns of the event loop go by as long as each brings somebody new: who is about to ask has asked by then. When
     * nobody else asks, that is one turn, some microseconds.
     */
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
        // A defect of ours is theirs who waited for it; the next batch has nothing to do with it.
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
