// Answers to analytics queries, encoded once and served as bytes.
import * as Context from "effect/Context"
import type * as Effect from "effect/Effect"
import type * as Exit from "effect/Exit"
import type * as Scope from "effect/Scope"
import type { AnalyticsUnavailable, QueryTimedOut, Question } from "../../domain/AnalyticsQuery.ts"
import type { Sequence } from "../../domain/StoredEvent.ts"

/** An answer ready to be sent. */
export interface Answer {
  /** `{"query", "params", "sequence", "rows"}` as JSON. */
  readonly body: Buffer
  /** A strong one, quoted. */
  readonly etag: string
  /** The position in the log that it stands for. */
  readonly sequence: Sequence
  /** When its computation began, in milliseconds since 1970, and how long it took. */
  readonly computedAt: number
  readonly millis: number
}

export type AnalyticsError = AnalyticsUnavailable | QueryTimedOut

export class AnalyticsCache extends Context.Tag("evenstar/AnalyticsCache")<
  AnalyticsCache,
  {
    /** The answer, if it is there and still true: at once, for who answers many. */
    readonly hit: (question: Question) => Answer | undefined
    /** The answer that is there and still true, or else a new one, computed once for all who ask at the same time. */
    readonly get: (question: Question) => Effect.Effect<Answer, AnalyticsError>
    /**
     * Keeps the answer true for as long as the scope is open: calls back with what it is now, and with each one after that. While
     * events stream in it does so once per `minRefreshInterval`.
     */
    readonly watch: (
      question: Question,
      onNews: (news: Exit.Exit<Answer, AnalyticsError>) => void
    ) => Effect.Effect<void, never, Scope.Scope>
  }
>() {}
