// What has changed since: an answer stands for a position in the log, and is outdated when an event that its query depends on
// lies behind that. Nothing is walked and nothing marked, and an answer that was computed from old rows is old whenever it comes.
import type { Question } from "../../domain/AnalyticsQuery.ts"
import { noEvents, type Sequence } from "../../domain/StoredEvent.ts"
import type { Ingested } from "./Analytics.ts"

export class Changes {
  private latest: Sequence = noEvents
  private readonly ofType = new Map<string, Sequence>()

  note({ aggregateTypes, sequence }: Ingested) {
    this.latest = sequence
    for (const type of aggregateTypes) this.ofType.set(type, sequence)
  }

  /** Where the newest event that concerns a question may lie. */
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
