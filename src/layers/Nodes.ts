// The processes that share a log know of each other here: each says every half second how it is, and hears at which phase the switch between
// two buses stands. A process that is alone, with one bus, keeps no such rows.
import type { SqlClient } from "@effect/sql/SqlClient"
import type { SqlError } from "@effect/sql/SqlError"
import * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import type { ParseError } from "effect/ParseResult"
import * as Schedule from "effect/Schedule"
import * as Schema from "effect/Schema"
import { BusPhase, firstPhase, PhaseRefused, refusal } from "../domain/BusPhase.ts"
import type { StoreUnavailable } from "../domain/StoredEvent.ts"
import { Postgres } from "./postgres/Postgres.ts"
import { Settings } from "./Settings.ts"
import { Sql, storeErrors } from "./Sql.ts"
import { ThisNode } from "./ThisNode.ts"

export const Report = Schema.Struct({
  /** `EVENT_BUS`. */
  bus: Schema.String,
  /** How far it has come; null where it has one bus. */
  phase: Schema.NullOr(BusPhase),
  /** Why it hears nothing from the others, if it doesn't. */
  silent: Schema.NullOr(Schema.String),
  /** What one of two buses brought it and the other didn't. */
  compared: Schema.NullOr(Schema.Struct({ both: Schema.Number, onlyFirst: Schema.Number, onlySecond: Schema.Number }))
})
export type Report = typeof Report.Type

export interface NodeStatus extends Report {
  readonly nodeId: string
  readonly instanceId: string
}

const beat = "500 millis"
/** Milliseconds after which a process that says nothing is none of the nodes any more, and a row is deleted. */
const gone = 5000
const forgotten = 3_600_000

const decodeNodes = Schema.decodeUnknown(
  Schema.Array(Schema.Struct({ nodeId: Schema.String, instanceId: Schema.String, report: Schema.parseJson(Report) }))
)
const decodePhase = Schema.decodeUnknown(Schema.Tuple(Schema.Struct({ phase: BusPhase })))

interface Rows {
  readonly sql: SqlClient
  readonly write: <A>(effect: Effect.Effect<A, SqlError | ParseError>) => Effect.Effect<A, StoreUnavailable>
}

export interface NodesService {
  /** The phase that all nodes are to be in, as far as this one has heard. */
  readonly phase: () => BusPhase
  /** From now on this node says of itself what `report` gives. */
  readonly describe: (report: Effect.Effect<Report>) => Effect.Effect<void>
  /** The same as it is written now; null where there is one bus. */
  readonly current: Effect.Effect<BusPhase | null, StoreUnavailable>
  /** Those that have said something within 5 seconds. */
  readonly all: Effect.Effect<ReadonlyArray<NodeStatus>, StoreUnavailable>
  /** Lets all nodes go to a phase. Forward by one, when each has reached the one before; back from anywhere. */
  readonly move: (to: BusPhase) => Effect.Effect<void, PhaseRefused | StoreUnavailable>
}

const shared = Effect.fnUntraced(function* (
  { sql, write }: Rows,
  now: Effect.Effect<number, StoreUnavailable>,
  hasTwo: boolean
) {
  const { instanceId, nodeId } = yield* ThisNode
  const current = Effect.map(
    storeErrors(Effect.flatMap(sql`SELECT phase FROM bus_switch`, decodePhase)),
    ([row]) => row.phase
  )
  let phase = yield* Effect.orDie(current)
  let report: Effect.Effect<Report> | undefined

  const say = Effect.gen(function* () {
    phase = yield* current
    if (report === undefined) return
    const at = yield* now
    const row = { instance_id: instanceId, node_id: nodeId, report: JSON.stringify(yield* report), seen_at: at }
    yield* write(
      Effect.zipRight(
        sql`INSERT INTO nodes ${sql.insert(row)} ON CONFLICT (instance_id) DO UPDATE SET
          node_id = excluded.node_id, report = excluded.report, seen_at = excluded.seen_at`,
        sql`DELETE FROM nodes WHERE seen_at < ${at - forgotten}`
      )
    )
  })
  yield* say.pipe(
    // While the database is away there is nothing to switch, and /health says so.
    Effect.catchAll((error) => Effect.logDebug("This node could not tell how it is", error)),
    Effect.repeat(Schedule.spaced(beat)),
    Effect.forkScoped
  )
  yield* Effect.addFinalizer(() => Effect.ignoreLogged(write(sql`DELETE FROM nodes WHERE instance_id = ${instanceId}`)))

  const all = Effect.gen(function* () {
    const since = (yield* now) - gone
    const rows = yield* storeErrors(
      Effect.flatMap(
        sql`SELECT node_id AS "nodeId", instance_id AS "instanceId", ${textOf(sql)} AS report FROM nodes
          WHERE seen_at >= ${since} ORDER BY node_id, instance_id`,
        decodeNodes
      )
    )
    return rows.map(({ report: said, ...names }): NodeStatus => ({ ...names, ...said }))
  })

  return {
    phase: () => phase,
    describe: (of) =>
      Effect.sync(() => {
        report = of
      }),
    current: hasTwo ? current : Effect.succeed(null),
    all,
    move: Effect.fn("Nodes.move")(function* (to) {
      if (!hasTwo) return yield* oneBus
      const from = yield* current
      const refused = refusal(from, to, yield* all)
      if (refused !== undefined) return yield* refused
      // Somebody else may have moved it meanwhile: then theirs stands, and this one is judged anew by whoever asks again.
      yield* write(sql`UPDATE bus_switch SET phase = ${to} WHERE phase = ${from}`)
      yield* say
    })
  } satisfies NodesService
})

/** JSON as text, whatever the column's type. */
const textOf = (sql: SqlClient) => sql.onDialectOrElse({ pg: () => sql`report::text`, orElse: () => sql`report` })

const oneBus = new PhaseRefused({ reason: "There is one bus: EVENT_BUS=dual:FIRST,SECOND runs two" })

/** One process on a log of its own, with one bus: it knows of itself. */
const alone = Effect.map(ThisNode, ({ instanceId, nodeId }): NodesService => {
  let report: Effect.Effect<Report> | undefined
  return {
    phase: () => firstPhase,
    describe: (of) =>
      Effect.sync(() => {
        report = of
      }),
    current: Effect.succeed(null),
    all: Effect.suspend(() =>
      report === undefined ? Effect.succeed([]) : Effect.map(report, (said) => [{ nodeId, instanceId, ...said }])
    ),
    move: () => oneBus
  }
})

export class Nodes extends Context.Tag("evenstar/Nodes")<Nodes, NodesService>() {
  static readonly layer = Layer.scoped(
    Nodes,
    Effect.gen(function* () {
      const { eventBus } = yield* Settings
      const hasTwo = eventBus[1] !== undefined
      const postgres = yield* Postgres
      if (Option.isSome(postgres)) {
        const { query, sql, transact } = postgres.value
        const time = { name: "time", text: "SELECT (extract(epoch FROM clock_timestamp()) * 1000)::bigint" }
        const now = Effect.map(query(time, []), (rows) => Number(rows[0]?.[0]))
        return yield* shared({ sql, write: (effect) => storeErrors(transact(effect)) }, now, hasTwo)
      }
      if (!hasTwo) return yield* alone
      const { derived, write } = yield* Sql
      return yield* shared(
        { sql: write, write: (effect) => storeErrors(derived(effect)) },
        Clock.currentTimeMillis,
        hasTwo
      )
    })
  )
}
