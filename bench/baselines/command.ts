// Baseline: the command path with `node:http` and better-sqlite3 alone. Parses JSON, commits all
// waiting commands in one transaction (flushed in `setImmediate`, `synchronous=FULL`), sends a 201,
// and streams committed events at `/events`.
import { randomUUID } from "node:crypto"
import type { IncomingMessage, ServerResponse } from "node:http"
import * as Schema from "effect/Schema"
import { listen } from "../support/listen.ts"
import { createLog, listId, openLog, type Row, todoAdded } from "../support/log.ts"
import { comment, streamHeaders } from "../support/samples.ts"

const directory = process.env["DATA_DIR"] ?? "."
await createLog(directory)
const { database, head, insert, values } = openLog(directory)

const Command = Schema.Struct({ text: Schema.optional(Schema.String) })
const isCommand = Schema.is(Command)

interface Waiting {
  readonly aggregateId: string
  readonly text: string
  readonly response: ServerResponse
}

const versions = new Map<string, number>()
const streams = new Set<ServerResponse>()
let waiting: Array<Waiting> = []
let sequence = head
let lists = 0

const write = database.transaction((rows: ReadonlyArray<Row>) => {
  for (const row of rows) insert(values(row))
})

const send = (response: ServerResponse, status: number, body: unknown) => {
  const text = JSON.stringify(body)
  response.writeHead(status, { "content-type": "application/json", "content-length": Buffer.byteLength(text) })
  response.end(text)
}

const flush = () => {
  const commands = waiting
  waiting = []
  const written = commands.map(({ aggregateId, response, text }) => {
    const version = (versions.get(aggregateId) ?? 0) + 1
    versions.set(aggregateId, version)
    const todoId = randomUUID()
    const row = { sequence: ++sequence, aggregateId, version, event: todoAdded(todoId, text) }
    return { response, todoId, row }
  })
  write.immediate(written.map(({ row }) => row))
  for (const { response, row, todoId } of written) {
    send(response, 201, { todoId, sequence: row.sequence, version: row.version })
  }
  if (streams.size === 0) return
  const frames = written.map(
    ({ row }) => `event: ${row.event.eventType}\nid: ${row.sequence}\ndata: ${JSON.stringify(row)}\n\n`
  )
  const buffer = Buffer.from(frames.join(""))
  for (const stream of streams) stream.write(buffer)
}

const onBody = (request: IncomingMessage, onText: (text: string) => void) => {
  let text = ""
  request.on("data", (chunk) => {
    text += chunk
  })
  request.on("end", () => onText(text))
}

listen((request, response) => {
  const url = request.url ?? ""
  if (url.startsWith("/events")) {
    streams.add(response)
    response.on("close", () => streams.delete(response))
    response.writeHead(200, streamHeaders)
    response.write(comment)
    return
  }
  const aggregateId = /^\/api\/lists\/([^/]+)\//.exec(url)?.[1]
  onBody(request, (text) => {
    if (aggregateId === undefined) return send(response, 201, { listId: listId(++lists), sequence, version: 1 })
    const command: unknown = JSON.parse(text)
    if (!isCommand(command)) return send(response, 400, { code: "VALIDATION_FAILED" })
    if (waiting.length === 0) setImmediate(flush)
    waiting.push({ aggregateId, text: command.text ?? "", response })
  })
})
