// Writes a batch of requests inside one transaction, synchronously, with prepared statements; each gets its own result.
// The INSERT itself checks version and command: a SELECT before each would cost more (`npm run bench append`).
import { SqlError } from "@effect/sql/SqlError"
import type Database from "better-sqlite3"
import * as Duration from "effect/Duration"
import * as Exit from "effect/Exit"
import * as Schema from "effect/Schema"
import { answersKept, type CommandResult, IdempotencyKeyReused, type RequestKey } from "../../domain/Idempotency.ts"
import {
  ConcurrencyConflict,
  Sequence,
  type StoredEvent,
  type StoreUnavailable,
  Version
} from "../../domain/StoredEvent.ts"
import { errorCode } from "../sqlite/Sql.ts"
import { AnswerRow, answerColumns, columns, toEvent, toRow } from "./EventRows.ts"
import type { AnswerTo, Append, Appended } from "./EventStore.ts"
import { appended, payloadTexts, repeated, stamp } from "./eventStamp.ts"

export type Request =
  | { readonly _tag: "Append"; readonly append: Append; readonly texts: ReadonlyArray<string> }
  | { readonly _tag: "Remember"; readonly answer: AnswerTo & Pick<CommandResult, "sequence" | "version"> }

export const appendRequest = (append: Append): Request => ({ _tag: "Append", append, texts: payloadTexts(append) })

export type Result = Exit.Exit<Appended, ConcurrencyConflict | IdempotencyKeyReused>

export interface Written {
  /** Of each request, in their order. */
  readonly results: ReadonlyArray<Result>
  /** The events that are new: a repeated request has a result and no event. */
  readonly stored: ReadonlyArray<StoredEvent>
  /** How many answers are new. */
  readonly answers: number
}

/** A request that made the transaction fail by what it says, and not because the database can't write now. */
export const isOfOneRequest = ({ cause }: StoreUnavailable): boolean => {
  const code = cause instanceof SqlError ? errorCode(cause) : undefined
  return code === undefined || /^SQLITE_(CONSTRAINT|TOOBIG|MISMATCH)/.test(code)
}

const decodePosition = Schema.decodeUnknownSync(Sequence)
const decodeVersion = Schema.decodeUnknownSync(Version)
const decodeAnswer = Schema.decodeUnknownSync(AnswerRow)

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
    `SELECT ${answerColumns} FROM answers WHERE scope = ? AND key = ? AND answered_at > ?`
  )
  const insertAnswer = database.prepare(
    "INSERT OR REPLACE INTO answers (scope, key, fingerprint, sequence, version, detail, answered_at) VALUES (?, ?, ?, ?, ?, ?, ?)"
  )

  /** The result of the same request when it came first, if it did. */
  const earlier = ({ fingerprint, key, scope }: RequestKey, now: number): Result | undefined => {
    const row = findAnswer.get(scope, key, now - Duration.toMillis(answersKept))
    if (row === undefined) return undefined
    const { fingerprint: first, ...answer } = decodeAnswer(row)
    if (first !== fingerprint) return Exit.fail(new IdempotencyKeyReused())
    return Exit.succeed(repeated(answer))
  }

  let answers = 0
  const keep = ({ detail, request }: AnswerTo, sequence: number, version: number, now: number) => {
    answers++
    insertAnswer.run(request.scope, request.key, request.fingerprint, sequence, version, JSON.stringify(detail), now)
  }

  const remember = (answer: Extract<Request, { _tag: "Remember" }>["answer"], now: number): Result => {
    const first = earlier(answer.request, now)
    if (first !== undefined) return first
    const { detail, sequence, version } = answer
    keep(answer, sequence, version, now)
    return Exit.succeed({ events: [], sequence, version, detail })
  }

  /** Why the first INSERT wrote nothing: the command came before, or the version is another. */
  const refused = (append: Append): Result => {
    const { aggregate, commandId, expectedVersion } = append
    const before = ofCommand.all(commandId, aggregate.type, aggregate.id).map(toEvent)
    if (before.length > 0) return Exit.succeed(appended(before, append))
    const actualVersion = decodeVersion(version.get(aggregate.type, aggregate.id))
    return Exit.fail(new ConcurrencyConflict({ aggregate, expectedVersion, actualVersion }))
  }

  /** Whether the append's events were written; if not, its version or its command is another's. */
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
     * To be called inside a transaction. In milliseconds since 1970 the time on the wall, for the events, and for the age of answers
     * the one that nobody sets.
     */
    write: (requests: ReadonlyArray<Request>, wall: number, now: number): Written => {
      const stored: Array<StoredEvent> = []
      answers = 0
      const time = { now: wall, occurredAt: new Date(wall).toISOString(), eventId, nodeId }
      let position: number = decodePosition(head.get())
      const append = (append: Append, texts: ReadonlyArray<string>): Result => {
        const { answer } = append
        const first = answer === undefined ? undefined : earlier(answer.request, now)
        if (first !== undefined) return first
        const events = stamp(append, texts, position, time)
        if (!insertAll(append, events)) return refused(append)
        position += events.length
        stored.push(...events)
        const result = appended(events, append)
        if (answer !== undefined) keep(answer, result.sequence, result.version, now)
        return Exit.succeed(result)
      }
      const results = requests.map((request) =>
        request._tag === "Remember" ? remember(request.answer, now) : append(request.append, request.texts)
      )
      return { results, stored, answers }
    }
  }
}
