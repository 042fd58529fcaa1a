// Copies a log into another kind of database: events in order, so that the target is a prefix of
// the source at every moment, then the mutable tables in one transaction. Everything is compared.
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import * as Stream from "effect/Stream"
import { compareTable, pages } from "./compare.ts"
import { digestRows, refuseChangedTarget } from "./copyDigest.ts"
import { type MigrationLog, MigrationRefused, type Source, type Target } from "./MigrationLog.ts"
import { events, mutableTables, type Row, usageTables } from "./tables.ts"

/** Rows in the target differ from the source's. */
export class LogsDiffer extends Schema.TaggedError<LogsDiffer>()("LogsDiffer", {
  from: Schema.String,
  to: Schema.String,
  differences: Schema.Array(Schema.String)
}) {
  override get message() {
    return `${this.to} differs from ${this.from}`
  }
}

/** Reports progress: events done. */
export type ReportDone<E> = (done: number) => Effect.Effect<void, E>
export interface Reporter<E> {
  readonly comparing: (events: number) => Effect.Effect<ReportDone<E>, E>
  readonly copying: (first: number, last: number) => Effect.Effect<ReportDone<E>, E>
}

export interface Migrated {
  /** All events in the target, and those that were there before. */
  readonly events: number
  readonly before: number
  /** Rows per table, without events. */
  readonly others: Readonly<Record<string, number>>
  /** Events appended to the source during the copy; not copied. */
  readonly newer: number
}

type Guard = typeof refuseChangedTarget

const isUnused = (target: Target) =>
  Effect.map(Effect.forEach(usageTables, target.count), (counts) => counts.every((rows) => rows === 0))

/** Checks that the target is empty or a prefix of the source's log; returns its head. */
const begin = Effect.fnUntraced(function* (source: Source, target: Target, guard: Guard) {
  const logId = yield* source.logId
  const head = yield* target.head
  if ((yield* target.logId) !== logId) {
    if (!(yield* isUnused(target))) {
      return yield* new MigrationRefused({ message: `${target.name} has another log, which is not overwritten` })
    }
    yield* target.adoptLogId(logId)
  }
  const last = yield* source.head
  if (head > last) {
    const message = `${target.name} has events up to ${head}, and ${source.name} up to ${last}: the logs have diverged`
    return yield* new MigrationRefused({ message })
  }
  yield* guard(target)
  return head
})

const failOnDifferences = (source: MigrationLog, target: MigrationLog, found: ReadonlyArray<string>) =>
  found.length === 0 ? Effect.void : new LogsDiffer({ from: source.name, to: target.name, differences: found })

const compareEvents = Effect.fnUntraced(function* <E>(
  source: Source,
  target: Target,
  after: number,
  upTo: number,
  { comparing }: Reporter<E>
) {
  if (after === upTo) return
  const tell = yield* comparing(upTo - after)
  yield* failOnDifferences(
    source,
    target,
    yield* compareTable(source, target, events, { after: [after], upTo: [upTo] }, tell)
  )
})

/** Refuses a source whose sequence has a gap. */
const requireNoGap = (source: MigrationLog, rows: ReadonlyArray<Row>, after: number) => {
  const gap = rows.findIndex(([sequence], index) => sequence !== after + index + 1)
  if (gap < 0) return Effect.void
  const missing = after + gap + 1
  const message = `${source.name} has no event ${missing}: run \`evenstar verify\` on it`
  return new MigrationRefused({ message })
}

const copyEvents = Effect.fnUntraced(function* <E>(source: Source, target: Target, head: number, report: Reporter<E>) {
  const last = yield* source.head
  if (head === last) return
  const tell = yield* report.copying(head + 1, last)
  let done = 0
  yield* Stream.runForEach(pages(source, events, [head]), (rows) =>
    Effect.gen(function* () {
      yield* requireNoGap(source, rows, head + done)
      yield* target.append(rows, head + done)
      done += rows.length
      yield* tell(done)
    })
  )
})

/** Replaced as a whole on each run, so rows deleted in the source disappear from the target too. */
const copyOthers = (source: Source, target: Target, guard: Guard) =>
  target.transact(
    Effect.gen(function* () {
      // Copying events may take an hour, in which a node may have been started on the target.
      yield* guard(target)
      for (const table of mutableTables.toReversed()) yield* target.clear(table)
      yield* target.storeDigest(yield* digestRows(source, target.insert))
    })
  )

const compareOthers = Effect.fnUntraced(function* (source: Source, target: Target) {
  const counts: Record<string, number> = {}
  const found: Array<string> = []
  for (const table of mutableTables) {
    const words = yield* compareTable(source, target, table, {}, (rows) =>
      Effect.sync(() => {
        counts[table.name] = rows
      })
    )
    found.push(...words)
  }
  yield* failOnDifferences(source, target, found)
  return counts
})

/** Compares log id, head and count at the end: the target has no other events. */
const compareWhole = Effect.fnUntraced(function* (source: Source, target: Target) {
  const wholeOf = (log: MigrationLog) => Effect.all([log.logId, log.head, log.count(events)])
  const [logId, head, count] = yield* wholeOf(source)
  const there = yield* wholeOf(target)
  const found = [
    ...(there[0] === logId ? [] : [`The log id is ${there[0]} instead of ${logId}`]),
    ...(there[1] === head ? [] : [`It ends with event ${there[1]} instead of ${head}`]),
    ...(there[2] === count ? [] : [`It has ${there[2]} events instead of ${count}`])
  ]
  yield* failOnDifferences(source, target, found)
})

/** `replace`: overwrites sessions and accounts changed in the target since the last copy. */
export const migrate = Effect.fn("migrateLog.migrate")(function* <E>(
  source: Source,
  target: Target,
  { replace, report }: { readonly replace: boolean; readonly report: Reporter<E> }
) {
  const guard: Guard = replace ? () => Effect.void : refuseChangedTarget
  const before = yield* begin(source, target, guard)
  yield* compareEvents(source, target, 0, before, report)
  yield* copyEvents(source, target, before, report)
  yield* copyOthers(source, target, guard)
  yield* target.flush
  const head = yield* source.head
  yield* compareEvents(source, target, before, head, report)
  const counts = yield* compareOthers(source, target)
  yield* compareWhole(source, target)
  return { events: head, before, others: counts, newer: (yield* source.currentHead) - head } satisfies Migrated
})
