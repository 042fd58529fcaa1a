// The bare client of a bus, as a baseline for messages between two processes.
import { connect } from "@nats-io/transport-node"
import pg from "pg"
import { answer, BusHeard, BusListen, BusPublish } from "../support/calls.ts"
import { clock } from "../support/clock.ts"
import { sleep } from "../support/rounds.ts"
import { zenohSession } from "../support/zenoh.ts"

/** About the size of an event on the bus. */
const padding = "x".repeat(500)
const heard: Array<number> = []
const hear = (message: string) => {
  heard.push(clock() - Number.parseFloat(message))
}

interface Bus {
  readonly listen: () => Promise<unknown>
  readonly publish: (message: string) => Promise<unknown> | unknown
}

const open: Record<string, (url: string) => Promise<Bus>> = {
  nats: async (url) => {
    const connection = await connect({ servers: url })
    return {
      listen: async () => {
        connection.subscribe("bench", { callback: (_, message) => hear(message.string()) })
        await connection.flush()
      },
      publish: (message) => connection.publish("bench", message)
    }
  },
  postgres: async (url) => {
    const client = new pg.Client({ connectionString: url })
    await client.connect()
    client.on("notification", ({ payload = "" }) => hear(payload))
    return {
      listen: () => client.query("LISTEN bench"),
      publish: (message) => client.query({ name: "notify", text: "SELECT pg_notify('bench', $1)", values: [message] })
    }
  },
  zenoh: async (url) => {
    const session = await zenohSession(url)
    return { listen: () => session.subscribe("bench", hear), publish: (message) => session.put("bench", message) }
  }
}

const buses = new Map<string, Promise<Bus>>()
const busOf = async (name: string, url: string) => {
  const known = buses.get(name) ?? open[name]?.(url)
  if (known === undefined) throw new Error(`No such bus: ${name}`)
  buses.set(name, known)
  return await known
}

answer(BusListen, async ({ bus, url }) => {
  await (await busOf(bus, url)).listen()
  return {}
})
answer(BusPublish, async ({ bus, count, pause, url }) => {
  const { publish } = await busOf(bus, url)
  for (let sent = 0; sent < count; sent++) {
    await publish(`${clock()} ${padding}`)
    await sleep(pause)
  }
  return {}
})
answer(BusHeard, async () => ({ millis: heard.splice(0) }))
