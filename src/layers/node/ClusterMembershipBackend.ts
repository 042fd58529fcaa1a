// Membership as rows in the shared database; a single process with one bus knows only itself.
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Schedule from "effect/Schedule"
import * as Schema from "effect/Schema"
import { type BusPhase, firstPhase, PhaseRefused, phaseRefusal } from "../../domain/BusPhase.ts"
import type { StoreUnavailable } from "../../domain/StoredEvent.ts"
import { Postgres } from "../postgres/Postgres.ts"
import { ClusterMembership, type ClusterMembershipService, NodeReport, type NodeStatus } from "./ClusterMembership.ts"
import * as LiveNodes from "./liveNodes.ts"
import { NodeIdentity } from "./NodeIdentity.ts"
import type { NodeRows } from "./NodeRows.ts"
import * as Sqlite from "./NodeRowsSqlite.ts"
import { Settings } from "./Settings.ts"

const unknownReport: NodeReport = { bus: "unknown", phase: null, silent: null, compared: null }

const reportEvery = "500 millis"
/** Shutdown waits no longer for an unavailable database. */
const leaveTimeout = "1 second"

const decodeReport = Schema.decodeOption(Schema.parseJson(NodeReport))

const shared = Effect.fnUntraced(function* (rows: NodeRows, hasTwo: boolean) {
  const { instanceId, nodeId } = yield* NodeIdentity
  const nodes = LiveNodes.make(rows)
  let phase = yield* Effect.orDie(rows.phase)
  let report: Effect.Effect<NodeReport> | undefined

  const say = Effect.gen(function* () {
    phase = yield* rows.phase
    if (report !== undefined) yield* rows.report({ instanceId, nodeId, report: JSON.stringify(yield* report) })
    yield* nodes.refresh
  })
  yield* say.pipe(
    // An unavailable database is reported by /health; nothing can switch meanwhile.
    Effect.catchAll((error) => Effect.logDebug("The status report of this node could not be stored", error)),
    Effect.repeat(Schedule.spaced(reportEvery)),
    Effect.forkScoped
  )
  yield* Effect.addFinalizer(() =>
    rows.remove(instanceId).pipe(Effect.interruptible, Effect.timeoutOption(leaveTimeout), Effect.ignoreLogged)
  )

  const all = Effect.map(nodes.live, (live) =>
    // A report of another version may be unreadable: such a node counts as having reached no phase.
    live.map(
      ({ report: said, ...names }): NodeStatus => ({
        ...names,
        ...Option.getOrElse(decodeReport(said), () => unknownReport)
      })
    )
  )

  /** Retried when another node moves the phase concurrently. */
  const move = (to: BusPhase): Effect.Effect<void, PhaseRefused | StoreUnavailable> =>
    Effect.gen(function* () {
      const from = yield* rows.phase
      const refused = phaseRefusal(from, to, yield* all)
      if (refused !== undefined) return yield* refused
      if (!(yield* rows.move(from, to))) yield* move(to)
    })

  return {
    phase: () => phase,
    describe: (of) =>
      Effect.sync(() => {
        report = of
      }),
    current: hasTwo ? rows.phase : Effect.succeed(null),
    all,
    move: (to) => (hasTwo ? Effect.zipRight(move(to), say) : Effect.fail(oneBus))
  } satisfies ClusterMembershipService
})

const oneBus = new PhaseRefused({ reason: "Only one bus is configured: set EVENT_BUS=dual:FIRST,SECOND to run two" })

/** A single process with one bus. */
const alone = Effect.map(NodeIdentity, ({ instanceId, nodeId }): ClusterMembershipService => {
  let report: Effect.Effect<NodeReport> | undefined
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

export const layer = Layer.scoped(
  ClusterMembership,
  Effect.gen(function* () {
    const { eventBus } = yield* Settings
    const hasTwo = eventBus[1] !== undefined
    const postgres = yield* Postgres
    if (Option.isSome(postgres)) {
      const { make } = yield* Effect.promise(() => import("./NodeRowsPostgres.ts"))
      return yield* shared(make(postgres.value), hasTwo)
    }
    return yield* hasTwo ? Effect.flatMap(Sqlite.make, (rows) => shared(rows, hasTwo)) : alone
  })
)
