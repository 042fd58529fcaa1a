// The log in a column store, for queries over all events. An unusable database makes only analytics
// unavailable.
import * as Context from "effect/Context"
import type * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import type { AnalyticsUnavailable, QueryTimedOut, Question } from "../../domain/AnalyticsQuery.ts"
import type { Sequence } from "../../domain/StoredEvent.ts"
import type { RateLimited } from "../rateLimits/RateLimits.ts"
import type { Networks } from "./FairQueue.ts"
import type { LogDays } from "./logDays.ts"

/** Concurrent queries: each uses one of libuv's four threads and shares the cores with commands. */
export const concurrency = 2
/** Queued queries, in total and per network; more are refused. */
export const maxQueued = 256
export const maxQueuedPerNetwork = 16

export type ComputeError = AnalyticsUnavailable | QueryTimedOut | RateLimited

export interface Ingested {
  /** All events up to here are ingested. */
  readonly sequence: Sequence
  /** Aggregate types of the ingested events. */
  readonly aggregateTypes: ReadonlySet<string>
}

export interface IngestProgress {
  readonly sequence: Sequence
  readonly head: Sequence
  /** Events per second. */
  readonly rate: number
}

export interface AnalyticsStatus {
  /** All events up to here are in the rows. */
  readonly sequence: Sequence
  /** Days covered by the rows; undefined without rows. */
  readonly days: LogDays | undefined
  /** Changes when the rows are rebuilt: sequences of different epochs can't be compared. */
  readonly epoch: number
  /** Why analytics is unavailable. */
  readonly unavailable: string | undefined
  /** Progress of the catch-up; undefined when live. */
  readonly progress: IngestProgress | undefined
}

export interface ComputedRows {
  readonly rows: ReadonlyArray<unknown>
  /** The log position of the rows. */
  readonly sequence: Sequence
  /** Epoch of the rows. */
  readonly epoch: number
}

export interface AnalyticsService {
  /**
   * Runs a query when one of the networks gets a slot. Interruption and `ANALYTICS_QUERY_TIMEOUT`
   * interrupt it in DuckDB.
   */
  readonly compute: (question: Question, networks?: Networks) => Effect.Effect<ComputedRows, ComputeError>
  /** Number of queued queries. */
  readonly waiting: () => number
  /** Calls back after each ingested batch until the scope closes. */
  readonly listen: (listener: (news: Ingested) => void) => Effect.Effect<void, never, Scope.Scope>
  readonly status: () => AnalyticsStatus
  /** Rebuilds all rows from the log. */
  readonly rebuild: Effect.Effect<void>
  /** Differences between rows and log, as messages; empty if equal. */
  readonly verify: Effect.Effect<ReadonlyArray<string>, AnalyticsUnavailable>
}

export class Analytics extends Context.Tag("evenstar/Analytics")<Analytics, AnalyticsService>() {}
