// Verifies a database in one snapshot: file integrity, the log, and the rows derived from the log.
// Reads a few hundred rows at a time, so memory use doesn't depend on the log's length.
import { layer as reactivityLayer } from "@effect/experimental/Reactivity"
import type { PlatformError } from "@effect/platform/Error"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Schema from "effect/Schema"
import type * as Aggregate from "../../domain/Aggregate.ts"
import type { StoredEvent } from "../../domain/StoredEvent.ts"
import type { Feature } from "../../http/Feature.ts"
import { columns, toEvent } from "../../layers/eventStore/EventRows.ts"
import type { AnyProjection } from "../../layers/projections/Projections.ts"
import { storeUnavailable } from "../../layers/sqlite/SqlErrors.ts"
import * as SqliteWriter from "../../layers/sqlite/SqliteWriter.ts"
import { BoundedMessages } from "../../lib/BoundedMessages.ts"
import { attemptOn, FileFailed } from "./durableFiles.ts"
import { betweenPages, checkIntegrity, hasObject, type LogFile } from "./LogFile.ts"
import { type ProjectionReplay, replayProjection } from "./verifyProjection.ts"
import { verifySnapshots } from "./verifySnapshots.ts"

/** Reports progress: events checked, and events in total. */
export type ReportProgress = (done: number, total: number) => Effect.Effect<void, PlatformError>

/** Rows of one read: a few milliseconds including their checks. */
const pageRows = 500

export interface Verified {
  readonly events: number
  readonly aggregates: number
  /** Aggregate types without a codec in the given features, e.g. of another program. */
  readonly unknown: ReadonlySet<string>
  /** Findings in the file and the log. */
  readonly log: ReadonlyArray<string>
  /** Findings in derived rows, which can be rebuilt from the log. */
  readonly derived: ReadonlyArray<string>
}

const triggers = ["events_are_not_updated", "events_are_not_deleted"]

const missingEvents = (first: number, last: number) =>
  first === last ? `Event ${first} is missing` : `The events ${first} to ${last} are missing`

/** The aggregates and projections to check against. */
interface Definitions {
  readonly aggregates: ReadonlyArray<Aggregate.Any>
  readonly projections: ReadonlyArray<AnyProjection>
  /** By aggregate type. */
  readonly decoders: ReadonlyMap<string, Aggregate.Any["codec"]>
}
export const definitionsOf = (features: ReadonlyArray<Feature>): Definitions => {
  const aggregates = features.flatMap((feature) => feature.aggregates)
  return {
    aggregates,
    projections: features.flatMap((feature) => feature.projections),
    decoders: new Map(aggregates.map(({ codec, type }) => [type, codec]))
  }
}

/** Unreadable fields of an event other than its payload. */
const unreadableFields = (event: StoredEvent): ReadonlyArray<string> => [
  ...(Either.isLeft(Either.try(() => event.metadata)) ? ["metadata"] : []),
  ...(Number.isNaN(Date.parse(event.occurredAtText)) ? ["time"] : [])
]

/** Checks the event that follows sequence `last`; adds types without a codec to `unknown`. */
export const checkEvent = (
  { decoders }: Definitions,
  event: StoredEvent,
  last: number,
  differences: BoundedMessages,
  unknown: Set<string>
) => {
  if (event.sequence !== last + 1) differences.add(missingEvents(last + 1, event.sequence - 1))
  for (const what of unreadableFields(event)) differences.add(`The ${what} of event ${event.sequence} can't be read`)
  const decoded = decoders.get(event.aggregateType)?.decode(event)
  if (decoded === undefined) unknown.add(event.aggregateType)
  else if (Either.isLeft(decoded)) differences.add(decoded.left.message.replaceAll("\n", " "))
}

