// Verifies a log in PostgreSQL in one snapshot: verify.ts without file integrity and derived rows.
import * as Effect from "effect/Effect"
import type * as Redacted from "effect/Redacted"
import * as Schema from "effect/Schema"
import * as Stream from "effect/Stream"
import type { Feature } from "../../http/Feature.ts"
import { toEvent } from "../../layers/eventStore/EventRows.ts"
import { BoundedMessages } from "../../lib/BoundedMessages.ts"
import { yieldToEventLoop } from "../../lib/eventLoop.ts"
import { pages } from "../migrateLog/compare.ts"
import { nameOfUrl } from "../migrateLog/location.ts"
import { snapshot } from "../migrateLog/postgresLog.ts"
import { events } from "../migrateLog/tables.ts"
import { checkEvent, definitionsOf, describeVersionGap, type ReportProgress, type Verified } from "./verifyLogFile.ts"

/** The number of an event's columns, without the trailing `command_id`. */
const width = events.columns.length - 1

const trigger = "events_are_immutable"
const statements = {
  trigger: `SELECT 1 FROM pg_trigger WHERE tgrelid = 'events'::regclass AND tgname = '${trigger}' AND tgenabled <> 'D'`,
  aggregates: "SELECT count(*) FROM (SELECT DISTINCT aggregate_type, aggregate_id FROM events) AS aggregate",
  // The limit exceeds the number of differences that are printed.
  versions: `SELECT * FROM (
      SELECT aggregate_type, aggregate_id, version,
        lag(version, 1, 0) OVER (PARTITION BY aggregate_type, aggregate_id ORDER BY version) + 1 AS expected FROM events
    ) AS step WHERE version <> expected LIMIT 100`
}
const asVersions = Schema.decodeUnknownSync(
  Schema.Array(Schema.Tuple(Schema.String, Schema.String, Schema.Number, Schema.Number))
)
const asCount = Schema.decodeUnknownSync(Schema.Tuple(Schema.Tuple(Schema.Number)))

export const verifyPostgres = Effect.fn("postgres.verify")(function* (
  features: ReadonlyArray<Feature>,
  url: Redacted.Redacted,
  tell: ReportProgress
) {
  const known = definitionsOf(features)
  const { ask, log } = yield* snapshot({ _tag: "Postgres", url, name: nameOfUrl(url) })
  const found = new BoundedMessages()
  const unknown = new Set<string>()
  const head = yield* log.head
  if ((yield* ask(statements.trigger)).length === 0) found.add(`The trigger ${trigger} is missing`)
  let rows = 0
  let last = 0
  yield* Stream.runForEach(pages(log, events), (page) =>
    Effect.gen(function* () {
      for (const event of page.map((row) => toEvent(row.slice(0, width)))) {
        checkEvent(known, event, last, found, unknown)
        last = event.sequence
      }
      rows += page.length
      yield* tell(last, head)
      yield* yieldToEventLoop
    })
  )
  for (const wrong of asVersions(yield* ask(statements.versions))) found.add(describeVersionGap(...wrong))
  const aggregates = asCount(yield* ask(statements.aggregates))[0][0]
  return { events: rows, aggregates, unknown, log: found.words, derived: [] } satisfies Verified
})
