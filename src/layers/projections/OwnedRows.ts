// Read models of what visitors own: rows with a `visitor_id`, read-your-writes.
import * as Effect from "effect/Effect"
import type { Actor } from "../../domain/Account.ts"
import { Ownership } from "../aggregates/Ownership.ts"
import { EventStore } from "../eventStore/EventStore.ts"
import { Sql, storeErrors } from "../sqlite/Sql.ts"
import type { Tagged } from "./ProjectionRunner.ts"
import { type Projection, Projections } from "./Projections.ts"

/** Timeout of read-your-writes; then stale rows are shown. */
const readTimeout = "1 second"

/** Runs a projection and registers its ownership check; `idColumn`: the aggregate's id. */
export const keepOwnedRows = Effect.fnUntraced(function* <Event extends Tagged>(
  projection: Projection<Event>,
  idColumn: string
) {
  const { read } = yield* Sql
  const { reached, run } = yield* Projections
  const store = yield* EventStore
  yield* run(projection)
  const ofOwner = ({ visitorIds }: Actor) =>
    read`visitor_id IN (SELECT value FROM json_each(${JSON.stringify(visitorIds)}))`
  yield* (yield* Ownership).add((owner, id) =>
    storeErrors(
      Effect.map(
        read`SELECT 1 FROM ${read(projection.table)} WHERE ${read(idColumn)} = ${id} AND ${ofOwner(owner)}`,
        (rows) => rows.length > 0
      )
    )
  )
  return {
    read,
    /** SQL condition for rows of an actor, on any of their devices. */
    ofOwner,
    /** Waits until the rows include all events stored so far on any node, at most 1 s. */
    current: store.head.pipe(
      Effect.flatMap((head) => reached(projection.name, head)),
      Effect.timeoutOption(readTimeout)
    )
  }
})
