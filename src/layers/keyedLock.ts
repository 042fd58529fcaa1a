// A lock for each key, there only while somebody holds it. One that is free costs next to nothing.
import * as Effect from "effect/Effect"

/** Effects under the same key run one after the other, in the order in which they came; others at the same time. */
export const keyedLock = Effect.sync(() => {
  /** Who waits behind the holder of a key. */
  const queues = new Map<string, Array<() => void>>()

  const release = (key: string) =>
    Effect.sync(() => {
      const next = queues.get(key)?.shift()
      if (next === undefined) queues.delete(key)
      else next()
    })
  const acquire = (key: string) =>
    Effect.suspend(() => {
      const queue = queues.get(key)
      if (queue !== undefined) {
        return Effect.async<void>((resume) => {
          const enter = () => resume(Effect.void)
          queue.push(enter)
          return Effect.suspend(() => {
            const index = queue.indexOf(enter)
            // No longer waiting: the lock was ours already, and is the next one's.
            if (index < 0) return release(key)
            queue.splice(index, 1)
            return Effect.void
          })
        })
      }
      queues.set(key, [])
      return Effect.void
    })
  return (key: string) =>
    <A, E, R>(effect: Effect.Effect<A, E, R>): Effect.Effect<A, E, R> =>
      Effect.uninterruptibleMask((restore) =>
        Effect.zipRight(
          Effect.interruptible(acquire(key)),
          Effect.onExit(restore(effect), () => release(key))
        )
      )
})
