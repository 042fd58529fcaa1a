// Reads of one list at a steady rate (open loop): as sessions that take turns, by their cookies, or as nobody.
import * as Schema from "effect/Schema"
import { answer, ReadList } from "../support/calls.ts"
import { clock, pace } from "../support/clock.ts"
import { ask, type Connection, openConnection, request } from "../support/raw.ts"
import { sleep } from "../support/rounds.ts"
import { sessionId } from "../support/sessions.ts"
import { Histogram } from "../support/stats.ts"

const connections = 64

const decodeList = Schema.decodeUnknownSync(Schema.parseJson(Schema.Struct({ listId: Schema.String })))

/** Kept open from round to round, as browsers keep theirs. */
const idle: Array<Connection> = []
let listId: string | undefined

const prepare = async (port: number) => {
  if (idle.length === 0) idle.push(...Array.from({ length: connections }, () => openConnection(port)))
  // Those that were closed for idleness are opened again before the clock starts.
  await Promise.all(idle.map((connection) => ask(connection, request("GET", "/health/live", ""))))
  const [connection] = idle
  if (listId !== undefined || connection === undefined) return
  const made = decodeList(await ask(connection, request("POST", "/api/lists", "{}")))
  const todo = JSON.stringify({ text: "Buy oat milk and bread" })
  await ask(connection, request("POST", `/api/lists/${made.listId}/todos`, todo))
  listId = made.listId
}

const read = (cookie: string) =>
  Buffer.from(`GET /api/lists/${listId} HTTP/1.1\r\nHost: 127.0.0.1\r\nAccept: application/json\r\n${cookie}\r\n`)

answer(ReadList, async ({ port, rate, seconds, sessions }) => {
  await prepare(port)
  const latencies = new Histogram()
  const queue: Array<() => void> = []
  let requests = 0
  let answered = 0
  let renewed = 0

  const send = () => {
    const connection = idle.pop()
    if (connection === undefined) return queue.push(send)
    const session =
      sessions === null ? "" : `Cookie: session=${sessionId(sessions.first + (requests % sessions.count))}\r\n`
    requests++
    const sentAt = clock()
    connection.send(read(session), (status, body, head) => {
      if (status !== 200) throw new Error(`${status} ${body}`)
      latencies.add(clock() - sentAt)
      answered++
      if (/^set-cookie:/im.test(head)) renewed++
      idle.push(connection)
      queue.shift()?.()
    })
  }
  const started = clock()
  await pace({ rate, seconds }, (count) => {
    for (let sent = 0; sent < count; sent++) send()
  })
  while (answered < rate * seconds) await sleep(1)
  const took = (clock() - started) / 1000
  return { requests, seconds: took, renewed, p50: latencies.quantile(0.5), p99: latencies.quantile(0.99) }
})
