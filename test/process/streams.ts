// Server-sent events read by a real parser at any rate, and checked for gaps and repetitions.
import { once } from "node:events"
import { type IncomingMessage, request } from "node:http"
import { createParser, type EventSourceMessage } from "eventsource-parser"
import { expect } from "vitest"
import { decodeEvent, type LoggedEvent, metric } from "./client.ts"

/**
 * An event stream, open when this resolves. Reads nothing before `flow` (all of it) or `take` (that
 * many bytes, which it awaits).
 */
export const openStream = async (
  url: string,
  path: string,
  onEvent: (event: EventSourceMessage) => void,
  headers: Record<string, string> = {}
) => {
  const sent = request(new URL(path, url), { agent: false, headers: { accept: "text/event-stream", ...headers } })
  sent.end()
  const response: IncomingMessage = await new Promise((resolve, reject) => {
    sent.once("response", resolve)
    sent.once("error", reject)
  })
  if (response.statusCode !== 200) sent.destroy()
  expect(response.statusCode).toBe(200)
  const text = new TextDecoder()
  // Heartbeats are not events for these tests.
  const parser = createParser({ onEvent: (event) => event.event !== "ping" && onEvent(event) })
  const feed = (part: Buffer) => parser.feed(text.decode(part, { stream: true }))
  let isOpen = true
  // Resolves at a clean end and at a broken connection.
  const ended = new Promise<void>((resolve) =>
    response.once("close", () => {
      isOpen = false
      resolve()
    })
  )
  response.on("error", () => {})
  return {
    ended,
    isOpen: () => isOpen,
    flow: () => {
      response.on("data", feed)
      response.resume()
    },
    take: async (bytes: number) => {
      for (let left = bytes; left > 0 && isOpen; ) {
        if (response.readableLength === 0) await Promise.race([once(response, "readable"), ended])
        const part: Buffer | null = response.read(Math.min(left, response.readableLength))
        if (part === null) continue
        feed(part)
        left -= part.length
      }
    },
    close: async () => {
      sent.destroy()
      await ended
    }
  }
}

/** Checks that ids are consecutive from `after` on; `faults` collects gaps and repetitions. */
export const checkConsecutive = (after = 0) => {
  const faults: Array<string> = []
  let last = after
  return {
    faults,
    last: () => last,
    see: ({ id }: EventSourceMessage) => {
      if (Number(id) !== last + 1 && faults.length < 10) faults.push(`${id} after ${last}`)
      last = Number(id)
    }
  }
}

/** The whole log up to its current head, from `/events`. */
export const readLog = async (url: string): Promise<ReadonlyArray<LoggedEvent>> => {
  const head = await metric(url, "evenstar_log_head_sequence")
  const events: Array<LoggedEvent> = []
  const stream = await openStream(url, "/events?after=0", ({ data }) => {
    if (events.push(decodeEvent(data)) >= head) void stream.close()
  })
  stream.flow()
  await stream.ended
  return events
}

/** Checks for consecutive sequences and stream versions; returns each stream's last version. */
export const expectGapFree = (log: ReadonlyArray<LoggedEvent>) => {
  const versions = new Map<string, number>()
  const faults: Array<LoggedEvent> = []
  for (const [index, event] of log.entries()) {
    const expected = (versions.get(event.aggregateId) ?? 0) + 1
    if (event.sequence !== index + 1 || event.version !== expected) faults.push(event)
    versions.set(event.aggregateId, event.version)
  }
  expect(faults.slice(0, 10)).toEqual([])
  return versions
}
