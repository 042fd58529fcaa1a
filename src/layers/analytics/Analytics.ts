// The log in a column store, for questions about all of it. When its database can't be used, analytics is unavailable until it
// can, and nothing else is.
import * as Context from "effect/Context"
import type * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import type { AnalyticsUnavailable, QueryTimedOut, Question } from "../../domain/AnalyticsQuery.ts"
import type { Sequence } from "../../domain/StoredEvent.ts"
import type { RateLimited } from "../rateLimits/RateLimits.ts"
import type { Networks } from "./FairSeats.ts"
import type { LogDays } from "./logDays.ts"

/** Queries at a time, others wait: each takes one of libuv's four threads, and shares the machine's cores with commands. */
export const concurrency = 2
/** Those that wait, in all and of a network; more are refused. */
export const mostWaiting = 256
export const mostWaitingOfNetwork = 16

export type ComputeError = AnalyticsUnavailable | QueryTimedOut | RateLimited

export interface Ingested {
  /** All events up to here are in the rows. */
  readonly sequence: Sequence
  /** Of the events that came. */
  readonly aggregateTypes: ReadonlySet<string>
}

export interface Progress {
  readonly sequence: Sequence
  readonly head: Sequence
  /** Events a second. */
  readonly rate: number
}

export interface AnalyticsStatus {
  /** All events up to here are in the rows. */
  readonly sequence: Sequence
  /** That the rows have; undefined where there are none. */
  readonly days: LogDays | undefined
  /** Changes when the rows are begun anew: sequences can't be compared then. */
  readonly epoch: number
  /** Why it can't answer, if it can't. */
  readonly unavailable: string | undefined
  /** It still reads what the log has already. */
  readonly progress: Progress | undefined
}

export interface Computed {
  readonly rows: ReadonlyArray<unknown>
  /** The position in the log that they stand for. */
  readonly sequence: Sequence
  /** Of which rows: those that were begun anew have another. */
  readonly epoch: number
}

export interface AnalyticsService {
  /**
   * Computes an answer for the networks that want it, in the first turn that one of them has. Interrupting it interrupts the query
   * in DuckDB, as `ANALYTICS_QUERY_TIMEOUT` does.
   */
  readonly compute: (question: Question, networks?: Networks) => Effect.Effect<Computed, ComputeError>
  /** Queries that wait for a seat. */
  readonly waiting: () => number
  /** Calls back whenever more of the log is in the rows, until the scope closes. */
  readonly listen: (listener: (news: Ingested) => void) => Effect.Effect<void, never, Scope.Scope>
  readonly status: () => AnalyticsStatus
  /** Drops all rows, and has them read from the log again. */
  readonly rebuild: Effect.Effect<void>
  /** What is other than in the log, in words; nothing where all is the same. */
  readonly verify: Effect.Effect<ReadonlyArray<string>, AnalyticsUnavailable>
}

export class Analytics extends Context.Tag("evenstar/Analytics")<Analytics, AnalyticsService>() {}
