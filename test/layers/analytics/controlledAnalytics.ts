// Analytics controlled by the test: rows, when and how computations end, notifications.

import * as Deferred from "effect/Deferred"
import type * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Schema from "effect/Schema"
import * as TestClock from "effect/TestClock"
import * as Domain from "../../../src/domain/AnalyticsQuery.ts"
import { noEvents, Sequence } from "../../../src/domain/StoredEvent.ts"
import { Analytics, type AnalyticsService } from "../../../src/layers/analytics/Analytics.ts"
import { queued } from "../../../src/layers/analytics/AnalyticsBackend.ts"
import { AnalyticsCache } from "../../../src/layers/analytics/AnalyticsCache.ts"
import { FairQueue } from "../../../src/layers/analytics/FairQueue.ts"
import { queriesLayer } from "../../features/todo/analytics/todoQueries.ts"
import { settings } from "../../support.ts"

type Status = ReturnType<AnalyticsService["status"]>
type Listener = Parameters<AnalyticsService["listen"]>[0]
type Failure = Effect.Effect.Error<ReturnType<AnalyticsService["compute"]>>

/** A query with rows of one text column; `of` makes distinct parameters for it. */
export const query = (
  name: string,
  traits: Partial<
    Pick<
      Domain.Declaration<unknown, unknown, unknown>,
      "dependsOn" | "validFor" | "minRefreshInterval" | "staleWhileRevalidate"
    >
  > = {}
) =>
  Domain.make({
    name,
    params: Schema.Struct({ of: Schema.optionalWith(Schema.String, { exact: true }) }),
    result: Schema.Struct({ text: Schema.String }),
    dependsOn: "everything",
    sql: "",
    ...traits
  })

/** With this many seats; without a number, one for each query. */
export const controlledAnalytics = (seatCount = Number.POSITIVE_INFINITY) => {
  const seats = new FairQueue(seatCount)
  const listeners = new Set<Listener>()
  let status: Status = {
    sequence: noEvents,
    // Any query.
    days: { first: "0000-01-01", last: "9999-12-31" },
    epoch: 0,
    unavailable: undefined,
    progress: undefined
  }
  let rows: ReadonlyArray<unknown> = [{ text: "first" }]
  let failure: Failure | undefined
  let gate: Deferred.Deferred<void> | undefined
  const counts = { begun: 0, interrupted: 0 }
  /** Names of the computed queries, in order. */
  const asked: Array<string> = []
  const keys: Array<string> = []

  const compute: AnalyticsService["compute"] = ({ key, name }, networks = new Map([["", 1]])) => {
    const work = Effect.suspend(() => {
      counts.begun++
      asked.push(name)
      keys.push(key)
      // One snapshot, from when the computation started.
      const { epoch, sequence } = status
      const snapshot = failure === undefined ? Effect.succeed({ rows, sequence, epoch }) : Effect.fail(failure)
      return gate === undefined ? snapshot : Effect.zipRight(Deferred.await(gate), snapshot)
    }).pipe(
      Effect.onInterrupt(() =>
        Effect.sync(() => {
          counts.interrupted++
        })
      )
    )
    return queued(seats, networks, work)
  }

  return {
    layer: Layer.mock(Analytics, {
      compute,
      waiting: () => seats.waiting,
      listen: (listener) =>
        Effect.acquireRelease(
          Effect.sync(() => void listeners.add(listener)),
          () => Effect.sync(() => listeners.delete(listener))
        ),
      status: () => status
    }),
    counts,
    asked,
    /** The computed queries by key. */
    keys,
    seats,
    /** Later computations end when the test says so. */
    hold: Effect.tap(Deferred.make<void>(), (made) =>
      Effect.sync(() => {
        gate = made
      })
    ),
    /** Later computations end immediately. */
    unhold: () => {
      gate = undefined
    },
    rows: (...texts: ReadonlyArray<string>) => {
      rows = texts.map((text) => ({ text }))
    },
    /** The same for rows of any shape. */
    setRows: (some: ReadonlyArray<unknown>) => {
      rows = some
    },
    fail: (reason: Failure | undefined) => {
      failure = reason
    },
    status: (changed: Partial<Status>) => {
      status = { ...status, ...changed }
    },
    /** Ingests an event of a type and notifies subscribers. */
    event: (...types: ReadonlyArray<string>) => {
      status = { ...status, sequence: Sequence.make(status.sequence + 1) }
      for (const listener of listeners) listener({ sequence: status.sequence, aggregateTypes: new Set(types) })
    },
    /** Rebuilds the rows up to a position. */
    anew: (upTo: number, ...types: ReadonlyArray<string>) => {
      status = { ...status, epoch: status.epoch + 1, sequence: Sequence.make(upTo) }
      for (const listener of listeners) listener({ sequence: status.sequence, aggregateTypes: new Set(types) })
    }
  }
}

export type Controlled = ReturnType<typeof controlledAnalytics>

/** The cache on top of it. */
export const cached = ({ layer }: Controlled, overrides: Record<string, string> = {}) =>
  AnalyticsCache.layer.pipe(Layer.provide([layer, queriesLayer, settings(overrides)]))

const turn = Effect.async<void>((resume) => void setImmediate(() => resume(Effect.void)))

/** Moves the clock and then runs the cache's fibers, which wait for nothing outside. */
export const adjust = (duration: Duration.DurationInput) =>
  Effect.zipRight(TestClock.adjust(duration), Effect.repeatN(turn, 2))
