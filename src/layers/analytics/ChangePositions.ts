// Positions of the newest event by aggregate type. A result is outdated when its query depends on a
// later event; a result computed from older rows is outdated on arrival.
import type { Question } from "../../domain/AnalyticsQuery.ts"
import { noEvents, type Sequence } from "../../domain/StoredEvent.ts"
import type { Ingested } from "./Analytics.ts"

export class ChangePositions {
  private latest: Sequence = noEvents
  private readonly ofType = new Map<string, Sequence>()

  note({ aggregateTypes, sequence }: Ingested) {
    this.latest = sequence
    for (const type of aggregateTypes) this.ofType.set(type, sequence)
  }

  /** The position of the newest event that the query depends on. */
  of({ dependsOn }: Pick<Question, "dependsOn">): Sequence {
    if (dependsOn === "everything") return this.latest
    let newest = noEvents
    for (const type of dependsOn) {
      const sequence = this.ofType.get(type)
      if (sequence !== undefined && sequence > newest) newest = sequence
    }
    return newest
  }

  clear() {
    this.latest = noEvents
    this.ofType.clear()
  }
}
