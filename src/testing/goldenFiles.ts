// Golden files hold a payload of each schema version of each event type, so that old payloads stay
// readable. A new schema version adds a file; existing files are never edited.
import { deepStrictEqual } from "node:assert/strict"
import { readdirSync, readFileSync } from "node:fs"
import { basename, join } from "node:path"
import * as Arbitrary from "effect/Arbitrary"
import * as Either from "effect/Either"
import * as FastCheck from "effect/FastCheck"
import type * as Schema from "effect/Schema"
import type * as EventCodec from "../domain/EventCodec.ts"
import { noEvents } from "../domain/StoredEvent.ts"
import { undecoded } from "./storedEvents.ts"

/**
 * Checks by name, one for each file `TYPE.vVERSION.json` of a folder and one for completeness; each
 * throws on failure. `expected` has the decoded event for each file name without its suffix.
 */
export const goldenFiles = <Event>(
  folder: string,
  codec: EventCodec.EventCodec<Event>,
  expected: Readonly<Record<string, Event>>
): Readonly<Record<string, () => void>> => {
  const files = readdirSync(folder).filter((name) => name.endsWith(".json"))

  const check = (file: string) => {
    const name = basename(file, ".json")
    const [eventType = "", version] = name.split(".v")
    const payload: unknown = JSON.parse(readFileSync(join(folder, file), "utf8"))
    const event = { sequence: noEvents, eventType, schemaVersion: Number(version), payload }
    const decoded = Either.getOrThrow(codec.decode(event))
    deepStrictEqual(decoded, expected[name])
    // Events are written in the current version only, so only that is encoded.
    if (event.schemaVersion !== codec.versions.get(eventType)) return
    deepStrictEqual(undecoded(codec.encode(decoded)), event)
  }

  return {
    "there is one for each version of each event type, and no other": () => {
      const written = [...codec.versions].flatMap(([type, current]) =>
        Array.from({ length: current }, (_, i) => `${type}.v${i + 1}.json`)
      )
      deepStrictEqual(files.toSorted(), written.toSorted())
    },
    ...Object.fromEntries(files.map((file) => [file, () => check(file)]))
  }
}

/** Property: an event that is encoded and stored is decoded to an equal event. */
export const roundTrip = <Event, Encoded>(schema: Schema.Schema<Event, Encoded>, codec: EventCodec.EventCodec<Event>) =>
  FastCheck.assert(
    FastCheck.property(Arbitrary.make(schema), (event) => {
      deepStrictEqual(codec.decode(undecoded(codec.encode(event))), Either.right(event))
    })
  )
