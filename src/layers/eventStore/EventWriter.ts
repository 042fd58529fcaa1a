// Writes a batch inside one synchronous transaction with prepared statements; one result per
// request. The INSERT itself checks version and command: a SELECT first costs more (`npm run bench
// append`).
import { SqlError } from "@effect/sql/SqlError"
import type Database from "better-sqlite3"
import * as Duration from "effect/Duration"
import * as Exit from "effect/Exit"
import * as Schema from "effect/Schema"
import {
  type CommandResult,
  commandResultTtl,
  IdempotencyKeyReused,
  type RequestKey
} from "../../domain/Idempotency.ts"
import {
  ConcurrencyConflict,
  Sequence,
  type StoredEvent,
  type StoreUnavailable,
  Version
} from "../../domain/StoredEvent.ts"
import { errorCode } from "../sqlite/Sql.ts"
import { CommandResultRow, columns, commandResultColumns, toEvent, toRow } from "./EventRows.ts"
import type { Append, Appended, IdempotentResult } from "./EventStore.ts"
import { appendResult, payloadTexts, repeatedResult, stampEvents } from "./eventStamp.ts"

export type WriteRequest =
  | { readonly _tag: "Append"; readonly append: Append; readonly texts: ReadonlyArray<string> }
  | { readonly _tag: "Remember"; readonly answer: IdempotentResult & Pick<CommandResult, "sequence" | "version"> }

export const toWriteRequest = (append: Append): WriteRequest => ({
  _tag: "Append",
  append,
  texts: payloadTexts(append)
})

export type WriteResult = Exit.Exit<Appended, ConcurrencyConflict | IdempotencyKeyReused>

export interface WriteOutcome {
  /** One per request, in order. */
  readonly results: ReadonlyArray<WriteResult>
  /** New events; a repeated request has a result and no events. */
  readonly stored: ReadonlyArray<StoredEvent>
  /** Number of new command results. */
  readonly answers: number
}

/** True when the request's own data made the transaction fail. */
export const isSqliteRequestError = ({ cause }: StoreUnavailable): boolean => {
  const code = cause instanceof SqlError ? errorCode(cause) : undefined
  return code === undefined || /^SQLITE_(CONSTRAINT|TOOBIG|MISMATCH)/.test(code)
}

const decodePosition = Schema.decodeUnknownSync(Sequence)
const decodeVersion = Schema.decodeUnknownSync(Version)
const decodeAnswer = Schema.decodeUnknownSync(CommandResultRow)

const placeholders = Array.from({ length: columns.split(",").length + 1 }, () => "?").join(", ")
const into = `INSERT INTO events (${columns}, command_id)`

export const make = (database: Database.Database, eventId: (now: number) => string, nodeId: string) => {
  const head = database.prepare("SELECT COALESCE(MAX(sequence), 0) FROM events").pluck()
  const version = database
    .prepare("SELECT COALESCE(MAX(version), 0) FROM events WHERE aggregate_type = ? AND aggregate_id = ?")
    .pluck()
  const ofCommand = database
    .prepare(
      `SELECT ${columns} FROM events WHERE command_id = ? AND aggregate_type = ? AND aggregate_id = ? ORDER BY sequence`
    )
    .raw()
  const insertFirst = database.prepare(
    `${into} SELECT ${placeholders}
      WHERE (SELECT COALESCE(MAX(version), 0) FROM events WHERE aggregate_type = ? AND aggregate_id = ?) = ?
        AND NOT EXISTS (SELECT 1 FROM events WHERE command_id = ? AND aggregate_type = ? AND aggregate_id = ?)`
  )
  const insert = database.prepare(`${into} VALUES (${placeholders})`)
  const findAnswer = database.prepare(
    `SELECT ${commandResultColumns} FROM answers WHERE scope = ? AND key = ? AND answered_at > ?`
  )
  const insertAnswer = database.prepare(
    "INSERT OR REPLACE INTO answers (scope, key, fingerprint, sequence, version, detail, answered_at) VALUES (?, ?, ?, ?, ?, ?, ?)"
  )

  /** The stored result of the same request, if any. */
  const earlier = ({ fingerprint, key, scope }: RequestKey, now: number): WriteResult | undefined => {
    const row = findAnswer.get(scope, key, now - Duration.toMillis(commandResultTtl))
    if (row === undefined) return undefined
    const { fingerprint: first, ...answer } = decodeAnswer(row)
    if (first !== fingerprint) return Exit.fail(new IdempotencyKeyReused())
    return Exit.succeed(repeatedResult(answer))
  }

  let answers = 0
  const storeResult = ({ detail, request }: IdempotentResult, sequence: number, version: number, now: number) => {
    answers++
    insertAnswer.run(request.scope, request.key, request.fingerprint, sequence, version, JSON.stringify(detail), now)
  }

  const remember = (answer: Extract<WriteRequest, { _tag: "Remember" }>["answer"], now: number): WriteResult => {
    const first = earlier(answer.request, now)
    if (first !== undefined) return first
    const { detail, sequence, version } = answer
    storeResult(answer, sequence, version, now)
    return Exit.succeed({ events: [], sequence, version, detail })
  }

  /** Why the first INSERT wrote nothing: a repeated command or a conflict. */
  const refused = (append: Append): WriteResult => {
    const { aggregate, commandId, expectedVersion } = append
    const before = ofCommand.all(commandId, aggregate.type, aggregate.id).map(toEvent)
    if (before.length > 0) return Exit.succeed(appendResult(before, append))
    const actualVersion = decodeVersion(version.get(aggregate.type, aggregate.id))
    return Exit.fail(new ConcurrencyConflict({ aggregate, expectedVersion, actualVersion }))
  }

  /** Inserts the events; false for a repeated command or a conflict. */
  const insertAll = (
    { aggregate, commandId, expectedVersion }: Append,
    events: ReadonlyArray<StoredEvent>
  ): boolean => {
    const { id, type } = aggregate
    for (const event of events) {
      const row = toRow(event, commandId)
      if (event !== events[0]) insert.run(row)
      else if (insertFirst.run(row, type, id, expectedVersion, commandId, type, id).changes === 0) return false
    }
    return true
  }

  return {
    /**
     * Call inside a transaction. Milliseconds since 1970: `wall` for the events, `now` (monotonic)
     * for result expiry.
     */
    write: (requests: ReadonlyArray<WriteRequest>, wall: number, now: number): WriteOutcome => {
      const stored: Array<StoredEvent> = []
      answers = 0
      const time = { now: wall, occurredAt: new Date(wall).toISOString(), eventId, nodeId }
      let position: number = decodePosition(head.get())
      const append = (append: Append, texts: ReadonlyArray<string>): WriteResult => {
        const { idempotency } = append
        const first = idempotency === undefined ? undefined : earlier(idempotency.request, now)
        if (first !== undefined) return first
        const events = stampEvents(append, texts, position, time)
        if (!insertAll(append, events)) return refused(append)
        position += events.length
        stored.push(...events)
        const result = appendResult(events, append)
        if (idempotency !== undefined) storeResult(idempotency, result.sequence, result.version, now)
        return Exit.succeed(result)
      }
      const results = requests.map((request) =>
        request._tag === "Remember" ? remember(request.answer, now) : append(request.append, request.texts)
      )
      return { results, stored, answers }
    }
  }
}