/** Checks every event in the order of the log. */
const checkEvents = Effect.fnUntraced(function* (
  known: Definitions,
  log: LogFile,
  replays: ReadonlyArray<ProjectionReplay>,
  differences: BoundedMessages,
  tell: ReportProgress
) {
  const { database, file, head } = log
  const read = database
    .prepare(`SELECT ${columns} FROM events WHERE sequence > ? ORDER BY sequence LIMIT ${pageRows}`)
    .raw()
  const unknown = new Set<string>()
  let events = 0
  for (let last = 0; ; ) {
    const after = last
    const found = yield* attemptOn(file, () => read.all(after).map(toEvent))
    for (const event of found) {
      checkEvent(known, event, last, differences, unknown)
      last = event.sequence
      for (const replay of replays) yield* replay.apply(event)
    }
    events += found.length
    if (found.length > 0) yield* tell(last, head)
    if (found.length < pageRows) return { events, unknown }
    yield* betweenPages(log)
  }
})

export const describeVersionGap = (type: string, id: string, version: number, expected: number) =>
  `${type} ${id} continues with version ${version} instead of ${expected}`

const asVersions = Schema.decodeUnknownSync(Schema.Array(Schema.Tuple(Schema.String, Schema.String, Schema.Number)))

/** Checks that each aggregate's versions have no gap; returns the number of aggregates. */
const checkVersions = Effect.fnUntraced(function* (log: LogFile, differences: BoundedMessages) {
  const { database, file } = log
  const read = database
    .prepare(
      `SELECT aggregate_type, aggregate_id, version FROM events WHERE (aggregate_type, aggregate_id, version) > (?, ?, ?)
        ORDER BY aggregate_type, aggregate_id, version LIMIT ${pageRows * 4}`
    )
    .raw()
  let aggregates = 0
  for (let last: readonly [string, string, number] = ["", "", 0]; ; ) {
    const after = last
    const found = yield* attemptOn(file, () => asVersions(read.all(...after)))
    for (const row of found) {
      const [type, id, version] = row
      const isNext = type === last[0] && id === last[1]
      if (!isNext) aggregates++
      const expected = isNext ? last[2] + 1 : 1
      if (version !== expected) {
        differences.add(describeVersionGap(type, id, version, expected))
      }
      last = row
    }
    if (found.length === 0) return aggregates
    yield* betweenPages(log)
  }
})

/** Foreign keys and triggers, which `integrity_check` leaves out. */
const checkStructure = ({ database, file }: LogFile) =>
  attemptOn(file, () => [
    ...database
      .prepare("PRAGMA foreign_key_check")
      .raw()
      .all()
      .map((row) => `A foreign key has no target: ${JSON.stringify(row)}`),
    ...triggers.filter((name) => !hasObject(database, "trigger", name)).map((name) => `The trigger ${name} is missing`)
  ])

/** Runs all checks. */
export const verifyLogFile = Effect.fn("logFile.verify")(
  function* (features: ReadonlyArray<Feature>, log: LogFile, tell: ReportProgress) {
    const known = definitionsOf(features)
    const ofLog = new BoundedMessages()
    const derived = new BoundedMessages()
    const broken = yield* checkIntegrity(log)
    for (const line of broken) ofLog.add(`SQLite reports: ${line.replaceAll("\n", " ")}`)
    // Rows of a corrupt file say nothing about the log.
    if (broken.length > 0)
      return { events: 0, aggregates: 0, unknown: new Set(), log: ofLog.words, derived: [] } satisfies Verified
    for (const line of yield* checkStructure(log)) ofLog.add(line)
    const scratch = yield* SqliteWriter.make("")
    yield* scratch.execute("BEGIN")
    const replays = yield* Effect.forEach(known.projections, (projection) => replayProjection(projection)(log, scratch))
    const { events, unknown } = yield* checkEvents(known, log, replays, ofLog, tell)
    const aggregates = yield* checkVersions(log, ofLog)
    for (const replay of replays) yield* replay.compare(derived)
    for (const aggregate of known.aggregates) yield* verifySnapshots(aggregate)(log, derived)
    return { events, aggregates, unknown, log: ofLog.words, derived: derived.words } satisfies Verified
  },
  (checked, _, log) =>
    checked.pipe(
      Effect.catchTag(
        "SqlError",
        (error) => new FileFailed({ file: log.file, reason: storeUnavailable(error).reason })
      ),
      Effect.scoped,
      Effect.provide(reactivityLayer)
    )
)
