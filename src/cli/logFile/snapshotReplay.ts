// Whether snapshots are what the log gives: each one's aggregate is folded anew, one at a time.
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Schema from "effect/Schema"
import type * as Aggregate from "../../domain/Aggregate.ts"
import { columns, toEvent } from "../../layers/eventStore/EventRows.ts"
import type { BoundedMessages } from "../../lib/BoundedMessages.ts"
import { attempt } from "./files.ts"
import { type LogFile, nextPage } from "./LogFile.ts"

/** The migration that made the table. */
const since = 6
const page = 500

const asSnapshots = Schema.decodeUnknownSync(
  Schema.Array(
    Schema.Struct({ id: Schema.String, version: Schema.Number, sequence: Schema.Number, state: Schema.String })
  )
)

export const refolding = ({ replay, snapshot, type }: Aggregate.Any) =>
  Effect.fnUntraced(function* (log: LogFile, differences: BoundedMessages) {
    const { database, file, logId, schema } = log
    if (schema < since) return
    // Of another kind, or of the log that this was before a restore: nobody reads them.
    const snapshots = database.prepare(
      `SELECT aggregate_id AS id, version, sequence, state FROM snapshots
        WHERE aggregate_type = ? AND log_id = ? AND kind = ? AND aggregate_id > ? ORDER BY aggregate_id LIMIT 1`
    )
    const events = database
      .prepare(
        `SELECT ${columns} FROM events WHERE aggregate_type = ? AND aggregate_id = ? AND version > ? AND version <= ?
          ORDER BY version LIMIT ${page}`
      )
      .raw()

    /** Of the events up to a version: where they end, and whether a snapshot is what they give; nothing where one can't be read. */
    const fold = Effect.fnUntraced(function* (id: string, upTo: number) {
      const replayed = replay()
      for (let version = 0, sequence = 0; ; ) {
        const after = version
        const found = yield* attempt(file, () => events.all(type, id, after, upTo).map(toEvent))
        for (const stored of found) {
          // That it can't be read is said of the event itself, and nobody can open the aggregate.
          if (Either.isLeft(replayed.take(stored))) return undefined
          version = stored.version
          sequence = stored.sequence
        }
        if (found.length < page) return { isSnapshot: replayed.isSnapshot, version, sequence }
        yield* nextPage(log)
      }
    })

    for (let last = ""; ; ) {
      const after = last
      const [found] = yield* attempt(file, () => asSnapshots(snapshots.all(type, logId, snapshot.version, after)))
      if (found === undefined) return
      last = found.id
      const folded = yield* fold(found.id, found.version)
      const isRight =
        folded === undefined ||
        (folded.version === found.version && folded.sequence === found.sequence && folded.isSnapshot(found.state))
      if (!isRight) differences.add(`The snapshot of ${type} ${found.id} differs from the log`)
      yield* nextPage(log)
    }
  })
