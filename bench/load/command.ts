// Closed loop of commands: each connection adds todos to a list of its own.
import * as Schema from "effect/Schema"
import { AddTodos, answer } from "../support/calls.ts"
import { clock } from "../support/clock.ts"
import { ask, type Connection, openConnection, request } from "../support/raw.ts"
import { Histogram } from "../support/stats.ts"

/** A list's limit is 1,000. */
const todosPerList = 990

const body = JSON.stringify({ text: "Buy oat milk and some bread" })
const decodeList = Schema.decodeUnknownSync(Schema.parseJson(Schema.Struct({ listId: Schema.String })))

const newList = async (connection: Connection) => {
  const { listId } = decodeList(await ask(connection, request("POST", "/api/lists", "{}")))
  return request("POST", `/api/lists/${listId}/todos`, body)
}

answer(AddTodos, async ({ connections: count, port, seconds }) => {
  const latencies = new Histogram()
  const connections = Array.from({ length: count }, () => openConnection(port))
  const ready = await Promise.all(
    connections.map(async (connection) => ({ connection, add: await newList(connection) }))
  )
  const started = clock()
  const deadline = started + seconds * 1000
  let requests = 0

  const run = ({ add: first, connection }: { readonly add: Buffer; readonly connection: Connection }) =>
    new Promise<void>((resolve, reject) => {
      let add = first
      let left = todosPerList
      let sentAt = clock()
      const next = () => {
        sentAt = clock()
        connection.send(add, onAnswer)
      }
      const onAnswer = (status: number, answered: string) => {
        if (status !== 201) return reject(new Error(`${status} ${answered}`))
        const now = clock()
        if (now > deadline) return resolve()
        requests++
        latencies.add(now - sentAt)
        if (--left > 0) return next()
        left = todosPerList
        newList(connection).then((fresh) => {
          add = fresh
          next()
        }, reject)
      }
      next()
    })
  await Promise.all(ready.map(run))
  for (const connection of connections) connection.close()
  return { requests, seconds, p50: latencies.quantile(0.5), p99: latencies.quantile(0.99) }
})
