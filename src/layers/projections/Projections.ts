// Runs read models: a projection names itself, its events, and how they change its rows. A raised
// version is rebuilt in the background while the old rows serve.
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
  /** Checkpoint: all events up to here are applied. */
  readonly cursor: Sequence
  /** Catching up; meanwhile older rows serve, or incomplete ones. */
  readonly rebuilding: boolean
  /** Why the projection is stopped; retried every second. Null while running. */
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
    /**
     * Starts a projection; returns when its table can be read, and catches up in the background.
     */
    readonly run: <Event extends ProjectionRunner.Tagged>(
      projection: Projection<Event>
    ) => Effect.Effect<void, never, Scope.Scope>
    /** Checkpoint of each projection; the lag is the head minus this. */
    readonly cursors: Effect.Effect<ReadonlyMap<string, Sequence>>
    readonly status: Effect.Effect<ReadonlyArray<ProjectionStatus>>
    /**
     * Waits until the rows include `sequence`. Not bounded: callers set a timeout. Returns at once
     * while the projection is rebuilding or stopped.
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

      /** Logs each cause once: the outermost edge of the fiber. */
      const supervise = <Event extends ProjectionRunner.Tagged>(projection: Projection<Event>) => {
        const { name, version } = projection
        let status: ProjectionStatus = { name, version, cursor: noEvents, rebuilding: true, waiting: null }
        const update = (news: Partial<ProjectionStatus>) => {
          status = { ...status, ...news }
          statuses.set(name, status)
          for (const waiter of waiters) if (waiter.name === name && isDue(waiter)) waiter.resume()
        }
        update({})
        return run(projection, ({ cursor, live }) =>
          update(live ? { cursor, rebuilding: false, waiting: null } : { cursor })
        ).pipe(
          Effect.catchAllCause((cause) => {
            const known = status.waiting
            update({ waiting: reasonOf(cause) })
            return known === status.waiting
              ? Effect.void
              : Effect.logWarning(`Projection ${name} failed and will be retried`, cause)
          }),
          Effect.zipRight(Effect.sleep(retryAfter)),
          Effect.forever
        )
      }

      return {
        run: Effect.fn("Projections.run")(function* (projection) {
          // When a newer version serves, the fiber waits visibly and readers see its rows.
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
