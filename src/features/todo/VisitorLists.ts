// Projection for the start page: the lists that a visitor owns. Its rows can be rebuilt.
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type { ParseError } from "effect/ParseResult"
import * as Schema from "effect/Schema"
import type { Actor } from "../../domain/Account.ts"
import type { StoreUnavailable } from "../../domain/StoredEvent.ts"
import * as OwnedRows from "../../layers/projections/OwnedRows.ts"
import type { Projection } from "../../layers/projections/Projections.ts"
import { storeErrors } from "../../layers/sqlite/Sql.ts"
import { ListId, type TodoListEvent, todoList } from "./TodoList.ts"

/** A list as its owner finds it. */
export const VisitorList = Schema.Struct({
  listId: ListId,
  /** Its name, or else the text of the first todo ever added. */
  title: Schema.NullOr(Schema.String),
  /** Open and done. */
  todos: Schema.NonNegativeInt,
  open: Schema.NonNegativeInt,
  done: Schema.NonNegativeInt,
  pinned: Schema.transformLiterals([0, false], [1, true]),
  /** Of the last change, in milliseconds since 1970. Pinning is none. */
  changedAt: Schema.Int
})
export type VisitorList = typeof VisitorList.Type

interface Part {
  readonly offset: number
  readonly limit: number
}
const firstPart: Part = { offset: 0, limit: 200 }

const decodeCount = (rows: unknown) =>
  Effect.map(Schema.decodeUnknown(Schema.Tuple(Schema.Struct({ count: Schema.Int })))(rows), ([{ count }]) => count)
const decodeLists = Schema.decodeUnknown(Schema.Array(VisitorList))

/** Selects todos of a list among the rows, by the list's id and a JSON array of their ids. */
const completedOf = "id IN (SELECT ? || ' ' || value FROM json_each(?))"

/**
 * A row for each list, and one for each completed todo of it (`listId todoId`, without an owner):
 * they tell how many of the todos that an event deletes were done.
 */
export const visitorLists: Projection<TodoListEvent> = {
  // Not `visitor-lists`: its rows lack columns, and serve until a rebuild is complete.
  name: "owned-lists",
  version: 1,
  table: "owned_lists",
  codec: todoList.codec,
  aggregateType: todoList.type,
  eventTypes: [
    "ListCreated",
    "ListAccessChanged",
    "ListRenamed",
    "ListPinned",
    "ListDeleted",
    "ListRestored",
    "TodoAdded",
    "TodoRenamed",
    "TodoDueChanged",
    "TodoNotesChanged",
    "TodoMoved",
    "TodoCompleted",
    "TodoReopened",
    "TodoDeleted"
  ],
  // Skipping one event is better than a start page that no longer updates.
  undecodable: "skip",
  create: Effect.fnUntraced(function* (sql, table) {
    yield* sql`CREATE TABLE ${sql(table)} (
      id TEXT NOT NULL PRIMARY KEY,
      visitor_id TEXT NOT NULL,
      name TEXT,
      first_todo TEXT,
      open INTEGER NOT NULL DEFAULT 0,
      done INTEGER NOT NULL DEFAULT 0,
      pinned INTEGER NOT NULL DEFAULT 0,
      deleted_at INTEGER,
      changed INTEGER NOT NULL DEFAULT 0,
      changed_at INTEGER NOT NULL DEFAULT 0
    ) STRICT`
    yield* sql`CREATE INDEX ${sql(`${table}_by_visitor`)} ON ${sql(table)} (visitor_id, pinned, changed)
      WHERE visitor_id != ''`
  }),
  apply: (execute, table, event, { aggregateId, occurredAtText, sequence }) => {
    // A time that cannot be read, which `verify` reports, must not stop the projection.
    const at = Date.parse(occurredAtText) || 0
    /** Changes the list's row; a list without an owner has none. */
    const change = (set: string, ...values: ReadonlyArray<string | number>) =>
      execute(
        `UPDATE ${table} SET ${set}, changed = ?, changed_at = ? WHERE id = ?`,
        ...values,
        sequence,
        at,
        aggregateId
      )
    const forget = (todoIds: string) => execute(`DELETE FROM ${table} WHERE ${completedOf}`, aggregateId, todoIds)
    switch (event._tag) {
      case "ListCreated":
        return event.visitorId === null
          ? Effect.void
          : execute(
              `INSERT INTO ${table} (id, visitor_id, changed, changed_at) VALUES (?, ?, ?, ?)`,
              aggregateId,
              event.visitorId,
              sequence,
              at
            )
      case "ListRenamed":
        return change("name = ?", event.title)
      case "ListPinned":
        return execute(`UPDATE ${table} SET pinned = ? WHERE id = ?`, event.pinned ? 1 : 0, aggregateId)
      case "ListDeleted":
        return change("deleted_at = ?", event.deletedAt)
      case "ListRestored":
        return change("deleted_at = NULL")
      case "TodoAdded":
        return change("first_todo = COALESCE(first_todo, ?), open = open + 1", event.text)
      case "TodoCompleted": {
        const { length } = event.todoIds
        return Effect.zipRight(
          change("open = MAX(0, open - ?), done = done + ?", length, length),
          execute(
            `INSERT OR IGNORE INTO ${table} (id, visitor_id) SELECT ? || ' ' || value, '' FROM json_each(?)
              WHERE EXISTS (SELECT 1 FROM ${table} WHERE id = ?)`,
            aggregateId,
            JSON.stringify(event.todoIds),
            aggregateId
          )
        )
      }
      case "TodoReopened": {
        const { length } = event.todoIds
        return Effect.zipRight(
          change("open = open + ?, done = MAX(0, done - ?)", length, length),
          forget(JSON.stringify(event.todoIds))
        )
      }
      case "TodoDeleted": {
        const todoIds = JSON.stringify(event.todoIds)
        const done = `(SELECT COUNT(*) FROM ${table} WHERE ${completedOf})`
        return Effect.zipRight(
          change(
            `open = MAX(0, open - ? + ${done}), done = MAX(0, done - ${done})`,
            event.todoIds.length,
            aggregateId,
            todoIds,
            aggregateId,
            todoIds
          ),
          forget(todoIds)
        )
      }
      case "ListAccessChanged":
      case "TodoRenamed":
      case "TodoDueChanged":
      case "TodoNotesChanged":
      case "TodoMoved":
        return change("open = open")
    }
  }
}

