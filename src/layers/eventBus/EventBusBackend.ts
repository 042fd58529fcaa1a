// Selects the bus of EVENT_BUS. Remote transports are loaded on demand.
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { ClusterMembership } from "../node/ClusterMembership.ts"
import { Settings } from "../node/Settings.ts"
import { EventBus, type EventBusService } from "./EventBus.ts"
import * as LocalBus from "./LocalBus.ts"

/** `capacity`: messages buffered per subscriber, at least 2. */
export const layerMemory = (capacity: number) => Layer.scoped(EventBus, LocalBus.make(capacity))

export const layer = Layer.scoped(
  EventBus,
  Effect.gen(function* () {
    const { eventBus, eventBusCapacity } = yield* Settings
    const nodes = yield* ClusterMembership
    const [first, second] = eventBus
    const bus: EventBusService =
      first === "memory" && second === undefined
        ? yield* LocalBus.make(eventBusCapacity)
        : yield* Effect.flatMap(
            Effect.promise(() => import("./selectTransport.ts")),
            ({ selectTransport }) => selectTransport(first, second)
          )
    yield* nodes.describe(
      Effect.map(bus.compared, (compared) => ({
        bus: second === undefined ? first : `dual:${first},${second}`,
        phase: second === undefined ? null : nodes.phase(),
        silent: bus.silent() ?? null,
        compared: compared ?? null
      }))
    )
    return bus
  })
)
