// The event of a fan-out in the format of `/events`, for servers without a log, with a timestamp.
import { randomUUID } from "node:crypto"
import { clock } from "./clock.ts"

/** Microseconds on the clock shared by all processes. */
export const stamp = () => Math.round(clock() * 1000)

export const aggregateType = "Bench"
export const eventType = "Ticked"
export const payload = (sentAt: number) => ({ sentAt, text: "Buy oat milk and bread" })

const mark = Buffer.from('"sentAt":')

/** Milliseconds since the event at `at` was stamped. */
export const age = (bytes: Buffer, at: number, now: number): number => {
  let digit = bytes.indexOf(mark, at) + mark.length
  let sentAt = 0
  for (let byte = bytes[digit] ?? 0; byte >= 48 && byte <= 57; byte = bytes[++digit] ?? 0)
    sentAt = sentAt * 10 + byte - 48
  return now - sentAt / 1000
}

export const ticked = (sequence: number) => {
  const commandId = randomUUID()
  return {
    sequence,
    eventId: randomUUID(),
    aggregateType,
    aggregateId: commandId,
    version: 1,
    eventType,
    schemaVersion: 1,
    payload: payload(stamp()),
    metadata: { commandId, correlationId: commandId, causationId: null, visitorId: null },
    occurredAt: new Date().toISOString()
  }
}
export type Ticked = ReturnType<typeof ticked>

export const frame = (event: Ticked) =>
  `event: ${event.eventType}\nid: ${event.sequence}\ndata: ${JSON.stringify(event)}\n\n`

export const streamHeaders = { "content-type": "text/event-stream; charset=utf-8", "cache-control": "no-store" }
export const comment = ":\n"
