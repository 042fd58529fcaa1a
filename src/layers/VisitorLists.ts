// The first projection: which lists a visitor owns, for the start page. Its rows are disposable.
import type { SqlClient } from "@effect/sql/SqlClient"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Schema from "effect/Schema"
import type { StoreUnavailable, VisitorId } from "../domain/StoredEvent.ts"
import { aggregateType, fromStored, ListId } from "../domain/TodoList.ts"
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

const count = (sql: SqlClient, listId: string, by: number) =>
  sql`UPDATE visitor_lists SET todos = todos + ${by} WHERE list_id = ${listId}`

export const visitorLists: Projection = {
  name: "visitor-lists",
  version: 1,
  aggregateType,
  eventTypes: ["ListCreated", "TodoAdded", "TodoDeleted"],
  reset: Effect.fnUntraced(function* (sql) {
    yield* sql`DROP TABLE IF EXISTS visitor_lists`
    yield* sql`CREATE TABLE visitor_lists (
      list_id TEXT NOT NULL PRIMARY KEY,
      visitor_id TEXT NOT NULL,
      title TEXT,
      todos INTEGER NOT NULL,
      created INTEGER NOT NULL
    ) STRICT`
    yield* sql`CREATE INDEX visitor_lists_by_visitor ON visitor_lists (visitor_id, created)`
  }),
  apply: Effect.fnUntraced(function* (sql, stored) {
    const event = fromStored(stored)
    switch (event._tag) {
      case "ListCreated":
        if (event.visitorId === null) return
        yield* sql`INSERT INTO visitor_lists ${sql.insert({
          list_id: stored.aggregateId,
          visitor_id: event.visitorId,
          title: null,
          todos: 0,
          created: stored.sequence
        })}`
        return
      case "TodoAdded":
        yield* sql`UPDATE visitor_lists SET title = COALESCE(title, ${event.text}) WHERE list_id = ${stored.aggregateId}`
        yield* count(sql, stored.aggregateId, 1)
        return
      case "TodoDeleted":
        yield* count(sql, stored.aggregateId, -1)
    }
  })
}

export class VisitorLists extends Context.Tag("evenstar/VisitorLists")<
  VisitorLists,
  {
    /** The lists that a visitor owns, the newest first. */
    readonly of: (visitor: VisitorId) => Effect.Effect<ReadonlyArray<VisitorList>, StoreUnavailable>
  }
>() {
  static readonly layer = Layer.scoped(
    VisitorLists,
    Effect.gen(function* () {
      const { read } = yield* Sql
      const { run } = yield* Projections
      yield* run(visitorLists)
      return {
        of: Effect.fn("VisitorLists.of")((visitor: VisitorId) =>
          storeErrors(
            Effect.flatMap(
              read`SELECT list_id AS "listId", title, todos FROM visitor_lists
                WHERE visitor_id = ${visitor} ORDER BY created DESC LIMIT 200`,
              decodeLists
            )
          )
        )
      }
    })
  )
}
