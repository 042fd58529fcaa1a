// Projection for the start page: the lists that a visitor owns. Its rows can be rebuilt.
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Schema from "effect/Schema"
import type { Actor } from "../../domain/Account.ts"
import type { StoreUnavailable } from "../../domain/StoredEvent.ts"
import * as OwnedRows from "../../layers/projections/OwnedRows.ts"
import type { Projection } from "../../layers/projections/Projections.ts"
import { storeErrors } from "../../layers/sqlite/Sql.ts"
import { ListId, type TodoListEvent, todoList } from "./TodoList.ts"

/** `title` is the text of the first todo ever added; `todos` is the current number. */
export const VisitorList = Schema.Struct({
  listId: ListId,
  title: Schema.NullOr(Schema.String),
  todos: Schema.NonNegativeInt
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

export const visitorLists: Projection<TodoListEvent> = {
  name: "visitor-lists",
  // Version 2: TodoDeleted has several todos.
  version: 2,
  table: "visitor_lists",
  codec: todoList.codec,
  aggregateType: todoList.type,
  eventTypes: ["ListCreated", "TodoAdded", "TodoDeleted"],
  // Skipping one event is better than a start page that no longer updates.
  undecodable: "skip",
  create: Effect.fnUntraced(function* (sql, table) {
    yield* sql`CREATE TABLE ${sql(table)} (
      list_id TEXT NOT NULL PRIMARY KEY,
      visitor_id TEXT NOT NULL,
      title TEXT,
      todos INTEGER NOT NULL,
      created INTEGER NOT NULL
    ) STRICT`
    yield* sql`CREATE INDEX ${sql(`${table}_by_visitor`)} ON ${sql(table)} (visitor_id, created)`
  }),
  apply: (execute, table, event, { aggregateId, sequence }) => {
    switch (event._tag) {
      case "ListCreated":
        return event.visitorId === null
          ? Effect.void
          : execute(
              `INSERT INTO ${table} (list_id, visitor_id, title, todos, created) VALUES (?, ?, NULL, 0, ?)`,
              aggregateId,
              event.visitorId,
              sequence
            )
      case "TodoAdded":
        return execute(
          `UPDATE ${table} SET title = COALESCE(title, ?), todos = todos + 1 WHERE list_id = ?`,
          event.text,
          aggregateId
        )
      case "TodoDeleted":
        return execute(`UPDATE ${table} SET todos = todos - ? WHERE list_id = ?`, event.todoIds.length, aggregateId)
      default:
        return Effect.void
    }
  }
}

export class VisitorLists extends Context.Tag("evenstar/VisitorLists")<
  VisitorLists,
  {
    /**
     * The lists that an actor owns on all devices, newest first: the first 200, or the given range.
     * Includes earlier writes, of other nodes too, unless the projection lags by a second.
     */
    readonly of: (owner: Actor, part?: Part) => Effect.Effect<ReadonlyArray<VisitorList>, StoreUnavailable>
    /** The number of lists that an actor owns. */
    readonly count: (owner: Actor) => Effect.Effect<number, StoreUnavailable>
  }
>() {
  static readonly layer = Layer.scoped(
    VisitorLists,
    Effect.gen(function* () {
      const { current, ofOwner, read } = yield* OwnedRows.keepOwnedRows(visitorLists, "list_id")
      return {
        of: Effect.fn("VisitorLists.of")((owner, { limit, offset } = firstPart) =>
          Effect.zipRight(
            current,
            storeErrors(
              Effect.flatMap(
                read`SELECT list_id AS "listId", title, todos FROM visitor_lists
                  WHERE ${ofOwner(owner)} ORDER BY created DESC LIMIT ${limit} OFFSET ${offset}`,
                decodeLists
              )
            )
          )
        ),
        count: Effect.fn("VisitorLists.count")((owner) =>
          Effect.zipRight(
            current,
            storeErrors(
              Effect.flatMap(read`SELECT COUNT(*) AS count FROM visitor_lists WHERE ${ofOwner(owner)}`, decodeCount)
            )
          )
        )
      }
    })
  )
}
