// The seam for read models: a projection names itself, says which events it reads and how one changes its rows.
// A raised version is built anew from the log in the background, while the old rows go on serving.
import * as Cause from "effect/Cause"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type * as Scope from "effect/Scope"
import { noEvents, type Sequence } from "../../domain/StoredEvent.ts"
import * as ProjectionRunner from "./ProjectionRunner.ts"

export type Projection<Event extends ProjectionRunner.Tagged> = ProjectionRunner.Projection<Event>
export type AnyProjection = ProjectionRunner.AnyProjection

export interface ProjectionStatus {
  readonly name: string
  readonly version: number
  /** All events up to here are in the rows of this version. */
  readonly cursor: Sequence
  /** It still reads what the log has already: older rows serve meanwhile, or its own where there are none. */
  readonly rebuilding: boolean
  /** Why it stands still, if it does; it tries again every second. */
  readonly waiting: string | null
}

interface Waiter {
  readonly name: string
  readonly sequence: Sequence
  readonly resume: () => void
}

const retryAfter = "1 second"

const reasonOf = (cause: Cause.Cause<unknown>) => {
  const error = Cause.squash(cause)
  return error instanceof Error ? error.message : String(error)
}

export class Projections extends Context.Tag("evenstar/Projections")<
  Projections,
  {
    /** Keeps a projection's rows from now on; returns when its table is there to be read, and catches up behind. */
    readonly run: <Event extends ProjectionRunner.Tagged>(
      projection: Projection<Event>
    ) => Effect.Effect<void, never, Scope.Scope>
    /** Position of each projection in the log: its lag is the head minus this. */
    readonly cursors: Effect.Effect<ReadonlyMap<string, Sequence>>
    readonly status: Effect.Effect<ReadonlyArray<ProjectionStatus>>
    /**
     * Returns when the rows have all events up to a position: who wrote there reads it. Callers bound the wait. A projection
     * that is being built or stands still is not waited for.
     */
    readonly reached: (name: string, sequence: Sequence) => Effect.Effect<void>
  }
>() {
  static readonly layer = Layer.effect(
    Projections,
    Effect.gen(function* () {
      const { begin, run } = yield* ProjectionRunner.make
      const statuses = new Map<string, ProjectionStatus>()
      const waiters = new Set<Waiter>()
      const isDue = ({ name, sequence }: Waiter) => {
        const status = statuses.get(name)
        return status === undefined || status.rebuilding || status.waiting !== null || status.cursor >= sequence
      }

      /** Whatever is in the way is told once, however often it is met again: this is the outermost edge of the fiber. */
      const supervise = <Event extends ProjectionRunner.Tagged>(projection: Projection<Event>) => {
        const { name, version } = projection
        let status: ProjectionStatus = { name, version, cursor: noEvents, rebuilding: true, waiting: null }
        const tell = (news: Partial<ProjectionStatus>) => {
          status = { ...status, ...news }
          statuses.set(name, status)
          for (const waiter of waiters) if (waiter.name === name && isDue(waiter)) waiter.resume()
        }
        tell({})
        return run(projection, ({ cursor, live }) =>
          tell(live ? { cursor, rebuilding: false, waiting: null } : { cursor })
        ).pipe(
          Effect.catchAllCause((cause) => {
            const known = status.waiting
            tell({ waiting: reasonOf(cause) })
            return known === status.waiting ? Effect.void : Effect.logWarning(`Projection ${name} waits`, cause)
          }),
          Effect.zipRight(Effect.sleep(retryAfter)),
          Effect.forever
        )
      }

      return {
        run: Effect.fn("Projections.run")(function* (projection) {
          // A newer version may serve already: the fiber waits, visibly, and readers have what that one shows.
          yield* begin(projection).pipe(
            Effect.catchTag("BuildLost", () => Effect.void),
            Effect.orDie
          )
          yield* Effect.forkScoped(supervise(projection))
        }),
        cursors: Effect.sync(() => new Map([...statuses.values()].map(({ cursor, name }) => [name, cursor]))),
        status: Effect.sync(() => [...statuses.values()]),
        reached: (name, sequence) =>
          Effect.async((resume) => {
            const forget = () => waiters.delete(waiter)
            const waiter: Waiter = {
              name,
              sequence,
              resume: () => {
                forget()
                resume(Effect.void)
              }
            }
            waiters.add(waiter)
            if (isDue(waiter)) waiter.resume()
            return Effect.sync(forget)
          })
      }
    })
  )
}
