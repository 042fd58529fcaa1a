// The bus that EVENT_BUS names; for two of them the switch from one to the other.
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import { Nodes } from "../Nodes.ts"
import { Postgres } from "../postgres/Postgres.ts"
import { type BusName, Settings } from "../Settings.ts"
import { Sql } from "../Sql.ts"
import { ThisNode } from "../ThisNode.ts"
import * as DualBus from "./DualBus.ts"
import * as LocalBus from "./LocalBus.ts"
import * as RemoteBus from "./RemoteBus.ts"

/** Each is loaded only when it is asked for. */
const transportOf = (name: Exclude<BusName, "memory">) => {
  switch (name) {
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

const one = Effect.fnUntraced(function* (name: BusName) {
  const { eventBusCapacity } = yield* Settings
  if (name === "memory") return yield* LocalBus.make(eventBusCapacity)
  const postgres = yield* Postgres
  const { instanceId } = yield* ThisNode
  const log = Option.isSome(postgres) ? postgres.value.logId : (yield* Sql).logId
  return RemoteBus.make(yield* transportOf(name), { log, from: instanceId }, eventBusCapacity)
})

export const select = Effect.fnUntraced(function* (first: BusName, second: BusName | undefined) {
  if (second === undefined) return yield* one(first)
  const { eventBusCapacity } = yield* Settings
  const { phase } = yield* Nodes
  return DualBus.make(yield* one(first), yield* one(second), phase, eventBusCapacity)
})
