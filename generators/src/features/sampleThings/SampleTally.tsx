// A projection: count and latest time of each event type of the sample things, with its section of
// the start page.
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Schema from "effect/Schema"
import type { StoreUnavailable } from "evenstar/domain/StoredEvent"
import type { Section } from "evenstar/http/live/StartPage"
import { type Projection, Projections } from "evenstar/layers/projections/Projections"
import { Sql, storeErrors } from "evenstar/layers/sqlite/Sql"
import { type SampleThingEvent, sampleThing } from "./SampleThing.ts"

const Row = Schema.Struct({ eventType: Schema.String, count: Schema.Int, latest: Schema.String })
type Row = typeof Row.Type
const decodeRows = Schema.decodeUnknown(Schema.Array(Row))

/** Raise the version when `create` or `apply` changes: the rows are then rebuilt from the log. */
export const sampleTally: Projection<SampleThingEvent> = {
  name: "sample-tally",
  version: 1,
  table: "sample_things_sample_tally",
  codec: sampleThing.codec,
  aggregateType: sampleThing.type,
  eventTypes: ["SampleThingCreated", "SampleThingChanged", "SampleThingClosed"],
  undecodable: "skip",
  create: (sql, table) =>
    Effect.asVoid(sql`CREATE TABLE ${sql(table)} (
      event_type TEXT NOT NULL PRIMARY KEY,
      count INTEGER NOT NULL,
      latest TEXT NOT NULL
    ) STRICT`),
  apply: (execute, table, event, { occurredAtText }) =>
    execute(
      `INSERT INTO ${table} (event_type, count, latest) VALUES (?, 1, ?)
        ON CONFLICT (event_type) DO UPDATE SET count = count + 1, latest = excluded.latest`,
      event._tag,
      occurredAtText
    )
}

export class SampleTally extends Context.Tag("sampleThings/SampleTally")<
  SampleTally,
  Effect.Effect<ReadonlyArray<Row>, StoreUnavailable>
>() {
  static readonly layer = Layer.scoped(
    SampleTally,
    Effect.gen(function* () {
      const { read } = yield* Sql
      yield* (yield* Projections).run(sampleTally)
      const select = read`SELECT event_type AS "eventType", count, latest
        FROM sample_things_sample_tally ORDER BY event_type`
      return storeErrors(Effect.flatMap(select, decodeRows))
    })
  )
}

export const sampleTallySection = Effect.map(
  SampleTally,
  (tally): Section =>
    () =>
      Effect.map(tally, (rows) => (
        <section>
          <h2>Sample tally</h2>
          <ul class="rows" id="sample-tally">
            {rows.map(({ count, eventType, latest }) => (
              <li key={eventType}>
                <span class="text">{eventType}</span>
                <small>
                  {count}, last at {latest}
                </small>
              </li>
            ))}
          </ul>
        </section>
      ))
)
