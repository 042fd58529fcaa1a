// A mutex per key, allocated only while held. An uncontended lock is nearly free.
import * as Effect from "effect/Effect"
import { isDeadlineExceeded } from "./deadline.ts"

/**
 * Runs effects under the same key one at a time, in order of arrival; other keys run concurrently.
 * Uninterruptible. A request whose deadline passes before its turn fails with `deadlineExceeded`;
 * earlier requests end by their own deadlines, so no timer is needed.
 */
export const keyedLock = <F>(deadlineExceeded: F) => {
  /** Waiters behind the holder of each key. */
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
