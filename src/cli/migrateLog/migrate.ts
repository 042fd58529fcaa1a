// A log from one kind of database into another: events in their order, so that what is there is at each moment the log as it once was,
// and then, as a whole, what changes beside it. What is there already is compared first, and the rest when it has been copied.
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import * as Stream from "effect/Stream"
import { differences, pages } from "./compare.ts"
import { digested, refuseWorkedOn } from "./copied.ts"
import { type Log, MigrationRefused, type Source, type Target } from "./Log.ts"
import { events, ofUse, others, type Row } from "./tables.ts"

/** What has been copied, or is there, is not what the source has. */
export class LogsDiffer extends Schema.TaggedError<LogsDiffer>()("LogsDiffer", {
  from: Schema.String,
  to: Schema.String,
  differences: Schema.Array(Schema.String)
}) {
  override get message() {
    return `${this.to} is not what ${this.from} is`
  }
}

/** Called with how many events are done. */
export type Tell<E> = (done: number) => Effect.Effect<void, E>
export interface Reporter<E> {
  readonly comparing: (events: number) => Effect.Effect<Tell<E>, E>
  readonly copying: (first: number, last: number) => Effect.Effect<Tell<E>, E>
}

export interface Migrated {
  /** In all, and how many of them were there before. */
  readonly events: number
  readonly before: number
  /** Rows of the other tables. */
  readonly others: Readonly<Record<string, number>>
  /** That have come to the source since, and are not copied. */
  readonly newer: number
}

type Guard = typeof refuseWorkedOn

const isUnused = (target: Target) =>
  Effect.map(Effect.forEach(ofUse, target.count), (counts) => counts.every((rows) => rows === 0))

/** The head of a target that is, or is from now on, the beginning of the source's log, and may be copied into. */
const begin = Effect.fnUntraced(function* (source: Source, target: Target, guard: Guard) {
  const logId = yield* source.logId
  const head = yield* target.head
  if ((yield* target.logId) !== logId) {
    if (!(yield* isUnused(target))) {
      return yield* new MigrationRefused({ message: `${target.name} has another log: nothing is copied over it` })
    }
    yield* target.become(logId)
  }
  const last = yield* source.head
  if (head > last) {
    const message = `${target.name} has events up to ${head}, and ${source.name} up to ${last}: it has gone on by itself`
    return yield* new MigrationRefused({ message })
  }
  yield* guard(target)
  return head
})

const notSame = (source: Log, target: Log, found: ReadonlyArray<string>) =>
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
  yield* notSame(source, target, yield* differences(source, target, events, { after: [after], upTo: [upTo] }, tell))
})

/** A log has no gaps: one that has is not to be made another one's beginning. */
const unbroken = (source: Log, rows: ReadonlyArray<Row>, after: number) => {
  const gap = rows.findIndex(([sequence], index) => sequence !== after + index + 1)
  if (gap < 0) return Effect.void
  const missing = after + gap + 1
  const message = `${source.name} has no event ${missing}: \`evenstar verify\` says what is wrong with it`
  return new MigrationRefused({ message })
}

const copyEvents = Effect.fnUntraced(function* <E>(source: Source, target: Target, head: number, report: Reporter<E>) {
  const last = yield* source.head
  if (head === last) return
  const tell = yield* report.copying(head + 1, last)
  let done = 0
  yield* Stream.runForEach(pages(source, events, [head]), (rows) =>
    Effect.gen(function* () {
      yield* unbroken(source, rows, head + done)
      yield* target.append(rows, head + done)
      done += rows.length
      yield* tell(done)
    })
  )
})

/** Anew each time: what the source has forgotten since is to be forgotten there too. */
const copyOthers = (source: Source, target: Target, guard: Guard) =>
  target.transact(
    Effect.gen(function* () {
      // Events may have taken an hour, in which somebody started a node.
      yield* guard(target)
      for (const table of others.toReversed()) yield* target.clear(table)
      yield* target.leave(yield* digested(source, target.insert))
    })
  )

const compareOthers = Effect.fnUntraced(function* (source: Source, target: Target) {
  const counts: Record<string, number> = {}
  const found: Array<string> = []
  for (const table of others) {
    const words = yield* differences(source, target, table, {}, (rows) =>
      Effect.sync(() => {
        counts[table.name] = rows
      })
    )
    found.push(...words)
  }
  yield* notSame(source, target, found)
  return counts
})

/** At the end: nothing beside what was compared. */
const compareWhole = Effect.fnUntraced(function* (source: Source, target: Target) {
  const wholeOf = (log: Log) => Effect.all([log.logId, log.head, log.count(events)])
  const [logId, head, count] = yield* wholeOf(source)
  const there = yield* wholeOf(target)
  const found = [
    ...(there[0] === logId ? [] : [`The log's id is ${there[0]}, where ${logId} should be`]),
    ...(there[1] === head ? [] : [`It ends with event ${there[1]}, where ${head} should be`]),
    ...(there[2] === count ? [] : [`It has ${there[2]} events, where ${count} should be`])
  ]
  yield* notSame(source, target, found)
})

/** `replace`: sessions and accounts also where somebody has worked on them since the last copy. */
export const migrate = Effect.fn("migrateLog.migrate")(function* <E>(
  source: Source,
  target: Target,
  { replace, report }: { readonly replace: boolean; readonly report: Reporter<E> }
) {
  const guard: Guard = replace ? () => Effect.void : refuseWorkedOn
  const before = yield* begin(source, target, guard)
  yield* compareEvents(source, target, 0, before, report)
  yield* copyEvents(source, target, before, report)
  yield* copyOthers(source, target, guard)
  yield* target.settle
  const head = yield* source.head
  yield* compareEvents(source, target, before, head, report)
  const counts = yield* compareOthers(source, target)
  yield* compareWhole(source, target)
  return { events: head, before, others: counts, newer: (yield* source.headNow) - head } satisfies Migrated
})
