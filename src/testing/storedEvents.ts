// Events of one aggregate as stored in the log, for tests of subscribers and queries.
import type { Aggregate, Tagged } from "../domain/Aggregate.ts"
import type * as EventCodec from "../domain/EventCodec.ts"
import type { Refusal } from "../domain/Refusal.ts"
import { EventId, type NewEvent, noEvents, Sequence, StoredEvent, Version } from "../domain/StoredEvent.ts"

/** An encoded event as read from the log: its payload has been JSON. The sequence is arbitrary. */
export const undecoded = (event: NewEvent): EventCodec.Undecoded => ({
  sequence: noEvents,
  ...event,
  payload: JSON.parse(JSON.stringify(event.payload))
})

const metadata = JSON.stringify({
  commandId: "a-command",
  correlationId: "a-command",
  causationId: null,
  visitorId: null,
  nodeId: null
})

/** Sequences begin at 1; one event per second from 2026-01-01. */
export const storedEvents = <Id extends string, State, Encoded, Command, Event extends Tagged, Refused extends Refusal>(
  { codec, type }: Aggregate<Id, State, Encoded, Command, Event, Refused>,
  id: string,
  events: ReadonlyArray<Event>
): ReadonlyArray<StoredEvent> =>
  events.map((event, index) => {
    const { eventType, payload, schemaVersion } = codec.encode(event)
    const position = index + 1
    return new StoredEvent(
      Sequence.make(position),
      EventId.make(`019ab0f4-7c00-7000-8000-${String(position).padStart(12, "0")}`),
      type,
      id,
      Version.make(position),
      eventType,
      schemaVersion,
      JSON.stringify(payload),
      metadata,
      new Date(Date.UTC(2026, 0, 1, 0, 0, position)).toISOString()
    )
  })
