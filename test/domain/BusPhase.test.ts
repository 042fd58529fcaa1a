import { describe, expect, it } from "@effect/vitest"
import * as fc from "fast-check"
import {
  type BusPhase,
  carriesFirst,
  carriesSecond,
  nextPhase,
  phaseBefore,
  phaseRefusal,
  phases,
  readsFirst
} from "../../src/domain/BusPhase.ts"

const phase = fc.constantFrom(...phases)
const nodes = fc.array(fc.record({ nodeId: fc.string(), phase: fc.option(phase) }))

describe("phases of a bus switch", () => {
  it("advance one at a time, and only after every node has reached the previous one", () => {
    fc.assert(
      fc.property(phase, phase, nodes, (from, to, reached) => {
        const isForward = phases.indexOf(to) > phases.indexOf(from)
        const mayGo = !isForward || (to === nextPhase(from) && reached.every((node) => node.phase === from))
        expect(phaseRefusal(from, to, reached) === undefined).toBe(mayGo)
      })
    )
  })

  it("report which nodes are missing", () => {
    const reached = [
      { nodeId: "one", phase: "both, read first" as const },
      { nodeId: "two", phase: "first" as const }
    ]
    expect(phaseRefusal("both, read first", "both, read second", reached)?.message).toBe(
      'Not every node has reached "both, read first": two is at "first"'
    )
    expect(phaseRefusal("first", "second", [])?.message).toContain('the next phase is "both, read first"')
  })

  it("have no neighbours of which one reads a bus that the other does not write", () => {
    const hears = (reader: BusPhase, writer: BusPhase) =>
      readsFirst(reader) ? carriesFirst(writer) : carriesSecond(writer)
    for (const one of phases) {
      for (const other of [nextPhase(one), phaseBefore(one), one]) {
        if (other !== undefined) expect([one, other, hears(one, other)]).toEqual([one, other, true])
      }
    }
  })
})
