// Events from before text validation or without valid JSON for DuckDB affect only themselves.
import { describe, expect, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Logger from "effect/Logger"
import { CommandId, Version } from "../../../src/domain/StoredEvent.ts"
import { completionFunnel, timeToComplete } from "../../../src/features/todo/analytics/queries.ts"
import { Analytics } from "../../../src/layers/analytics/Analytics.ts"
import * as AnalyticsBackend from "../../../src/layers/analytics/AnalyticsBackend.ts"
import { EventStore } from "../../../src/layers/eventStore/EventStore.ts"
import { Sql } from "../../../src/layers/sqlite/Sql.ts"
import { DecodeFailures } from "../../../src/layers/subscriptions/DecodeFailures.ts"
import { Subscriptions } from "../../../src/layers/subscriptions/Subscriptions.ts"
import { yieldToEventLoop } from "../../../src/lib/eventLoop.ts"
import { unvalidatedSqlite } from "../../support.ts"

const todo = (n: number) => `00000000-0000-7000-8000-00000000000${n}`
const listId = "AAAAAAAAAAAAAAAAAAAAAA"

const events = [
  { eventType: "TodoAdded", schemaVersion: 1, payload: { todoId: todo(1), text: "half \ud800, \udfff\ud800" } },
  { eventType: "TodoAdded", schemaVersion: 1, payload: { todoId: todo(2), text: "a NUL \0" } },
  { eventType: "TodoCompleted", schemaVersion: 2, payload: { todoIds: [todo(1), todo(2)], "\udc00": "\ud800\\ud800" } },
  { eventType: "TodoAdded", schemaVersion: 1, payload: { todoId: todo(3), text: "whole" } }
] as const

/** Texts that `append` refuses, but another program or a manual change may have written. */
const noJson = ["nope", "", '{"todoId":', '{"a":"\u0001"}', "\ud800"]

const analytics = Layer.provideMerge(
  AnalyticsBackend.layer,
  Layer.mergeAll(Subscriptions.layer, DecodeFailures.layer).pipe(Layer.provideMerge(unvalidatedSqlite()))
).pipe(Layer.provide(Logger.remove(Logger.defaultLogger)))

const caughtUp = Effect.gen(function* () {
  const [{ status }, store] = [yield* Analytics, yield* EventStore]
  const head = yield* store.head
  yield* Effect.repeat(yieldToEventLoop, {
    until: () => status().unavailable === undefined && status().sequence >= head
  })
})

const funnel = Effect.flatMap(Analytics, ({ compute }) =>
  Effect.map(compute(completionFunnel.ask({})), ({ rows }) => rows)
)

const write = Effect.flatMap(EventStore, (store) =>
  store.append({
    aggregate: { type: "TodoList", id: listId },
    expectedVersion: Version.make(0),
    events,
    commandId: CommandId.make("before")
  })
)

const writeNoJson = Effect.flatMap(Sql, ({ database, transact }) =>
  transact(() => {
    database.pragma("ignore_check_constraints = ON")
    const insert = database.prepare(
      `INSERT INTO events (sequence, event_id, aggregate_type, aggregate_id, version, event_type, schema_version, payload,
        metadata, occurred_at, command_id) VALUES (?, ?, 'TodoList', ?, ?, 'TodoAdded', 1, ?, '{}', '2026-01-01T00:00:00.000Z', ?)`
    )
    for (const [index, payload] of noJson.entries()) {
      const sequence = events.length + 1 + index
      const id = `01900000-0000-7000-8000-${String(sequence).padStart(12, "0")}`
      insert.run(sequence, id, listId, sequence, payload, `by-hand-${index}`)
    }
  })
)

const stages = (added: number, completed: number) => [
  { stage: "added", count: added },
  { stage: "completed", count: completed },
  { stage: "completed_within_a_day", count: completed },
  { stage: "completed_within_an_hour", count: completed }
]

describe("log from before text validation", () => {
  it.live("is queried, verified and rebuilt without losing an event", () =>
    Effect.gen(function* () {
      yield* write
      yield* caughtUp
      const service = yield* Analytics
      expect(yield* funnel).toEqual(stages(3, 2))
      expect((yield* service.compute(timeToComplete.ask({}))).rows).toMatchObject([{ count: 2 }])
      expect(yield* service.verify).toEqual([])
      const before = service.status().epoch
      yield* service.rebuild
      yield* Effect.repeat(yieldToEventLoop, { until: () => service.status().epoch > before })
      yield* caughtUp
      expect(yield* funnel).toEqual(stages(3, 2))
      expect(yield* (yield* DecodeFailures).total).toBe(0)
    }).pipe(Effect.provide(analytics), Effect.scoped)
  )

  it.live("skips, counts and reports only events that DuckDB cannot read", () =>
    Effect.gen(function* () {
      yield* write
      yield* writeNoJson
      yield* caughtUp
      const service = yield* Analytics
      const failures = yield* DecodeFailures
      expect(yield* funnel).toEqual(stages(3, 2))
      expect((yield* service.compute(timeToComplete.ask({}))).rows).toMatchObject([{ count: 2 }])
      expect(yield* service.verify).toEqual([])
      expect(yield* failures.total).toBe(noJson.length)
      expect((yield* failures.recent).map(({ consumer, sequence }) => [consumer, sequence])).toEqual(
        noJson.map((_, index) => ["analytics", events.length + noJson.length - index])
      )
    }).pipe(Effect.provide(analytics), Effect.scoped)
  )
})