export class VisitorLists extends Context.Tag("evenstar/VisitorLists")<
  VisitorLists,
  {
    /**
     * The lists that an actor owns on all devices, pinned ones first, then by their last change:
     * the first 200, or the given range. Includes earlier writes, of other nodes too, unless the
     * projection lags by a second. Deleted lists are not among them.
     */
    readonly of: (owner: Actor, part?: Part) => Effect.Effect<ReadonlyArray<VisitorList>, StoreUnavailable>
    /** The number of these lists. */
    readonly count: (owner: Actor) => Effect.Effect<number, StoreUnavailable>
    /** The lists that an actor has deleted since a time in milliseconds, the last one first. */
    readonly deletedSince: (owner: Actor, since: number) => Effect.Effect<ReadonlyArray<VisitorList>, StoreUnavailable>
  }
>() {
  static readonly layer = Layer.scoped(
    VisitorLists,
    Effect.gen(function* () {
      const { current, ofOwner, read } = yield* OwnedRows.keepOwnedRows(visitorLists, "id")
      const columns = read.literal(
        `id AS "listId", COALESCE(name, first_todo) AS title, open + done AS todos, open, done, pinned,
          changed_at AS "changedAt"`
      )
      /** Runs a query once the rows include earlier writes. */
      const answer = <A, E>(
        statement: Effect.Effect<unknown, E>,
        decode: (rows: unknown) => Effect.Effect<A, ParseError>
      ) => Effect.zipRight(current, storeErrors(Effect.flatMap(statement, decode)))
      return {
        of: Effect.fn("VisitorLists.of")((owner, { limit, offset } = firstPart) =>
          answer(
            read`SELECT ${columns} FROM owned_lists WHERE ${ofOwner(owner)} AND deleted_at IS NULL
              ORDER BY pinned DESC, changed DESC LIMIT ${limit} OFFSET ${offset}`,
            decodeLists
          )
        ),
        count: Effect.fn("VisitorLists.count")((owner) =>
          answer(
            read`SELECT COUNT(*) AS count FROM owned_lists WHERE ${ofOwner(owner)} AND deleted_at IS NULL`,
            decodeCount
          )
        ),
        deletedSince: Effect.fn("VisitorLists.deletedSince")((owner, since) =>
          answer(
            read`SELECT ${columns} FROM owned_lists WHERE ${ofOwner(owner)} AND deleted_at >= ${since}
              ORDER BY deleted_at DESC, changed DESC LIMIT ${firstPart.limit}`,
            decodeLists
          )
        )
      }
    })
  )
}
