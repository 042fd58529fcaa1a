// Projection for the start page: the polls that a visitor owns. Its rows can be rebuilt.
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Schema from "effect/Schema"
import type { Actor } from "../../domain/Account.ts"
import type { StoreUnavailable } from "../../domain/StoredEvent.ts"
import * as OwnedRows from "../../layers/projections/OwnedRows.ts"
import type { Projection } from "../../layers/projections/Projections.ts"
import { storeErrors } from "../../layers/sqlite/Sql.ts"
import { type PollEvent, PollId, poll } from "./Poll.ts"

/** Listed polls, newest first. */
const most = 50

const VisitorPoll = Schema.Struct({ pollId: PollId, question: Schema.String, closed: Schema.Int })
export type VisitorPoll = typeof VisitorPoll.Type
const decodePolls = Schema.decodeUnknown(Schema.Array(VisitorPoll))

export const visitorPolls: Projection<PollEvent> = {
  name: "visitor-polls",
  version: 1,
  table: "visitor_polls",
  codec: poll.codec,
  aggregateType: poll.type,
  eventTypes: ["PollCreated", "PollClosed"],
  undecodable: "skip",
  create: Effect.fnUntraced(function* (sql, table) {
    yield* sql`CREATE TABLE ${sql(table)} (
      poll_id TEXT NOT NULL PRIMARY KEY,
      visitor_id TEXT NOT NULL,
      question TEXT NOT NULL,
      closed INTEGER NOT NULL,
      created INTEGER NOT NULL
    ) STRICT`
    yield* sql`CREATE INDEX ${sql(`${table}_by_visitor`)} ON ${sql(table)} (visitor_id, created)`
  }),
  apply: (execute, table, event, { aggregateId, sequence }) => {
    if (event._tag === "PollClosed") return execute(`UPDATE ${table} SET closed = 1 WHERE poll_id = ?`, aggregateId)
    if (event._tag !== "PollCreated" || event.visitorId === null) return Effect.void
    const insert = `INSERT INTO ${table} (poll_id, visitor_id, question, closed, created) VALUES (?, ?, ?, 0, ?)`
    return execute(insert, aggregateId, event.visitorId, event.question, sequence)
  }
}

export class VisitorPolls extends Context.Tag("polls/VisitorPolls")<
  VisitorPolls,
  (owner: Actor) => Effect.Effect<ReadonlyArray<VisitorPoll>, StoreUnavailable>
>() {
  static readonly layer = Layer.scoped(
    VisitorPolls,
    Effect.gen(function* () {
      const { current, ofOwner, read } = yield* OwnedRows.keepOwnedRows(visitorPolls, "poll_id")
      return (owner) =>
        Effect.zipRight(
          current,
          storeErrors(
            Effect.flatMap(
              read`SELECT poll_id AS "pollId", question, closed FROM visitor_polls
                WHERE ${ofOwner(owner)} ORDER BY created DESC LIMIT ${most}`,
              decodePolls
            )
          )
        )
    })
  )
}
