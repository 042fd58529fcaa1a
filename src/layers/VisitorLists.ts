// The first projection: which lists a visitor owns, for the start page. Its rows are disposable.
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Schema from "effect/Schema"
import type { Asker } from "../domain/Account.ts"
import type { StoreUnavailable } from "../domain/StoredEvent.ts"
import { aggregateType, codec, ListId, type TodoListEvent } from "../domain/TodoList.ts"
import { type Projection, Projections } from "./Projections.ts"
import { Sql, storeErrors } from "./Sql.ts"

/** `title` is the text that the list's first todo began with; `todos` counts what is on the list now. */
export const VisitorList = Schema.Struct({
  listId: ListId,
  title: Schema.NullOr(Schema.String),
  todos: Schema.NonNegativeInt
})
export type VisitorList = typeof VisitorList.Type

const decodeLists = Schema.decodeUnknown(Schema.Array(VisitorList))

export const visitorLists: Projection<TodoListEvent> = {
  name: "visitor-lists",
  // 2: an event may delete many todos.
  version: 2,
  table: "visitor_lists",
  codec,
  aggregateType,
  eventTypes: ["ListCreated", "TodoAdded", "TodoDeleted"],
  // A start page with one event missing is better than one that shows nothing new any more.
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
    /** The lists that somebody owns on whichever device they were made, the newest first. */
    readonly of: (owner: Asker) => Effect.Effect<ReadonlyArray<VisitorList>, StoreUnavailable>
  }
>() {
  static readonly layer = Layer.scoped(
    VisitorLists,
    Effect.gen(function* () {
      const { read } = yield* Sql
      const { run } = yield* Projections
      yield* run(visitorLists)
      return {
        of: Effect.fn("VisitorLists.of")(({ visitorIds }: Asker) =>
          storeErrors(
            Effect.flatMap(
              read`SELECT list_id AS "listId", title, todos FROM visitor_lists
                WHERE visitor_id IN (SELECT value FROM json_each(${JSON.stringify(visitorIds)})) ORDER BY created DESC LIMIT 200`,
              decodeLists
            )
          )
        )
      }
    })
  )
}
