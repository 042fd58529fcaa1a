// Closed loop of appends to one node's event store; each caller has an aggregate of its own.
import * as Arr from "effect/Array"
import * as Effect from "effect/Effect"
import { CommandId, Version } from "../../src/domain/StoredEvent.ts"
import { todoList } from "../../src/features/todo/TodoList.ts"
import { EventStore } from "../../src/layers/eventStore/EventStore.ts"
import { Append, answer } from "../support/calls.ts"
import { clock } from "../support/clock.ts"
import { postgresLog } from "../support/layers.ts"
import { todoAdded, todoId } from "../support/log.ts"
import { temporary } from "../support/processes.ts"

const aggregateType = todoList.type

const event = todoAdded(todoId, "Buy oat milk and bread")

answer(Append, async ({ callers, seconds, url }) => {
  const log = postgresLog(url, temporary())
  const store = await log.runPromise(EventStore)
  const started = clock()
  const deadline = started + seconds * 1000
  let events = 0
  const caller = Effect.gen(function* () {
    const id = crypto.randomUUID()
    for (let version = 0; clock() < deadline; version++) {
      yield* store.append({
        aggregate: { type: aggregateType, id },
        expectedVersion: Version.make(version),
        events: Arr.of(event),
        commandId: CommandId.make(crypto.randomUUID())
      })
      events++
    }
  })
  await log.runPromise(Effect.all(Arr.replicate(caller, callers), { concurrency: "unbounded", discard: true }))
  await log.dispose()
  return { events, seconds: (clock() - started) / 1000 }
})
