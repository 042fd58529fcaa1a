// A second writer on a log, as a separate process: composes the store's Layers on DATA_DIR, prints
// "ready", waits for a line on stdin, appends as fast as it can and prints its result as JSON.
// Arguments: `storm EVENTS PER_APPEND CONCURRENCY`, or `contend AGGREGATES WINS NAME`.
import { once } from "node:events"
import * as Arr from "effect/Array"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { AggregateKey, CommandId, type NewEvent, noVersion, type Version } from "../../src/domain/StoredEvent.ts"
import * as EventBusBackend from "../../src/layers/eventBus/EventBusBackend.ts"
import { EventStore } from "../../src/layers/eventStore/EventStore.ts"
import * as EventStoreBackend from "../../src/layers/eventStore/EventStoreBackend.ts"
import { Ids } from "../../src/layers/node/Ids.ts"
import { Settings } from "../../src/layers/node/Settings.ts"
import { Postgres } from "../../src/layers/postgres/Postgres.ts"
import { Sql } from "../../src/layers/sqlite/Sql.ts"

const event = (name: string, n: number): NewEvent => ({ eventType: "Happened", schemaVersion: 1, payload: { name, n } })

/** Every append creates an aggregate: no conflicts. */
const storm = Effect.fnUntraced(function* (events: number, perAppend: number, concurrency: number) {
  const store = yield* EventStore
  const sequences = yield* Effect.forEach(
    Arr.range(1, events / perAppend),
    (append) =>
      store
        .append({
          aggregate: AggregateKey.make({ type: "Storm", id: `storm-${append}` }),
          expectedVersion: noVersion,
          events: Arr.makeBy(perAppend, (n) => event("storm", n)),
          commandId: CommandId.make(`storm-${append}`)
        })
        .pipe(Effect.map(({ sequence }) => sequence)),
    { concurrency }
  )
  const { maxRSS } = process.resourceUsage()
  return { sequences, peak: maxRSS / 1024 }
})

/** All writers compete for a few aggregates and continue from the version in a conflict's error. */
const contend = Effect.fnUntraced(function* (aggregates: number, wins: number, name: string) {
  const store = yield* EventStore
  const versions = new Map<string, Version>()
  const won: Array<{ readonly aggregateId: string; readonly version: number; readonly sequence: number }> = []
  const others: Array<string> = []
  let tries = 0
  let conflicts = 0

  const attempt = Effect.gen(function* () {
    const aggregate = AggregateKey.make({ type: "Contended", id: `contended-${tries % aggregates}` })
    const expectedVersion = versions.get(aggregate.id) ?? noVersion
    const n = ++tries
    yield* store
      .append({
        aggregate,
        expectedVersion,
        events: Arr.of(event(name, n)),
        commandId: CommandId.make(`${name}-${n}`)
      })
      .pipe(
        Effect.match({
          onSuccess: ({ sequence, version }) => {
            won.push({ aggregateId: aggregate.id, version, sequence })
            versions.set(aggregate.id, version)
          },
          onFailure: (error) => {
            if (error._tag !== "ConcurrencyConflict") return others.push(`${error._tag}: ${error.message}`)
            conflicts++
            versions.set(aggregate.id, error.actualVersion)
          }
        })
      )
  })
  yield* Effect.forEach(
    Arr.range(1, 4),
    () =>
      Effect.whileLoop({ while: () => won.length < wins && others.length === 0, body: () => attempt, step: () => {} }),
    {
      concurrency: "unbounded",
      discard: true
    }
  )
  return { won, conflicts, others }
})

const [mode, first, second, third = ""] = process.argv.slice(2)
const work =
  mode === "storm" ? storm(Number(first), Number(second), Number(third)) : contend(Number(first), Number(second), third)

const program = Effect.gen(function* () {
  yield* EventStore
  yield* Effect.sync(() => process.stdout.write("ready\n"))
  yield* Effect.promise(() => once(process.stdin, "data"))
  const result = yield* work
  yield* Effect.async<void>((resume) => {
    process.stdout.write(`${JSON.stringify(result)}\n`, () => resume(Effect.void))
  })
}).pipe(
  Effect.provide(
    EventStoreBackend.layer.pipe(
      Layer.provide([Sql.layer, EventBusBackend.layerMemory(1024), Ids.layer]),
      Layer.provide(Postgres.layerNone),
      Layer.provide(Settings.layer)
    )
  )
)

await Effect.runPromise(program)
process.exit(0)
