// What the cache counts, by query.

/** Why an answer was let go: its time to live, its time without use, an event, or no room. */
export const removalCauses = ["ttl", "idle", "invalidation", "capacity", "bytes", "admission"] as const
export type RemovalCause = (typeof removalCauses)[number]

export class QueryStats {
  hits = 0
  misses = 0
  /** Computations that succeeded, and the milliseconds that they took in all. */
  loads = 0
  loadMillis = 0
  failures = 0
  readonly evictions: Record<RemovalCause, number> = {
    ttl: 0,
    idle: 0,
    invalidation: 0,
    capacity: 0,
    bytes: 0,
    admission: 0
  }
}

export class CacheStats {
  private readonly queries: Map<string, QueryStats>
  /** Names that are there from the start: a counter that nobody has moved is 0, not missing. */
  constructor(names: ReadonlyArray<string>) {
    this.queries = new Map(names.map((name) => [name, new QueryStats()]))
  }
  of(query: string): QueryStats {
    const known = this.queries.get(query)
    if (known !== undefined) return known
    const stats = new QueryStats()
    this.queries.set(query, stats)
    return stats
  }
  get all(): ReadonlyMap<string, Readonly<QueryStats>> {
    return this.queries
  }
}
