// Properties of every aggregate, for a feature's tests: takes the aggregate and its commands.
import { deepStrictEqual, ok } from "node:assert/strict"
import * as Arbitrary from "effect/Arbitrary"
import * as Either from "effect/Either"
import * as FastCheck from "effect/FastCheck"
import * as Schema from "effect/Schema"
import type { Aggregate, Tagged } from "../domain/Aggregate.ts"
import type { Refusal } from "../domain/Refusal.ts"
import { undecoded } from "./storedEvents.ts"

/** Laws by name; each throws at the first counterexample. */
export const laws = <Id extends string, State, Encoded, Command, Event extends Tagged, Refused extends Refusal>(
  { codec, decide, events: schema, evolve, initial, snapshot }: Aggregate<Id, State, Encoded, Command, Event, Refused>,
  commands: FastCheck.Arbitrary<Command>
): Readonly<Record<string, () => void>> => {
  const anyEvents = FastCheck.array(Arbitrary.make(schema), { maxLength: 20 })
  const json = Schema.parseJson(snapshot.schema)
  const encode = Schema.encodeSync(json)
  const decode = Schema.decodeSync(json)
  /** An event after encoding and decoding, as read from the log. */
  const stored = (event: Event) => Either.getOrThrow(codec.decode(undecoded(codec.encode(event))))

  return {
    "evolve takes any events that the codec decodes, in any order": () =>
      FastCheck.assert(
        FastCheck.property(anyEvents, (events) => {
          ok(events.map(stored).reduce(evolve, initial) !== undefined)
        })
      ),
    "a snapshot and the rest equal a full fold": () =>
      FastCheck.assert(
        FastCheck.property(anyEvents, FastCheck.nat(20), (events, at) => {
          const full = events.reduce(evolve, initial)
          const kept = decode(encode(events.slice(0, at).reduce(evolve, initial)))
          deepStrictEqual(encode(events.slice(at).reduce(evolve, kept)), encode(full))
        })
      ),
    "what decide gives can be stored, read and taken by evolve": () =>
      FastCheck.assert(
        FastCheck.property(FastCheck.array(commands, { maxLength: 30 }), (all) => {
          let state = initial
          for (const command of all) {
            const decided = Either.getOrElse(decide(state, command), (): ReadonlyArray<Event> => [])
            const next = decided.reduce(evolve, state)
            deepStrictEqual(encode(decided.map(stored).reduce(evolve, state)), encode(next))
            state = next
          }
        })
      )
  }
}
