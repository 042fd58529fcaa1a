// An AnalyticsCache controlled by the test: its results, its watches and its updates.
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Layer from "effect/Layer"
import type { Question } from "../../../src/domain/AnalyticsQuery.ts"
import { Sequence } from "../../../src/domain/StoredEvent.ts"
import { AnalyticsCache, type AnalyticsError, type QueryResult } from "../../../src/layers/analytics/AnalyticsCache.ts"

type WatchResult = Exit.Exit<QueryResult, AnalyticsError>

/** Rows of each query for a small log. */
const defaultRows: Readonly<Record<string, ReadonlyArray<unknown>>> = {
  daily_counts: [
    { day: "1970-01-01", eventType: "ListCreated", count: 1 },
    { day: "1970-01-01", eventType: "TodoAdded", count: 1234 }
  ],
  completion_funnel: ["added", "completed", "completed_within_a_day", "completed_within_an_hour"].map(
    (stage, index) => ({
      stage,
      count: 8 - 2 * index
    })
  ),
  time_to_complete: [{ day: "1970-01-01", count: 6, p50: 0, p90: 3700, p99: 86_400 }],
  active_lists: [{ day: "1970-01-01", lists: 3 }],
  busiest_hours: [{ weekday: 4, hour: 9, count: 1235 }],
  event_rate: Array.from({ length: 300 }, (_, index) => ({
    second: new Date(index * 1000).toISOString().replace(".000", ""),
    count: index === 299 ? 7 : 0
  }))
}

export const mockedAnalytics = () => {
  const rows = new Map(Object.entries(defaultRows))
  const failures = new Map<string, AnalyticsError>()
  const listeners = new Map<string, Set<(news: WatchResult) => void>>()
  const questions = new Map<string, Question>()
  /** Keys of the queries whose watches were opened. */
  const opened: Array<string> = []
  let sequence = 1

  const newsOf = (question: Question): WatchResult => {
    const { name, params } = question
    const failure = failures.get(name)
    if (failure !== undefined) return Exit.fail(failure)
    const answer = { query: name, params, sequence, rows: rows.get(name) }
    const body = Buffer.from(JSON.stringify(answer))
    return Exit.succeed({ body, etag: '""', sequence: Sequence.make(sequence), computedAt: 0, begunAt: 0, millis: 1 })
  }
  const tell = (name: string) => {
    for (const [key, question] of questions) {
      if (question.name !== name) continue
      for (const listener of listeners.get(key) ?? []) listener(newsOf(question))
    }
  }

  const layer = Layer.mock(AnalyticsCache, {
    hit: () => undefined,
    stats: () => ({ queries: new Map(), entries: 0, bytes: 0 }),
    get: (question) => Effect.suspend(() => newsOf(question)),
    watch: (question, listener) =>
      Effect.acquireRelease(
        Effect.sync(() => {
          opened.push(question.key)
          questions.set(question.key, question)
          const those = listeners.get(question.key) ?? new Set()
          listeners.set(question.key, those.add(listener))
          listener(newsOf(question))
        }),
        () => Effect.sync(() => void listeners.get(question.key)?.delete(listener))
      )
  })
  return {
    layer,
    opened,
    watched: () => [...listeners.values()].reduce((sum, those) => sum + those.size, 0),
    /** Sets a query's rows and notifies its watches. */
    set: (name: string, changed: ReadonlyArray<unknown>) => {
      sequence++
      failures.delete(name)
      rows.set(name, changed)
      tell(name)
    },
    fail: (name: string, failure: AnalyticsError) => {
      failures.set(name, failure)
      tell(name)
    },
    failAll: (failure: AnalyticsError) => {
      for (const name of rows.keys()) failures.set(name, failure)
    }
  }
}
