// A process that subscribes, publishes, closes its bus and then exits by itself unless something
// keeps it alive. Arguments: the bus, and `away` where no server is running.
import { randomUUID } from "node:crypto"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { EventId, Sequence, StoredEvent, Version } from "../../../src/domain/StoredEvent.ts"
import * as RemoteBus from "../../../src/layers/eventBus/RemoteBus.ts"
import { Settings } from "../../../src/layers/node/Settings.ts"
import * as PostgresBackend from "../../../src/layers/postgres/PostgresBackend.ts"

const [bus = "", away] = process.argv.slice(2)

const transport = Effect.gen(function* () {
  switch (bus) {
    case "postgres":
      return yield* (yield* Effect.promise(() => import("../../../src/layers/eventBus/PostgresTransport.ts"))).make
    case "nats":
      return yield* (yield* Effect.promise(() => import("../../../src/layers/eventBus/NatsTransport.ts"))).make
    default:
      return yield* (yield* Effect.promise(() => import("../../../src/layers/eventBus/ZenohTransport.ts"))).make
  }
})
const event = new StoredEvent(
  Sequence.make(1),
  EventId.make(randomUUID()),
  "Thing",
  "a",
  Version.make(1),
  "Happened",
  1,
  "{}",
  "{}",
  "2026-01-01T00:00:00.000Z"
)

const program = Effect.gen(function* () {
  const node = RemoteBus.make(yield* transport, { log: "log", from: randomUUID() }, 16)
  const subscription = yield* node.subscribe
  yield* Effect.scoped(node.subscribe)
  if (away === undefined) yield* Effect.repeat(Effect.sleep("10 millis"), { until: () => node.silent() === undefined })
  yield* node.publish([event])
  yield* subscription.take
}).pipe(Effect.scoped, Effect.provide(Layer.provideMerge(PostgresBackend.layer, Settings.layer)))

await Effect.runPromise(program)
process.stdout.write("closed\n")
