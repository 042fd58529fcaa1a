// Old payloads stay readable for ever: each event type has a golden file for each schema version that was ever written.
// A version that is raised needs a new file there; a file that is there is never edited.
import { readdirSync, readFileSync } from "node:fs"
import { basename, join } from "node:path"
import * as Arbitrary from "effect/Arbitrary"
import * as Either from "effect/Either"
import * as FastCheck from "effect/FastCheck"
import type * as Schema from "effect/Schema"
import { expect, it } from "vitest"
import type * as EventCodec from "../../src/domain/EventCodec.ts"
import { type NewEvent, Sequence } from "../../src/domain/StoredEvent.ts"

export const sequence = Sequence.make(7)

/** What the log gives back for what an aggregate handed to it. */
const stored = (event: NewEvent): EventCodec.Undecoded => ({
  sequence,
  ...event,
  payload: JSON.parse(JSON.stringify(event.payload))
})

/** Tests of the files in a folder, each of which is one of these events. */
export const goldenFiles = <Event>(
  folder: string,
  codec: EventCodec.EventCodec<Event>,
  expected: Record<string, Event>
) => {
  const files = readdirSync(folder).filter((name) => name.endsWith(".json"))

  it("there is one for every version of every event type, and for nothing else", () => {
    const written = [...codec.versions].flatMap(([type, current]) =>
      Array.from({ length: current }, (_, i) => `${type}.v${i + 1}.json`)
    )
    expect(files.toSorted()).toEqual(written.toSorted())
  })

  it.each(files)("%s", (file) => {
    const name = basename(file, ".json")
    const [eventType = "", version] = name.split(".v")
    const payload: unknown = JSON.parse(readFileSync(join(folder, file), "utf8"))
    const event = { sequence, eventType, schemaVersion: Number(version), payload }
    const decoded = Either.getOrThrow(codec.decode(event))
    expect(decoded).toEqual(expected[name])
    // The current version is also what is written today.
    if (event.schemaVersion !== codec.versions.get(eventType)) return
    expect(stored(codec.encode(decoded))).toEqual(event)
  })
}

/** What was encoded is decoded to the same, by way of JSON. */
export const roundTrip = <Event, Encoded>(schema: Schema.Schema<Event, Encoded>, codec: EventCodec.EventCodec<Event>) =>
  FastCheck.assert(
    FastCheck.property(Arbitrary.make(schema), (event) => {
      expect(codec.decode(stored(codec.encode(event)))).toEqual(Either.right(event))
    })
  )
