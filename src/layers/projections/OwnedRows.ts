// Read models of what visitors own: rows with a `visitor_id`, and reads that find one's own writes.
import * as Effect from "effect/Effect"
import type { Actor } from "../../domain/Account.ts"
import { Ownership } from "../aggregates/Ownership.ts"
import { EventStore } from "../eventStore/EventStore.ts"
import { Sql, storeErrors } from "../sqlite/Sql.ts"
import type { Tagged } from "./ProjectionRunner.ts"
import { type Projection, Projections } from "./Projections.ts"

/** For rows that are behind the log; then what they have is shown. */
const readTimeout = "1 second"

/** Keeps the rows of a projection, and says of each whose it is: `idColumn` has the aggregate's id. */
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
    /** The condition of somebody's rows, on whichever device they were made. */
    ofOwner,
    /** Returns when the rows have what was written before, also by another node, or a second later. */
    current: store.head.pipe(
      Effect.flatMap((head) => reached(projection.name, head)),
      Effect.timeoutOption(readTimeout)
    )
  }
})
