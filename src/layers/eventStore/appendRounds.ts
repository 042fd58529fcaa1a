// append_events judges all its requests by what the log says before any of them: so those that depend on one another go one after the other.
import type { Append } from "./EventStore.ts"

const keysOf = ({ aggregate, answer, commandId }: Append) => [
  `a ${JSON.stringify([aggregate.type, aggregate.id])}`,
  `c ${commandId}`,
  ...(answer === undefined ? [] : [`k ${JSON.stringify([answer.request.scope, answer.request.key])}`])
]

/** As few rounds as it takes, in which no two are of one aggregate, one command or one key, and their order is kept where they are. */
export const appendRounds = (appends: ReadonlyArray<Append>): ReadonlyArray<ReadonlyArray<Append>> => {
  const rounds: Array<Array<Append>> = []
  /** The round after the last one that has the key. */
  const next = new Map<string, number>()
  for (const append of appends) {
    const keys = keysOf(append)
    const round = Math.max(...keys.map((key) => next.get(key) ?? 0))
    for (const key of keys) next.set(key, round + 1)
    const some = rounds[round]
    if (some === undefined) rounds.push([append])
    else some.push(append)
  }
  return rounds
}
