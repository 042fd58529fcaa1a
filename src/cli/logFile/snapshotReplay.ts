// Whether snapshots are what the log gives: each one's aggregate is folded anew, one at a time.
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Schema from "effect/Schema"
import type { EventCodec } from "../../domain/EventCodec.ts"
import type { SnapshotKind } from "../../layers/aggregates/Snapshots.ts"
import { columns, toEvent } from "../../layers/eventStore/EventRows.ts"
import type { Differences } from "../../lib/Differences.ts"
import { attempt } from "./files.ts"
import { type LogFile, nextPage } from "./LogFile.ts"

/** The migration that made the table. */
const since = 6
const page = 500

export interface Folded<State, Encoded, Event> {
  readonly aggregateType: string
  readonly codec: Pick<EventCodec<Event>, "decode">
  readonly empty: State
  readonly evolve: (state: State, event: Event) => State
  readonly snapshot: SnapshotKind<State, Encoded>
}

const asSnapshots = Schema.decodeUnknownSync(
  Schema.Array(
    Schema.Struct({ id: Schema.String, version: Schema.Number, sequence: Schema.Number, state: Schema.String })
  )
)

export const refolding = <State, Encoded, Event>(aggregate: Folded<State, Encoded, Event>) => {
  const { aggregateType, codec, empty, evolve, snapshot } = aggregate
  const json = Schema.parseJson(snapshot.schema)
  const encode = Schema.encodeSync(json)
  const decode = Schema.decodeEither(json)
  return Effect.fnUntraced(function* (log: LogFile, differences: Differences) {
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

    const fold = Effect.fnUntraced(function* (id: string, upTo: number) {
      let folded = { state: empty, version: 0, sequence: 0 }
      for (;;) {
        const found = yield* attempt(file, () => events.all(aggregateType, id, folded.version, upTo).map(toEvent))
        for (const stored of found) {
          const event = codec.decode(stored)
          // That it can't be read is said of the event itself, and nobody can open the aggregate.
          if (Either.isLeft(event)) return undefined
          folded = { state: evolve(folded.state, event.right), version: stored.version, sequence: stored.sequence }
        }
        if (found.length < page) return folded
        yield* nextPage(log)
      }
    })

    for (let last = ""; ; ) {
      const after = last
      const [found] = yield* attempt(file, () =>
        asSnapshots(snapshots.all(aggregateType, logId, snapshot.version, after))
      )
      if (found === undefined) return
      last = found.id
      const folded = yield* fold(found.id, found.version)
      const state = decode(found.state)
      const isRight =
        folded === undefined ||
        (Either.isRight(state) &&
          folded.version === found.version &&
          folded.sequence === found.sequence &&
          encode(state.right) === encode(folded.state))
      if (!isRight) differences.add(`The snapshot of ${aggregateType} ${found.id} differs from the log`)
      yield* nextPage(log)
    }
  })
}
