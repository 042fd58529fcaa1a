// The event buses between nodes, each with a real server: node settings, stop and start.
import { isSkipped as hasNoNats, startNats } from "../servers/nats.ts"
import { isSkipped as hasNoPostgres, type Postgres } from "../servers/postgres.ts"
import type { Machine } from "../servers/server.ts"
import { clientDirectory, isClientSkipped as hasNoZenoh, startZenohBridge } from "../servers/zenoh.ts"

export const buses = ["postgres", "nats", "zenoh"] as const
export type BusName = (typeof buses)[number]

const isMissing = { postgres: hasNoPostgres, nats: hasNoPostgres || hasNoNats, zenoh: hasNoPostgres || hasNoZenoh }
export const isSkipped = (...names: ReadonlyArray<BusName>) => names.some((name) => isMissing[name])

export interface Bus {
  readonly name: BusName
  readonly env: Record<string, string>
  /** Matches its reason in /health while the bus is unavailable. */
  readonly reason: RegExp
  /** Kills the server, as a crash would. */
  readonly kill: () => Promise<void>
  readonly start: () => Promise<void>
  readonly stop: () => Promise<void>
}

/** A database's server is stopped by its owner. */
export const startBus = async (name: BusName, postgres: Postgres, machine: Machine): Promise<Bus> => {
  if (name === "postgres") {
    const kill = () => postgres.end("immediate")
    return { name, env: {}, reason: /PostgreSQL: /, kill, start: postgres.start, stop: async () => {} }
  }
  if (name === "nats") {
    const { kill, start, stop, url } = await startNats({ machine })
    return { name, env: { NATS_URL: url }, reason: /NATS: /, kill: () => kill(), start, stop }
  }
  const { kill, start, stop, url } = await startZenohBridge({ machine })
  return { name, env: { ZENOH_URL: url }, reason: /Zenoh: /, kill: () => kill(), start, stop }
}

/** Zenoh's client is not a dependency: its nodes run where it is installed. */
export const nodeOptionsFor = (names: ReadonlyArray<BusName>) =>
  names.includes("zenoh") ? { cwd: clientDirectory } : {}
