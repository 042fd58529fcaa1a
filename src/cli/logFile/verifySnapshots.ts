// Verifies snapshots: folds each snapshot's aggregate again from its events, one at a time.
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Schema from "effect/Schema"
import type * as Aggregate from "../../domain/Aggregate.ts"
import { columns, toEvent } from "../../layers/eventStore/EventRows.ts"
import type { BoundedMessages } from "../../lib/BoundedMessages.ts"
import { attemptOn } from "./durableFiles.ts"
import { betweenPages, type LogFile } from "./LogFile.ts"

/** The migration that created the table. */
const introducedBy = 6
const pageRows = 500

const asSnapshots = Schema.decodeUnknownSync(
  Schema.Array(
    Schema.Struct({ id: Schema.String, version: Schema.Number, sequence: Schema.Number, state: Schema.String })
  )
)

export const verifySnapshots = ({ replay, snapshot, type }: Aggregate.Any) =>
  Effect.fnUntraced(function* (log: LogFile, differences: BoundedMessages) {
    const { database, file, logId, schema } = log
    if (schema < introducedBy) return
    // Snapshots of another kind, or of the log before a restore, are never read.
    const snapshots = database.prepare(
      `SELECT aggregate_id AS id, version, sequence, state FROM snapshots
        WHERE aggregate_type = ? AND log_id = ? AND kind = ? AND aggregate_id > ? ORDER BY aggregate_id LIMIT 1`
    )
    const events = database
      .prepare(
        `SELECT ${columns} FROM events WHERE aggregate_type = ? AND aggregate_id = ? AND version > ? AND version <= ?
          ORDER BY version LIMIT ${pageRows}`
      )
      .raw()

    /** Folds events up to a version; undefined when one of them can't be decoded. */
    const fold = Effect.fnUntraced(function* (id: string, upTo: number) {
      const replayed = replay()
      for (let version = 0, sequence = 0; ; ) {
        const after = version
        const found = yield* attemptOn(file, () => events.all(type, id, after, upTo).map(toEvent))
        for (const stored of found) {
          // `verifyLog` reports the event; the aggregate can't be loaded either way.
          if (Either.isLeft(replayed.take(stored))) return undefined
          version = stored.version
          sequence = stored.sequence
        }
        if (found.length < pageRows) return { isSnapshot: replayed.isSnapshot, version, sequence }
        yield* betweenPages(log)
      }
    })

    for (let last = ""; ; ) {
      const after = last
      const [found] = yield* attemptOn(file, () => asSnapshots(snapshots.all(type, logId, snapshot.version, after)))
      if (found === undefined) return
      last = found.id
      const folded = yield* fold(found.id, found.version)
      const isRight =
        folded === undefined ||
        (folded.version === found.version && folded.sequence === found.sequence && folded.isSnapshot(found.state))
      if (!isRight) differences.add(`The snapshot of ${type} ${found.id} differs from the log`)
      yield* betweenPages(log)
    }
  })
