import { describe, expect, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Logger from "effect/Logger"
import { EventUndecodable } from "../../../src/domain/EventCodec.ts"
import { Sequence } from "../../../src/domain/StoredEvent.ts"
import { DecodeFailures } from "../../../src/layers/subscriptions/DecodeFailures.ts"

const failure = (sequence: number) =>
  new EventUndecodable({
    sequence: Sequence.make(sequence),
    eventType: "TodoAdded",
    schemaVersion: 9,
    reason: "the newest known schema version is 1"
  })

/** The layer with a logger that collects log lines. */
const withLog = <A, E>(body: (lines: ReadonlyArray<string>) => Effect.Effect<A, E, DecodeFailures>) =>
  Effect.suspend(() => {
    const lines: Array<string> = []
    const logger = Logger.map(Logger.logfmtLogger, (line) => lines.push(line))
    return body(lines).pipe(
      Effect.provide(DecodeFailures.layer),
      Effect.provide(Logger.replace(Logger.defaultLogger, logger))
    )
  })

describe("DecodeFailures", () => {
  it.effect("logs and counts an event once per consumer, however often it is reported", () =>
    withLog((lines) =>
      Effect.gen(function* () {
        const failures = yield* DecodeFailures
        for (let i = 0; i < 3; i++) {
          yield* failures.report("visitor-lists", failure(12))
          yield* failures.report("analytics", failure(12))
        }
        expect(yield* failures.total).toBe(2)
        expect(lines).toHaveLength(2)
        for (const part of [
          "ERROR",
          "consumer=visitor-lists",
          "sequence=12",
          "eventType=TodoAdded",
          "schemaVersion=9"
        ]) {
          expect(lines[0]).toContain(part)
        }
        expect(lines[0]).toContain("the newest known schema version is 1")
      })
    )
  )

  it.effect("keeps a bounded number of recent failures", () =>
    withLog(() =>
      Effect.gen(function* () {
        const failures = yield* DecodeFailures
        for (let sequence = 1; sequence <= 100; sequence++) yield* failures.report("visitor-lists", failure(sequence))
        const recent = yield* failures.recent
        expect(recent.map(({ sequence }) => sequence)).toEqual(Array.from({ length: 20 }, (_, i) => 100 - i))
        expect(recent[0]).toEqual({
          consumer: "visitor-lists",
          sequence: 100,
          eventType: "TodoAdded",
          schemaVersion: 9,
          reason: "the newest known schema version is 1"
        })
        expect(yield* failures.total).toBe(100)
      })
    )
  )
})
