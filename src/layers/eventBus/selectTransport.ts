// The transport of EVENT_BUS, or two and the switch between them.
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import { ClusterMembership } from "../node/ClusterMembership.ts"
import { NodeIdentity } from "../node/NodeIdentity.ts"
import { type BusName, Settings } from "../node/Settings.ts"
import { Postgres } from "../postgres/Postgres.ts"
import { Sql } from "../sqlite/Sql.ts"
import * as DualTransport from "./DualTransport.ts"
import * as RemoteBus from "./RemoteBus.ts"

/** Loaded on demand. */
const transportOf = (name: BusName) => {
  switch (name) {
    case "memory":
      return Effect.succeed(DualTransport.memoryTransport)
    case "postgres":
      return Effect.flatMap(
        Effect.promise(() => import("./PostgresTransport.ts")),
        ({ make }) => make
      )
    case "nats":
      return Effect.flatMap(
        Effect.promise(() => import("./NatsTransport.ts")),
        ({ make }) => make
      )
    case "zenoh":
      return Effect.flatMap(
        Effect.promise(() => import("./ZenohTransport.ts")),
        ({ make }) => make
      )
  }
}

export const selectTransport = Effect.fnUntraced(function* (first: BusName, second: BusName | undefined) {
  const { eventBusCapacity } = yield* Settings
  const { phase } = yield* ClusterMembership
  const postgres = yield* Postgres
  const log = Option.isSome(postgres) ? postgres.value.logId : (yield* Sql).logId
  const origin = { log, from: (yield* NodeIdentity).instanceId }
  if (second === undefined) return RemoteBus.make(yield* transportOf(first), origin, eventBusCapacity)
  const dual = yield* DualTransport.make(yield* transportOf(first), yield* transportOf(second), phase, origin)
  return { ...RemoteBus.make(dual.transport, origin, eventBusCapacity), compared: dual.compared }
})
