// Given/when/then for an aggregate's decisions: `given(poll, events).when(command).then(expected)`.
import { deepStrictEqual, fail } from "node:assert/strict"
import * as Either from "effect/Either"
import type { Aggregate, Tagged } from "../domain/Aggregate.ts"
import type { Refusal } from "../domain/Refusal.ts"

interface Outcome<Event, Refused extends Refusal> {
  /**
   * Asserts exactly these events (none: no change), or a refusal with this tag; throws otherwise.
   */
  readonly then: (expected: ReadonlyArray<Event> | Refused["_tag"]) => void
}

/** Starts from past events, in order. */
export const given = <Id extends string, State, Encoded, Command, Event extends Tagged, Refused extends Refusal>(
  { decide, evolve, initial }: Aggregate<Id, State, Encoded, Command, Event, Refused>,
  events: ReadonlyArray<Event>
) => ({
  when: (command: Command): Outcome<Event, Refused> => {
    const decided = decide(events.reduce(evolve, initial), command)
    return {
      // biome-ignore lint/suspicious/noThenProperty: given, when, then; it is never awaited
      then: (expected) => {
        if (Either.isRight(decided)) {
          return typeof expected === "string"
            ? fail(`Expected ${expected}, and it was done: ${JSON.stringify(decided.right)}`)
            : deepStrictEqual(decided.right, expected)
        }
        deepStrictEqual(decided.left._tag, expected)
      }
    }
  }
})
