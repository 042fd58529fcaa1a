// Reads of one list at a steady rate (open loop): with the cookies of sessions, or without.
import * as Schema from "effect/Schema"
import { answer, ReadList } from "../support/calls.ts"
import { clock, pace } from "../support/clock.ts"
import { ask, type Connection, openConnection, request } from "../support/raw.ts"
import { sleep } from "../support/rounds.ts"
import { sessionId } from "../support/sessions.ts"
import { Histogram } from "../support/stats.ts"

const connections = 64

const decodeList = Schema.decodeUnknownSync(Schema.parseJson(Schema.Struct({ listId: Schema.String })))

/** Kept open across rounds, like a browser's. */
const idle: Array<Connection> = []
let listId: string | undefined

const prepare = async (port: number) => {
  if (idle.length === 0) idle.push(...Array.from({ length: connections }, () => openConnection(port)))
  // Reopens connections closed by the keep-alive timeout before the clock starts.
  await Promise.all(idle.map((connection) => ask(connection, request("GET", "/health/live", ""))))
  const [connection] = idle
  if (listId !== undefined || connection === undefined) return
  const made = decodeList(await ask(connection, request("POST", "/api/lists", "{}")))
  const todo = JSON.stringify({ text: "Buy oat milk and bread" })
  await ask(connection, request("POST", `/api/lists/${made.listId}/todos`, todo))
  listId = made.listId
}

const read = (session: number | null) => {
  const cookie = session === null ? "" : `Cookie: session=${sessionId(session)}\r\n`
  return Buffer.from(
    `GET /api/lists/${listId} HTTP/1.1\r\nHost: 127.0.0.1\r\nAccept: application/json\r\n${cookie}\r\n`
  )
}

answer(ReadList, async ({ port, rate, seconds, sessions }) => {
  await prepare(port)
  // Requests are built before the clock starts, with and without sessions alike.
  const reads = Array.from({ length: rate * seconds }, (_, index) =>
    read(sessions === null ? null : sessions.first + (index % sessions.count))
  )
  const latencies = new Histogram()
  const queue: Array<() => void> = []
  let answered = 0
  let renewed = 0

  const send = (bytes: Buffer) => {
    const connection = idle.pop()
    if (connection === undefined) return queue.push(() => send(bytes))
    const sentAt = clock()
    connection.send(bytes, (status, body, head) => {
      if (status !== 200) throw new Error(`${status} ${body}`)
      latencies.add(clock() - sentAt)
      answered++
      if (/^set-cookie:/im.test(head)) renewed++
      idle.push(connection)
      queue.shift()?.()
    })
  }
  const started = clock()
  let sent = 0
  await pace({ rate, seconds }, (count) => {
    for (const bytes of reads.slice(sent, sent + count)) send(bytes)
    sent += count
  })
  while (answered < reads.length) await sleep(1)
  return {
    requests: reads.length,
    seconds: (clock() - started) / 1000,
    renewed,
    p50: latencies.quantile(0.5),
    p99: latencies.quantile(0.99)
  }
})
