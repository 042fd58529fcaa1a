// The builds of a projection: each version keeps its rows in a table of its own, and readers read a view with the
// projection's table name, which shows the build that serves. All of it happens inside the caller's transaction.
import type { SqlClient } from "@effect/sql/SqlClient"
import type { SqlError } from "@effect/sql/SqlError"
import * as Arr from "effect/Array"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { LogId, noEvents, Sequence } from "../../domain/StoredEvent.ts"

export interface Buildable {
  readonly name: string
  /** Raise it, and never lower it, when the rows would come out differently: they are then built anew. */
  readonly version: number
  /**
   * What readers select from. While a raised version is built they find the older rows there: where those lack a column
   * that the new code selects, the projection gets another name and table instead.
   */
  readonly table: string
  /** Makes the empty table of that name, and its indexes under names that begin with it. */
  readonly create: (sql: SqlClient, table: string) => Effect.Effect<void, SqlError>
}

/** Another process keeps a newer version, or has made these rows anew: there is nothing to go on with. */
export class BuildLost extends Schema.TaggedError<BuildLost>()("BuildLost", {
  name: Schema.String,
  version: Schema.Number
}) {
  override get message() {
    return `The rows of version ${this.version} are gone: a newer version of the projection serves, or they are made anew`
  }
}

const Build = Schema.Struct({
  version: Schema.Int,
  logId: LogId,
  cursor: Sequence,
  serving: Schema.transformLiterals([0, false], [1, true])
})
const decodeBuilds = Schema.decodeUnknown(Schema.Array(Build))

export const buildTable = ({ table, version }: Pick<Buildable, "table" | "version">) => `${table}_v${version}`

export const make = (sql: SqlClient, logId: LogId) => {
  const find = ({ name }: Buildable) =>
    Effect.flatMap(
      sql`SELECT version, log_id AS "logId", cursor, serving FROM projections WHERE name = ${name}`,
      decodeBuilds
    )

  const dropTable = ({ table }: Buildable, version: number) =>
    sql`DROP TABLE IF EXISTS ${sql(buildTable({ table, version }))}`

  const drop = (projection: Buildable, builds: ReadonlyArray<typeof Build.Type>) =>
    Effect.forEach(
      builds,
      ({ version }) =>
        Effect.zipRight(
          dropTable(projection, version),
          sql`DELETE FROM projections WHERE name = ${projection.name} AND version = ${version}`
        ),
      { discard: true }
    )

  const create = Effect.fnUntraced(function* (projection: Buildable) {
    const { name, version } = projection
    yield* dropTable(projection, version)
    yield* projection.create(sql, buildTable(projection))
    yield* sql`INSERT INTO projections ${sql.insert({ name, version, log_id: logId, cursor: noEvents, serving: 0 })}`
    return noEvents
  })

  /** From now on readers see this build; the older ones are dropped. */
  const serve = Effect.fnUntraced(function* (projection: Buildable) {
    const { name, table, version } = projection
    yield* drop(
      projection,
      (yield* find(projection)).filter((build) => build.version < version)
    )
    yield* sql`DROP VIEW IF EXISTS ${sql(table)}`
    yield* sql`CREATE VIEW ${sql(table)} AS SELECT * FROM ${sql(buildTable(projection))}`
    const mine =
      yield* sql`UPDATE projections SET serving = 1 WHERE name = ${name} AND version = ${version} RETURNING 1`
    if (mine.length === 0) return yield* new BuildLost({ name, version })
  })

  /** Where to go on with this version; begun from nothing where there is no build of it, or one of another log. */
  const begin = Effect.fnUntraced(function* (projection: Buildable) {
    const { name, version } = projection
    const [foreign, ours] = Arr.partition(yield* find(projection), (build) => build.logId === logId)
    yield* drop(projection, foreign)
    const serving = ours.find((build) => build.serving)
    if (serving !== undefined && serving.version > version) return yield* new BuildLost({ name, version })
    const cursor = ours.find((build) => build.version === version)?.cursor ?? (yield* create(projection))
    // Rows that are not all there yet are better than none.
    if (serving === undefined) yield* serve(projection)
    return { cursor, serving: serving === undefined || serving.version === version }
  })

  const ours = ({ name, version }: Buildable) => sql`name = ${name} AND version = ${version} AND log_id = ${logId}`

  /** Moves the cursor if it is still at `from`: only then may the caller change the rows. */
  const advance = (projection: Buildable, from: Sequence, to: Sequence) =>
    Effect.map(
      sql`UPDATE projections SET cursor = ${to} WHERE ${ours(projection)} AND cursor = ${from} RETURNING 1`,
      (moved) => moved.length === 1
    )

  const cursor = Effect.fnUntraced(function* (projection: Buildable) {
    const { name, version } = projection
    const mine = (yield* find(projection)).find((build) => build.version === version && build.logId === logId)
    return mine === undefined ? yield* new BuildLost({ name, version }) : mine.cursor
  })

  return { begin, serve, advance, cursor }
}
