// The buses between nodes, each with its real server: what the nodes are told of it, and its end and beginning.
import { mayBeLeftOut as hasNoNats, startNats } from "../servers/nats.ts"
import { mayBeLeftOut as hasNoPostgres, type Postgres } from "../servers/postgres.ts"
import type { Machine } from "../servers/server.ts"
import { clientDirectory, clientMayBeLeftOut as hasNoZenoh, startZenohBridge } from "../servers/zenoh.ts"

export const buses = ["postgres", "nats", "zenoh"] as const
export type BusName = (typeof buses)[number]

const isMissing = { postgres: hasNoPostgres, nats: hasNoPostgres || hasNoNats, zenoh: hasNoPostgres || hasNoZenoh }
export const mayBeLeftOut = (...names: ReadonlyArray<BusName>) => names.some((name) => isMissing[name])

export interface Bus {
  readonly name: BusName
  readonly env: Record<string, string>
  /** What /health calls it where nothing comes by it. */
  readonly reason: RegExp
  /** As a crash. */
  readonly kill: () => Promise<void>
  readonly start: () => Promise<void>
  readonly stop: () => Promise<void>
}

/** A database's own server is stopped by whoever has started it. */
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

/** Where nodes start: Zenoh's client is no dependency, and lies elsewhere. */
export const placeFor = (names: ReadonlyArray<BusName>) => (names.includes("zenoh") ? { cwd: clientDirectory } : {})
