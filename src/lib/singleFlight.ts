// One computation for all who want the same at the same time. Who leaves doesn't take it from the others; when nobody waits for
// it any more it is interrupted.
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as FiberSet from "effect/FiberSet"

interface Flight<A, E> {
  readonly fiber: Fiber.RuntimeFiber<A, E>
  waiting: number
}

/** Flights end with the scope. */
export const make = <A, E>() =>
  Effect.map(FiberSet.makeRuntime<never, A, E>(), (run) => {
    const flights = new Map<string, Flight<A, E>>()

    const begin = (key: string, compute: Effect.Effect<A, E>): Flight<A, E> => {
      const flight = { fiber: run(compute), waiting: 0 }
      flights.set(key, flight)
      flight.fiber.addObserver(() => forget(key, flight))
      return flight
    }
    const forget = (key: string, flight: Flight<A, E>) => {
      if (flights.get(key) === flight) flights.delete(key)
    }
    const leave = (key: string, flight: Flight<A, E>) =>
      Effect.suspend(() => {
        flight.waiting--
        if (flight.waiting > 0) return Effect.void
        // Whoever comes now begins anew.
        forget(key, flight)
        return Fiber.interruptFork(flight.fiber)
      })

    return {
      isUnderway: (key: string) => flights.has(key),
      /** What `compute` gives, or what one that runs under the same key is about to give. */
      join: (key: string, compute: Effect.Effect<A, E>): Effect.Effect<A, E> =>
        Effect.acquireUseRelease(
          Effect.sync(() => {
            const flight = flights.get(key) ?? begin(key, compute)
            flight.waiting++
            return flight
          }),
          ({ fiber }) => Fiber.join(fiber),
          (flight) => leave(key, flight)
        )
    }
  })
