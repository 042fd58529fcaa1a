// Rounds of appends to PostgreSQL: dependent appends in sequence, in as few rounds as possible.
import { describe, expect, it } from "@effect/vitest"
import * as fc from "fast-check"
import { IdempotencyKey } from "../../../src/domain/Idempotency.ts"
import { CommandId } from "../../../src/domain/StoredEvent.ts"
import type { Append } from "../../../src/layers/eventStore/EventStore.ts"
import { appendRounds } from "../../../src/layers/eventStore/eventStatements.ts"
import { append } from "../../support.ts"

interface Spec {
  readonly id: string
  readonly command: string
  readonly key?: string | undefined
}

const of = ({ command, id, key }: Spec): Append =>
  append(id, 0, {
    commandId: CommandId.make(command),
    ...(key === undefined
      ? {}
      : { idempotency: { request: { scope: "s", key: IdempotencyKey.make(key), fingerprint: "f" }, detail: {} } })
  })
const depend = (one: Spec, other: Spec) =>
  one.id === other.id || one.command === other.command || (one.key !== undefined && one.key === other.key)

/** The commands of each round. */
const rounds = (specs: ReadonlyArray<Spec>) => {
  const appends = specs.map(of)
  return appendRounds(appends).map((round) => round.map((it) => appends.indexOf(it)))
}

describe("appendRounds", () => {
  it("has one round for independent appends, and none without appends", () => {
    expect(rounds([])).toEqual([])
    expect(
      rounds([
        { id: "a", command: "1" },
        { id: "b", command: "2", key: "key-0001" },
        { id: "c", command: "3", key: "key-0002" }
      ])
    ).toEqual([[0, 1, 2]])
  })

  it.each([
    ["aggregate", { id: "a", command: "1" }, { id: "a", command: "2" }],
    ["command", { id: "a", command: "1" }, { id: "b", command: "1" }],
    ["idempotency key", { id: "a", command: "1", key: "key-0001" }, { id: "b", command: "2", key: "key-0001" }]
  ] as const)("separates appends of the same %s, and others join the first round", (_, one, other) => {
    expect(rounds([one, other, { id: "z", command: "9" }])).toEqual([[0, 2], [1]])
  })

  it("law: every append is in one round after those it depends on, in the minimum number of rounds", () => {
    const spec: fc.Arbitrary<Spec> = fc.record({
      id: fc.constantFrom("a", "b", "c", "d"),
      command: fc.constantFrom("1", "2", "3", "4", "5", "6"),
      key: fc.constantFrom(undefined, undefined, "key-0001", "key-0002")
    })
    fc.assert(
      fc.property(fc.array(spec, { maxLength: 20 }), (specs) => {
        const found = rounds(specs)
        const roundOf = specs.map((_, index) => found.findIndex((round) => round.includes(index)))
        expect(found.flat().sort((a, b) => a - b)).toEqual(specs.map((_, index) => index))
        for (const [index, own] of specs.entries()) {
          const before = specs.flatMap((other, at) => (at < index && depend(own, other) ? [roundOf[at] ?? -1] : []))
          expect(roundOf[index]).toBe(Math.max(-1, ...before) + 1)
        }
      })
    )
  })
})
