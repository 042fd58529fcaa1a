// Runs contenders in turn, rotating the order each round, so that noise affects all alike.

export type Results<Name, A> = (name: Name) => ReadonlyArray<A>

/** Round `n` of one contender is paired with round `n` of another by `ratios`. */
export const interleaved = async <Name, A>(
  rounds: number,
  contenders: ReadonlyArray<readonly [Name, () => Promise<A> | A]>
): Promise<Results<Name, A>> => {
  const results = new Map<Name, Array<A>>(contenders.map(([name]) => [name, []]))
  for (let round = 0; round < rounds; round++) {
    const first = round % contenders.length
    const order = [...contenders.slice(first), ...contenders.slice(0, first)]
    for (const [name, run] of order) results.get(name)?.push(await run())
  }
  return (name) => results.get(name) ?? []
}

export const sleep = (millis: number) => new Promise<void>((resolve) => setTimeout(resolve, millis))
