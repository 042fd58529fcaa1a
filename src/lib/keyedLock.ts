// A lock for each key, there only while somebody holds it. One that is free costs next to nothing.
import * as Effect from "effect/Effect"
import { isDeadlineExceeded } from "./deadline.ts"

/**
 * Effects under the same key run one after the other, in the order in which they came; others at the same time. Who has
 * asked is not interrupted: what it asked for is then done as a whole. A request whose deadline passes before its turn
 * fails with `tooLate`: those before it came earlier and end by theirs, so no timer is needed.
 */
export const keyedLock = <F>(deadlineExceeded: F) => {
  /** Who waits behind the holder of a key. */
  const queues = new Map<string, Array<() => void>>()

  const release = (key: string) => {
    const next = queues.get(key)?.shift()
    if (next === undefined) queues.delete(key)
    else next()
  }
  const holding = <A, E, R>(key: string, work: Effect.Effect<A, E, R>) =>
    Effect.flatMap(Effect.exit(work), (exit) => {
      release(key)
      return exit
    })
  return <A, E, R>(key: string, effect: Effect.Effect<A, E, R>): Effect.Effect<A, E | F, R> =>
    Effect.uninterruptible(
      Effect.suspend(() => {
        const queue = queues.get(key)
        if (queue === undefined) {
          queues.set(key, [])
          return holding(key, effect)
        }
        return Effect.zipRight(
          Effect.async<void>((resume) => {
            queue.push(() => resume(Effect.void))
          }),
          holding(
            key,
            Effect.flatMap(
              isDeadlineExceeded,
              (late): Effect.Effect<A, E | F, R> => (late ? Effect.fail(deadlineExceeded) : effect)
            )
          )
        )
      })
    )
}
