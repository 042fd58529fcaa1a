// Batches reads of one event loop turn into one statement.
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as FiberSet from "effect/FiberSet"
import { StoreUnavailable } from "../../domain/StoredEvent.ts"

/** Maximum items per statement. */
const batch = 256
/**
 * Maximum concurrent statements; further items wait. More than one, so that a hanging connection
 * doesn't block the others.
 */
const maxConcurrent = 4

const tooMany = new StoreUnavailable({ reason: "Too many requests are waiting for the database", cause: undefined })

interface Waiting<Item, A> {
  readonly item: Item
  readonly answer: (exit: Exit.Exit<A, StoreUnavailable>) => void
}

/** Maximum waiting items; more are refused, so that an outage is reported quickly. */
const maxWaiting = 1024

/** `read` returns one result per item, in order. */
export const batched = <Item, A>(
  read: (items: ReadonlyArray<Item>) => Effect.Effect<ReadonlyArray<A>, StoreUnavailable>
) =>
  Effect.gen(function* () {
    const run = yield* FiberSet.makeRuntime<never, ReadonlyArray<A>, StoreUnavailable>()
    let waiting: Array<Waiting<Item, A>> = []
    let running = 0
    let isScheduled = false

    const schedule = () => {
      if (isScheduled || running === maxConcurrent || waiting.length === 0) return
      isScheduled = true
      setImmediate(start)
    }
    const start = () => {
      isScheduled = false
      const taken = waiting.slice(0, batch)
      waiting = waiting.slice(batch)
      running++
      run(read(taken.map(({ item }) => item))).addObserver((exit) => {
        running--
        for (const [index, { answer }] of taken.entries()) {
          answer(
            Exit.flatMap(exit, (answers) => {
              const mine = answers[index]
              return mine === undefined ? Exit.die("The batch returned no result for an item") : Exit.succeed(mine)
            })
          )
        }
        schedule()
      })
      schedule()
    }
    return (item: Item): Effect.Effect<A, StoreUnavailable> =>
      Effect.async((answer) => {
        if (waiting.length >= maxWaiting) return answer(Exit.fail(tooMany))
        waiting.push({ item, answer })
        schedule()
      })
  })
