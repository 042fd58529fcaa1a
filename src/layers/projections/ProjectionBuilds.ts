// Builds of a projection: a table per version, and a view of the projection's table name over the
// build that serves. Runs inside the caller's transaction.
import type { SqlClient } from "@effect/sql/SqlClient"
import type { SqlError } from "@effect/sql/SqlError"
import * as Arr from "effect/Array"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { LogId, noEvents, Sequence } from "../../domain/StoredEvent.ts"

export interface Buildable {
  readonly name: string
  /** Raise (never lower) it when the rows change; they are then rebuilt. */
  readonly version: number
  /**
   * The name that readers select from. During a rebuild they see the older rows: if those lack a
   * column, use a new name and table instead.
   */
  readonly table: string
  /** Creates the empty table, and indexes whose names begin with the table's. */
  readonly create: (sql: SqlClient, table: string) => Effect.Effect<void, SqlError>
}

/** Another process serves a newer version, or rebuilt these rows. */
export class BuildLost extends Schema.TaggedError<BuildLost>()("BuildLost", {
  name: Schema.String,
  version: Schema.Number
}) {
  override get message() {
    return `The rows of version ${this.version} are not available: a newer version of the projection is live, or a rebuild is running`
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

  /** Points the view at this build and drops older ones. */
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

  /** The checkpoint of this version; starts a build if there is none for this log. */
  const begin = Effect.fnUntraced(function* (projection: Buildable) {
    const { name, version } = projection
    const [foreign, ours] = Arr.partition(yield* find(projection), (build) => build.logId === logId)
    yield* drop(projection, foreign)
    const serving = ours.find((build) => build.serving)
    if (serving !== undefined && serving.version > version) return yield* new BuildLost({ name, version })
    const cursor = ours.find((build) => build.version === version)?.cursor ?? (yield* create(projection))
    // Incomplete rows are better than none.
    if (serving === undefined) yield* serve(projection)
    return { cursor, serving: serving === undefined || serving.version === version }
  })

  const ours = ({ name, version }: Buildable) => sql`name = ${name} AND version = ${version} AND log_id = ${logId}`

  /** Compare-and-set of the checkpoint; the rows may change only on success. */
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
