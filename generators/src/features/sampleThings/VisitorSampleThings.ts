// A projection of the sample things by owner, for the start page.
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Schema from "effect/Schema"
import type { Actor } from "evenstar/domain/Account"
import type { StoreUnavailable } from "evenstar/domain/StoredEvent"
import * as OwnedRows from "evenstar/layers/projections/OwnedRows"
import type { Projection } from "evenstar/layers/projections/Projections"
import { storeErrors } from "evenstar/layers/sqlite/Sql"
import { type SampleThingEvent, SampleThingId, sampleThing } from "./SampleThing.ts"

/** Maximum number listed, newest first. */
const limit = 50

const VisitorSampleThing = Schema.Struct({ id: SampleThingId, name: Schema.String, closed: Schema.Int })
export type VisitorSampleThing = typeof VisitorSampleThing.Type
const decodeRows = Schema.decodeUnknown(Schema.Array(VisitorSampleThing))

export const visitorSampleThings: Projection<SampleThingEvent> = {
  name: "visitor-sample-things",
  version: 1,
  table: "visitor_sample_things",
  codec: sampleThing.codec,
  aggregateType: sampleThing.type,
  eventTypes: ["SampleThingCreated", "SampleThingChanged", "SampleThingClosed"],
  undecodable: "skip",
  create: Effect.fnUntraced(function* (sql, table) {
    yield* sql`CREATE TABLE ${sql(table)} (
      id TEXT NOT NULL PRIMARY KEY,
      visitor_id TEXT NOT NULL,
      name TEXT NOT NULL,
      closed INTEGER NOT NULL,
      created INTEGER NOT NULL
    ) STRICT`
    yield* sql`CREATE INDEX ${sql(`${table}_by_visitor`)} ON ${sql(table)} (visitor_id, created)`
  }),
  apply: (execute, table, event, { aggregateId, sequence }) => {
    switch (event._tag) {
      case "SampleThingCreated": {
        if (event.visitorId === null) return Effect.void
        const insert = `INSERT INTO ${table} (id, visitor_id, name, closed, created) VALUES (?, ?, ?, 0, ?)`
        return execute(insert, aggregateId, event.visitorId, event.sampleName, sequence)
      }
      case "SampleThingChanged":
        return execute(`UPDATE ${table} SET name = ? WHERE id = ?`, event.sampleName, aggregateId)
      case "SampleThingClosed":
        return execute(`UPDATE ${table} SET closed = 1 WHERE id = ?`, aggregateId)
      default:
        return Effect.void
    }
  }
}

export class VisitorSampleThings extends Context.Tag("sampleThings/VisitorSampleThings")<
  VisitorSampleThings,
  (owner: Actor) => Effect.Effect<ReadonlyArray<VisitorSampleThing>, StoreUnavailable>
>() {
  static readonly layer = Layer.scoped(
    VisitorSampleThings,
    Effect.gen(function* () {
      const { current, ofOwner, read } = yield* OwnedRows.keepOwnedRows(visitorSampleThings, "id")
      return (owner) =>
        Effect.zipRight(
          current,
          storeErrors(
            Effect.flatMap(
              read`SELECT id, name, closed FROM visitor_sample_things
                WHERE ${ofOwner(owner)} ORDER BY created DESC LIMIT ${limit}`,
              decodeRows
            )
          )
        )
    })
  )
}
