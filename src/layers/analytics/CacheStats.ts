// Cache statistics by query.

/** Why a result left the cache: lifetime, idle time, an event, or a bound. */
export const removalCauses = ["ttl", "idle", "invalidation", "capacity", "bytes", "admission"] as const
export type RemovalCause = (typeof removalCauses)[number]

export class QueryStats {
  hits = 0
  misses = 0
  /** Successful computations and their total milliseconds. */
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
  /** Queries known from the start report 0 instead of nothing. */
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
