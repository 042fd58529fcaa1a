// Phases of switching from one event bus to another: forward one step at a time, back from any
// step. While both buses carry events, readers of either miss nothing.
import * as Schema from "effect/Schema"

export const phases = ["first", "both, read first", "both, read second", "second"] as const
export const BusPhase = Schema.Literal(...phases)
export type BusPhase = typeof BusPhase.Type

export const firstPhase: BusPhase = "first"

export const carriesFirst = (phase: BusPhase) => phase !== "second"
export const carriesSecond = (phase: BusPhase) => phase !== "first"
export const readsFirst = (phase: BusPhase) => phase === "first" || phase === "both, read first"
export const carriesBoth = (phase: BusPhase) => carriesFirst(phase) && carriesSecond(phase)

export const nextPhase = (phase: BusPhase): BusPhase | undefined => phases[phases.indexOf(phase) + 1]
export const phaseBefore = (phase: BusPhase): BusPhase | undefined => phases[phases.indexOf(phase) - 1]

/** The switch to a phase is not allowed now; `reason` says why. */
export class PhaseRefused extends Schema.TaggedError<PhaseRefused>()("PhaseRefused", { reason: Schema.String }) {
  readonly kind = "conflict"
  override get message() {
    return this.reason
  }
}

/** The refusal of a switch, or undefined. `reached`: the phase of each node. */
export const phaseRefusal = (
  from: BusPhase,
  to: BusPhase,
  reached: ReadonlyArray<{ readonly nodeId: string; readonly phase: BusPhase | null }>
): PhaseRefused | undefined => {
  if (phases.indexOf(to) <= phases.indexOf(from)) return undefined
  if (to !== nextPhase(from)) {
    return new PhaseRefused({
      reason: `From "${from}" the next phase is "${nextPhase(from)}"; phases go forward one at a time`
    })
  }
  const behind = reached.filter(({ phase }) => phase !== from)
  if (behind.length === 0) return undefined
  const names = behind.map(({ nodeId, phase }) => `${nodeId} is at "${phase}"`).join(", ")
  return new PhaseRefused({ reason: `Not every node has reached "${from}": ${names}` })
}
