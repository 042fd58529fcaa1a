// Whether a database is right: as a file, as a log, and in what was derived from the log. All of it in one snapshot, some hundred
// rows at a time, so that a log of millions takes no more memory than a small one.
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
import { attempt, FileFailed } from "./files.ts"
import { has, integrity, type LogFile, nextPage } from "./LogFile.ts"
import { type Replay, replaying } from "./projectionReplay.ts"
import { refolding } from "./snapshotReplay.ts"

/** Called with how many events have been looked at, and how many there are. */
export type Tell = (done: number, total: number) => Effect.Effect<void, PlatformError>

/** Rows of one read: some milliseconds with what is done with them. */
const page = 500

export interface Verified {
  readonly events: number
  readonly aggregates: number
  /** Aggregate types that nothing here can read: another program's, perhaps. */
  readonly unknown: ReadonlySet<string>
  /** What is wrong with the file and the log. */
  readonly log: ReadonlyArray<string>
  /** What is wrong with rows that can be made anew from the log. */
  readonly derived: ReadonlyArray<string>
}

const triggers = ["events_are_not_updated", "events_are_not_deleted"]

const gap = (first: number, last: number) =>
  first === last ? `Event ${first} is missing` : `The events ${first} to ${last} are missing`

/** What the log is made into, and so what a file is checked against. */
interface Known {
  readonly aggregates: ReadonlyArray<Aggregate.Any>
  readonly projections: ReadonlyArray<AnyProjection>
  /** By aggregate type. */
  readonly decoders: ReadonlyMap<string, Aggregate.Any["codec"]>
}
export const knownOf = (features: ReadonlyArray<Feature>): Known => {
  const aggregates = features.flatMap((feature) => feature.aggregates)
  return {
    aggregates,
    projections: features.flatMap((feature) => feature.projections),
    decoders: new Map(aggregates.map(({ codec, type }) => [type, codec]))
  }
}

/** What can't be read in an event, beside its payload. */
const unreadable = (event: StoredEvent): ReadonlyArray<string> => [
  ...(Either.isLeft(Either.try(() => event.metadata)) ? ["metadata"] : []),
  ...(Number.isNaN(Date.parse(event.occurredAtText)) ? ["time"] : [])
]

/** What is wrong with the event that stands behind `last`; of what nothing here can read, the type. */
export const judge = (
  { decoders }: Known,
  event: StoredEvent,
  last: number,
  differences: BoundedMessages,
  unknown: Set<string>
) => {
  if (event.sequence !== last + 1) differences.add(gap(last + 1, event.sequence - 1))
  for (const what of unreadable(event)) differences.add(`The ${what} of event ${event.sequence} can't be read`)
  const decoded = decoders.get(event.aggregateType)?.decode(event)
  if (decoded === undefined) unknown.add(event.aggregateType)
  else if (Either.isLeft(decoded)) differences.add(decoded.left.message.replaceAll("\n", " "))
}

/** Each event in the order of the log. */
const walk = Effect.fnUntraced(function* (
  known: Known,
  log: LogFile,
  replays: ReadonlyArray<Replay>,
  differences: BoundedMessages,
  tell: Tell
) {
  const { database, file, head } = log
  const read = database
    .prepare(`SELECT ${columns} FROM events WHERE sequence > ? ORDER BY sequence LIMIT ${page}`)
    .raw()
  const unknown = new Set<string>()
  let events = 0
  for (let last = 0; ; ) {
    const after = last
    const found = yield* attempt(file, () => read.all(after).map(toEvent))
    for (const event of found) {
      judge(known, event, last, differences, unknown)
      last = event.sequence
      for (const replay of replays) yield* replay.take(event)
    }
    events += found.length
    if (found.length > 0) yield* tell(last, head)
    if (found.length < page) return { events, unknown }
    yield* nextPage(log)
  }
})

export const wrongVersion = (type: string, id: string, version: number, expected: number) =>
  `${type} ${id} goes on with version ${version}, where ${expected} should be`

const asVersions = Schema.decodeUnknownSync(Schema.Array(Schema.Tuple(Schema.String, Schema.String, Schema.Number)))

/** The versions of each aggregate, in the order of their index. Gives how many aggregates there are. */
const walkVersions = Effect.fnUntraced(function* (log: LogFile, differences: BoundedMessages) {
  const { database, file } = log
  const read = database
    .prepare(
      `SELECT aggregate_type, aggregate_id, version FROM events WHERE (aggregate_type, aggregate_id, version) > (?, ?, ?)
        ORDER BY aggregate_type, aggregate_id, version LIMIT ${page * 4}`
    )
    .raw()
  let aggregates = 0
  for (let last: readonly [string, string, number] = ["", "", 0]; ; ) {
    const after = last
    const found = yield* attempt(file, () => asVersions(read.all(...after)))
    for (const row of found) {
      const [type, id, version] = row
      const isNext = type === last[0] && id === last[1]
      if (!isNext) aggregates++
      const expected = isNext ? last[2] + 1 : 1
      if (version !== expected) {
        differences.add(wrongVersion(type, id, version, expected))
      }
      last = row
    }
    if (found.length === 0) return aggregates
    yield* nextPage(log)
  }
})

/** What is wrong with the tables of a file that SQLite finds nothing wrong with. */
const structure = ({ database, file }: LogFile) =>
  attempt(file, () => [
    ...database
      .prepare("PRAGMA foreign_key_check")
      .raw()
      .all()
      .map((row) => `A foreign key points nowhere: ${JSON.stringify(row)}`),
    ...triggers.filter((name) => !has(database, "trigger", name)).map((name) => `The trigger ${name} is missing`)
  ])

/** All checks. */
export const verifyLog = Effect.fn("logFile.verify")(
  function* (features: ReadonlyArray<Feature>, log: LogFile, tell: Tell) {
    const known = knownOf(features)
    const ofLog = new BoundedMessages()
    const derived = new BoundedMessages()
    const broken = yield* integrity(log)
    for (const line of broken) ofLog.add(`SQLite finds: ${line.replaceAll("\n", " ")}`)
    // What is read from a broken file means nothing.
    if (broken.length > 0)
      return { events: 0, aggregates: 0, unknown: new Set(), log: ofLog.words, derived: [] } satisfies Verified
    for (const line of yield* structure(log)) ofLog.add(line)
    const scratch = yield* SqliteWriter.make("")
    yield* scratch.execute("BEGIN")
    const replays = yield* Effect.forEach(known.projections, (projection) => replaying(projection)(log, scratch))
    const { events, unknown } = yield* walk(known, log, replays, ofLog, tell)
    const aggregates = yield* walkVersions(log, ofLog)
    for (const replay of replays) yield* replay.compare(derived)
    for (const aggregate of known.aggregates) yield* refolding(aggregate)(log, derived)
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
