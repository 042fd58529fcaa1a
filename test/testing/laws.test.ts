// The laws hold for a correct aggregate, and each detects its fault.

import * as Either from "effect/Either"
import * as FastCheck from "effect/FastCheck"
import * as Schema from "effect/Schema"
import { describe, expect, it } from "vitest"
import * as Aggregate from "../../src/domain/Aggregate.ts"
import { laws } from "../../src/testing/laws.ts"
import { type Counted, counter, definition } from "./counters.ts"

const command = FastCheck.record({ by: FastCheck.integer({ min: -10, max: 10 }) })
/** The names of the violated laws. */
const broken = (all: Readonly<Record<string, () => void>>) =>
  Object.entries(all).flatMap(([name, law]) => (Either.isLeft(Either.try(law)) ? [name] : []))
const type = "Thing"

describe("aggregate laws", () => {
  it("hold for a correct aggregate", () => expect(broken(laws(counter(type), command))).toEqual([]))

  it("detect an evolve that fails for an event", () => {
    const evolve: typeof definition.evolve = (state, event) => {
      if (event.by < 0) throw new Error("never")
      return definition.evolve(state, event)
    }
    const thing = Aggregate.make({ ...definition, type, evolve })
    expect(broken(laws(thing, command))).toContain("evolve takes any events that the codec decodes, in any order")
  })

  it("detect a snapshot that loses state", () => {
    const { schema } = definition.snapshot
    const forgetful = Schema.transform(schema, Schema.typeSchema(schema), {
      decode: (it) => ({ ...it, times: 0 }),
      encode: (it) => it
    })
    const thing = Aggregate.make({ ...definition, type, snapshot: { version: 1, schema: forgetful } })
    expect(broken(laws(thing, command))).toEqual(["a snapshot and the rest equal a full fold"])
  })

  it("detect a decide whose events cannot be encoded", () => {
    const decide: typeof definition.decide = (_, { by }) =>
      Either.right<ReadonlyArray<Counted>>([{ _tag: "Counted", by: by / 3 }])
    const thing = Aggregate.make({ ...definition, type, decide })
    expect(broken(laws(thing, command))).toEqual(["what decide gives can be stored, read and taken by evolve"])
  })
})
