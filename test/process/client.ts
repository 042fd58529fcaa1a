// A keep-alive client for high request rates, and the responses of the JSON API and /metrics.
import { createHash } from "node:crypto"
import { Agent, type IncomingMessage, request } from "node:http"
import * as Schema from "effect/Schema"
import { expect } from "vitest"

export interface ClientResponse {
  readonly status: number
  readonly headers: IncomingMessage["headers"]
  readonly text: string
}

/** A client with bounded connections. Fails when a connection does, also within a response. */
export const keepAlive = (url: string, connections: number) => {
  const agent = new Agent({ keepAlive: true, maxSockets: connections })
  const send = (method: string, path: string, body = "", headers: Record<string, string> = {}) =>
    new Promise<ClientResponse>((resolve, reject) => {
      const sent = request(new URL(path, url), {
        agent,
        method,
        headers: {
          ...(body === "" ? {} : { "content-type": "application/json" }),
          "content-length": Buffer.byteLength(body),
          ...headers
        }
      })
      sent.on("error", reject)
      sent.on("response", (response) => {
        const parts: Array<Buffer> = []
        response.on("data", (part: Buffer) => parts.push(part))
        response.on("error", reject)
        response.on("end", () =>
          resolve({
            status: response.statusCode ?? 0,
            headers: response.headers,
            text: Buffer.concat(parts).toString()
          })
        )
      })
      sent.end(body)
    })
  return {
    send,
    /** Sends a command of the JSON API. */
    post: (path: string, body: unknown = {}, headers: Record<string, string> = {}) =>
      send("POST", path, JSON.stringify(body), headers),
    close: () => agent.destroy()
  }
}

/** An `Idempotency-Key` that is accepted without a session: 256 bits for each name. */
export const withIdempotencyKey = (name: string) => ({
  "idempotency-key": createHash("sha256").update(name).digest("hex")
})
export type Client = ReturnType<typeof keepAlive>

const decoder = <A, I>(schema: Schema.Schema<A, I>) => Schema.decodeUnknownSync(Schema.parseJson(schema))
const position = { sequence: Schema.Int, version: Schema.Int }
export const decodeNewList = decoder(Schema.Struct({ ...position, listId: Schema.String }))
export const decodeNewTodo = decoder(Schema.Struct({ ...position, todoId: Schema.String }))
export const decodeChange = decoder(Schema.Struct(position))
export const decodeProblem = decoder(Schema.Struct({ code: Schema.String }))
export const decodeList = decoder(
  Schema.Struct({
    ...position,
    todos: Schema.Array(Schema.Struct({ todoId: Schema.String, text: Schema.String, completed: Schema.Boolean }))
  })
)
/** The fields of a line of `/events` that these tests use. */
export const decodeEvent = decoder(
  Schema.Struct({
    ...position,
    eventId: Schema.String,
    aggregateId: Schema.String,
    eventType: Schema.String,
    payload: Schema.Struct({ todoId: Schema.optional(Schema.String), text: Schema.optional(Schema.String) }),
    occurredAt: Schema.String
  })
)
export type LoggedEvent = ReturnType<typeof decodeEvent>

export const newList = async (client: Client) => {
  const { status, text } = await client.post("/api/lists")
  expect(status).toBe(201)
  return decodeNewList(text).listId
}

/** Creates a list with `count` todos; toggling it appends as many events in one transaction. */
export const longList = async (client: Client, todos: number, text: string) => {
  const listId = await newList(client)
  for (let i = 0; i < todos; i++) {
    const { status } = await client.post(`/api/lists/${listId}/todos`, { text: `${i} ${text}` })
    expect(status).toBe(201)
  }
  return listId
}

export const toggleAll = async (client: Client, listId: string, completed: boolean) => {
  const { status, text } = await client.post(`/api/lists/${listId}/toggle-all`, { completed })
  expect(status).toBe(200)
  return decodeChange(text)
}

/** The sum of a metric over its labels; NaN if absent. */
export const metric = async (url: string, name: string): Promise<number> => {
  // Closes its connection with the response, so as not to count among the server's descriptors.
  const client = keepAlive(url, 1)
  const { text } = await client.send("GET", "/metrics")
  client.close()
  const samples = [...text.matchAll(new RegExp(`^${name}(?:\\{[^}]*\\})? (\\S+)$`, "gm"))]
  return samples.length === 0 ? Number.NaN : samples.reduce((sum, [, value]) => sum + Number(value), 0)
}
