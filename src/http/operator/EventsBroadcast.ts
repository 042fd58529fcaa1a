// Broadcasts the log to the streams of `/events`: each event is encoded once, and each stream gets
// one write per tick. Streams are grouped by filter, so an event only costs the matching groups.
// Streams that lag (new, or slow for long) are served from the log until they have caught up.
import * as Effect from "effect/Effect"
import * as FiberSet from "effect/FiberSet"
import * as Schedule from "effect/Schedule"
import { type EventFilter, encodeStoredEvent, type Sequence, type StoredEvent } from "../../domain/StoredEvent.ts"
import { EventStore } from "../../layers/eventStore/EventStore.ts"
import { Subscriptions } from "../../layers/subscriptions/Subscriptions.ts"
import { yieldToEventLoop } from "../../lib/eventLoop.ts"
import type { SseConnection, Writer } from "../sse/SseConnection.ts"
import { encodeFrame } from "../sse/SseFrame.ts"
import { Frame } from "../sse/StreamFrame.ts"
import { makeTicker } from "../sse/ticker.ts"

/** Bytes of recent frames that a group keeps for slow clients before they must read the log. */
const recentBytes = 4 * 1024 * 1024

/** The events of one tick. */
interface Batch {
  readonly events: ReadonlyArray<StoredEvent>
  readonly upTo: Sequence
  readonly frame: Frame
}

/** Streams with the same filter. */
interface Group {
  readonly key: string
  readonly filter: EventFilter
  readonly clients: Set<Client>
  /** Events for the next tick. */
  due: Array<StoredEvent>
  /** Frames kept while a client needs them: all events after `since`, up to the last tick. */
  recent: ReadonlyArray<Batch>
  since: Sequence
}

interface Client {
  readonly stream: SseConnection
  readonly group: Group
  /** Sequence up to which events were sent. */
  position: Sequence
  /** A fiber is sending from the log. */
  isFed: boolean
}

const frameOf = (events: ReadonlyArray<StoredEvent>): Frame => {
  let text = ""
  for (const event of events) text += encode(event)
  return new Frame(text)
}
const encode = (event: StoredEvent): string =>
  encodeFrame({ id: event.sequence, event: event.eventType, data: encodeStoredEvent(event) })

const keyOf = (type: string | undefined, id: string | undefined) => JSON.stringify([type, id])

/** Drops the oldest batches beyond `recentBytes`. */
const trim = (group: Group) => {
  let bytes = 0
  const dropped = group.recent.findLastIndex(({ frame }) => {
    bytes += frame.plain.size
    return bytes > recentBytes
  })
  group.since = group.recent[dropped]?.upTo ?? group.since
  group.recent = group.recent.slice(dropped + 1)
}

const retryAfter = "500 millis"

export const makeEventsBroadcast = Effect.gen(function* () {
  const { readPage } = yield* EventStore
  const feed = yield* Subscriptions
  const run = yield* FiberSet.makeRuntime<never>()
  const groups = new Map<string, Group>()
  const clients = new Map<SseConnection, Client>()
  const touched = new Set<Group>()

  /** Sends pending events while the client drains: from the group's batches, else from the log. */
  const advance = (client: Client) => {
    const { group, stream } = client
    if (client.isFed || !stream.isReady) return
    if (client.position < group.since) return feedFromLog(client)
    for (const { events, frame, upTo } of group.recent) {
      if (upTo <= client.position) continue
      if (!stream.isReady) return
      const missing = events.filter(({ sequence }) => sequence > client.position)
      stream.send(missing.length === events.length ? frame : frameOf(missing))
      client.position = upTo
    }
  }

  const scheduleTick = yield* makeTicker(
    Effect.sync(() => {
      const groupsNow = [...touched]
      touched.clear()
      for (const group of groupsNow) {
        const events = group.due
        const upTo = events.at(-1)?.sequence ?? group.since
        group.due = []
        group.recent = [...group.recent, { events, upTo, frame: frameOf(events) }]
        let isWaitedFor = false
        for (const client of group.clients) {
          advance(client)
          isWaitedFor ||= client.position < upTo && !client.isFed
        }
        if (isWaitedFor) trim(group)
        else {
          group.recent = []
          group.since = upTo
        }
      }
    })
  )

  /** The last sequence that was distributed to the groups. */
  let heard = yield* feed.listen((events) => {
    heard = events.at(-1)?.sequence ?? heard
    if (groups.size === 0) return
    for (const event of events) {
      const { aggregateId, aggregateType } = event
      for (const key of [
        keyOf(undefined, undefined),
        keyOf(aggregateType, undefined),
        keyOf(undefined, aggregateId),
        keyOf(aggregateType, aggregateId)
      ]) {
        const group = groups.get(key)
        if (group === undefined) continue
        group.due.push(event)
        touched.add(group)
      }
    }
    if (touched.size > 0) scheduleTick()
  })

  /**
   * Sends pages of the log after the client's position, each when the previous one has drained. A
   * client that stops reading holds one page in memory, and no fiber.
   */
  const catchUp = Effect.fnUntraced(function* (client: Client) {
    const { group, stream } = client
    while (stream.isReady && client.position < heard) {
      // The stream stays open while the database is unavailable.
      const page = yield* Effect.retry(readPage({ after: client.position, upTo: heard, filter: group.filter }), {
        schedule: Schedule.spaced(retryAfter),
        while: () => clients.has(stream)
      })
      if (page.events.length > 0) stream.send(frameOf(page.events))
      client.position = page.position
      yield* yieldToEventLoop
    }
  })
  const feedFromLog = (client: Client) => {
    client.isFed = true
    const ended = Effect.sync(() => {
      client.isFed = false
      advance(client)
    })
    // Aborted rather than ended: after a clean end some clients don't reconnect.
    const failed = Effect.sync(() => client.stream.destroy())
    run(
      catchUp(client).pipe(
        Effect.zipRight(ended),
        Effect.catchAll((error) =>
          Effect.zipRight(Effect.logWarning("The catch-up of a stream failed; the stream is closed", error), failed)
        )
      )
    )
  }

  const writer: Writer = {
    ready: (stream) => {
      const client = clients.get(stream)
      if (client !== undefined) advance(client)
    },
    closed: (stream) => {
      const client = clients.get(stream)
      if (client === undefined) return
      clients.delete(stream)
      client.group.clients.delete(client)
      if (client.group.clients.size === 0) groups.delete(client.group.key)
    }
  }

  return {
    writer,
    /** Sends a stream the matching events after a position, until it closes. */
    add: (stream: SseConnection, filter: EventFilter, after: Sequence) => {
      const key = keyOf(filter.aggregateType, filter.aggregateId)
      const group = groups.get(key) ?? { key, filter, clients: new Set(), due: [], recent: [], since: heard }
      groups.set(key, group)
      const client = { stream, group, position: after, isFed: false }
      group.clients.add(client)
      clients.set(stream, client)
      advance(client)
    }
  }
})
