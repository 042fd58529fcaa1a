// Shares one computation among concurrent callers of a key. A leaving caller doesn't cancel it;
// without callers it is interrupted.
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as FiberSet from "effect/FiberSet"

interface Flight<A, E> {
  readonly fiber: Fiber.RuntimeFiber<A, E>
  waiting: number
}

/** Computations are interrupted when the scope closes. */
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
        // A later caller starts a new computation.
        forget(key, flight)
        return Fiber.interruptFork(flight.fiber)
      })

    return {
      isUnderway: (key: string) => flights.has(key),
      /** The result of `compute`, or of the computation running under the key. */
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
