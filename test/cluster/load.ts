// Load during a fault: 32 writers that retry each command until it is answered, and 60 feeds that
// reconnect as browsers do, spread over the nodes. At the end, each feed has received each event
// once, in order, and the log contains what was acknowledged.
import { setTimeout } from "node:timers/promises"
import { isDeepStrictEqual } from "node:util"
import type { EventSourceMessage } from "eventsource-parser"
import { expect, type TestContext } from "vitest"
import { windowSize } from "../../src/features/todo/listWindow.ts"
import { decodeChange, decodeEvent, decodeNewList, type LoggedEvent, withIdempotencyKey } from "../process/client.ts"
import { checkConsecutive, expectGapFree, openStream } from "../process/streams.ts"
import { pollOptions } from "../process/support.ts"
import { type Send, startTraffic } from "../process/traffic.ts"
import { type Cluster, type Node, operatorHeaders } from "./cluster.ts"

const writers = 32
/** Milliseconds between a writer's commands. */
const writeInterval = 250
/** Feeds of the whole log, of a list's events and of a list's HTML: 60 in total. */
const logFeeds = 36
const listFeeds = 12
/** Milliseconds: the stream's `retry:` for browsers. */
const retry = 1000
/** Milliseconds for which a failed node is avoided if there is another one. */
const avoidanceMillis = 2000

/** Milliseconds: the log is polled every 250 ms; the rest is slack for a busy machine. */
export const maxDelay = 3000

/** A retryable refusal, as the writers received it. */
export interface Refusal {
  readonly nodeId: string
  readonly retryAfter: string | undefined
  /** Latency in milliseconds. */
  readonly took: number
}

const textsIn = (html: string) => Array.from(html.matchAll(/<span class="text"[^>]*>([^<]*)</g), ([, text]) => text)

interface Feed {
  /** The node that it is connected to. */
  nodeId: string | undefined
  breaks: number
  /** Delay of an event in milliseconds after the earliest feed or the command's response. */
  longestDelay: number
  readonly faults: Array<string>
  /** Whether the feed has shown all of this log; `mayBeMore` also accepts newer state. */
  readonly has: (log: ReadonlyArray<LoggedEvent>, mayBeMore: boolean) => boolean
}

let loads = 0

export const startLoad = async (cluster: Cluster, onTestFinished: TestContext["onTestFinished"]) => {
  const name = `load-${++loads}`
  const refusals: Array<Refusal> = []
  const lists: Array<string> = []
  const feeds: Array<Feed> = []
  /** When an event was first received by any feed or writer. */
  const known = new Map<number, number>()
  /** As the first feed received it: all others must receive the same. */
  const texts = new Map<number, string>()
  const closing: Array<() => Promise<void>> = []
  let measuredFrom = performance.now()
  let isWrittenTo = (_: Node) => true
  let isOver = false
  let turn = 0

  const avoidedUntil = new Map<Node, number>()
  const next = (): Node => {
    const now = performance.now()
    const meant = cluster.nodes.filter(isWrittenTo)
    const good = meant.filter((node) => (avoidedUntil.get(node) ?? 0) < now)
    const some = good.length === 0 ? meant : good
    return some[turn++ % some.length] ?? cluster.node(0)
  }
  const know = (sequence: number) => {
    const now = performance.now()
    const since = known.get(sequence)
    if (since === undefined) known.set(sequence, now)
    return now - (since ?? now)
  }

  const send: Send = async (path, body, key) => {
    const node = next()
    const asked = performance.now()
    const answer = await node.client.post(path, body, withIdempotencyKey(key)).catch(() => undefined)
    if (answer !== undefined && answer.status !== 503) {
      if (answer.status === 201) know(decodeChange(answer.text).sequence)
      if (path === "/api/lists") lists.push(decodeNewList(answer.text).listId)
      return answer
    }
    if (isOver) throw new Error("The test is over")
    const retryAfter = answer?.headers["retry-after"]
    if (answer !== undefined) refusals.push({ nodeId: node.nodeId, retryAfter, took: performance.now() - asked })
    avoidedUntil.set(node, performance.now() + avoidanceMillis)
    await setTimeout(1000 * Number(retryAfter ?? 0.05))
    return send(path, body, key)
  }

  const follow = async (path: string, feed: Feed, see: (event: EventSourceMessage) => void) => {
    let home = feeds.push(feed)
    let last: string | undefined
    let openedAt = 0
    let close = async () => {}
    let opened = () => {}
    const onEvent = (event: EventSourceMessage) => {
      if (event.id === undefined) return
      last = event.id
      const delay = Math.min(know(Number(event.id)), performance.now() - Math.max(openedAt, measuredFrom))
      feed.longestDelay = Math.max(feed.longestDelay, delay)
      see(event)
    }
    const stay = async () => {
      while (!isOver) {
        const node = cluster.node(home++ % cluster.nodes.length)
        const headers = { ...operatorHeaders, ...(last === undefined ? {} : { "last-event-id": last }) }
        const stream = await openStream(node.url, path, onEvent, headers).catch(() => undefined)
        if (stream !== undefined) {
          openedAt = performance.now()
          close = stream.close
          feed.nodeId = node.nodeId
          stream.flow()
          opened()
          await stream.ended
        }
        if (isOver) return
        feed.breaks++
        feed.nodeId = undefined
        await setTimeout(retry)
      }
    }
    const stayed = new Promise<void>((resolve) => {
      opened = resolve
    })
    const staying = stay()
    closing.push(async () => {
      await close()
      await staying
    })
    await stayed
  }

  const makeFeed = (has: Feed["has"], faults: Array<string>): Feed => ({
    nodeId: undefined,
    breaks: 0,
    longestDelay: 0,
    faults,
    has
  })
  const compare = (event: EventSourceMessage, faults: Array<string>) => {
    const sequence = Number(event.id)
    const text = texts.get(sequence)
    if (text === undefined) texts.set(sequence, event.data)
    else if (text !== event.data) faults.push(`${sequence} isn't what others had: ${event.data}`)
  }
  const followLog = () => {
    const order = checkConsecutive()
    const has: Feed["has"] = (log) => order.last() >= log.length
    return follow("/events?after=0", makeFeed(has, order.faults), (event) => {
      order.see(event)
      compare(event, order.faults)
    })
  }
  const followList = (listId: string) => {
    const faults: Array<string> = []
    let last = 0
    const has: Feed["has"] = (log) => log.every(({ aggregateId, version }) => aggregateId !== listId || version <= last)
    return follow(`/events?aggregateId=${listId}&after=0`, makeFeed(has, faults), (event) => {
      const { version } = decodeEvent(event.data)
      if (version !== last + 1) faults.push(`version ${version} after ${last}`)
      last = version
      compare(event, faults)
    })
  }
  const followPage = (listId: string) => {
    const faults: Array<string> = []
    let last = 0
    let shown: ReadonlyArray<string | undefined> = []
    const has: Feed["has"] = (log, mayBeMore) => {
      const events = log.filter(({ aggregateId }) => aggregateId === listId)
      const newest = events.at(-1)?.sequence ?? 0
      if (mayBeMore && last > newest) return true
      const added = events.filter(({ eventType }) => eventType === "TodoAdded").map(({ payload }) => payload.text)
      return last === newest && isDeepStrictEqual(shown, added.slice(-windowSize))
    }
    const feed = makeFeed(has, faults)
    let breaks = 0
    return follow(`/lists/${listId}/feed`, feed, (event) => {
      const id = Number(event.id)
      // The full fragment after a reconnect, otherwise a newer one than before.
      if (id < last || (id === last && breaks === feed.breaks)) faults.push(`${id} after ${last}`)
      breaks = feed.breaks
      last = id
      shown = textsIn(event.data)
    })
  }

  const traffic = startTraffic(send, { name, writers, writeInterval: writeInterval })
  const end = async () => {
    isOver = true
    traffic.stop()
    await Promise.all(closing.map((close) => close()))
  }
  onTestFinished(end)
  await expect.poll(() => lists.length, pollOptions).toBe(writers)
  await Promise.all([
    ...Array.from({ length: logFeeds }, followLog),
    ...lists.slice(0, listFeeds).map(followList),
    ...lists.slice(-listFeeds).map(followPage)
  ])
  expect(feeds.length).toBe(60)

  const arrived = (
    log: ReadonlyArray<LoggedEvent>,
    mayBeMore: boolean,
    isMeant: (nodeId: string) => boolean = () => true
  ) => {
    const behind = () => feeds.filter(({ has, nodeId = "" }) => isMeant(nodeId) && !has(log, mayBeMore)).length
    return expect.poll(behind, { ...pollOptions, interval: 20 }).toBe(0)
  }

  const load = {
    refusals,
    /** Directs writers to these nodes; default: all. A node that writes notices missed events. */
    writesTo: (isMeant: (node: Node) => boolean = () => true) => {
      isWrittenTo = isMeant
    },
    /** Waits for this many further acknowledged commands. */
    waitForCommands: async (commands = 60) => {
      const before = traffic.answered()
      await expect.poll(traffic.answered, pollOptions).toBeGreaterThanOrEqual(before + commands)
    },
    /** Waits until all feeds, or those of some nodes, have caught up with the current head. */
    arrives: async (isMeant?: (nodeId: string) => boolean) => arrived(await cluster.readLog(), true, isMeant),
    breaks: () => feeds.reduce((sum, feed) => sum + feed.breaks, 0),
    /** The largest delay in milliseconds over all or some nodes' feeds since the last call. */
    longestDelay: (isMeant: (nodeId: string) => boolean = () => true) => {
      const delays = feeds.flatMap(({ longestDelay, nodeId = "" }) => (isMeant(nodeId) ? [longestDelay] : []))
      for (const feed of feeds) feed.longestDelay = 0
      measuredFrom = performance.now()
      return Math.max(...delays)
    },
    /** The log after all writes, once every feed has caught up. */
    finish: async () => {
      await traffic.settled()
      const log = await cluster.readLog()
      expectGapFree(log)
      // Other tests may have lists of their own.
      traffic.check(log.filter(({ aggregateId }) => lists.includes(aggregateId)))
      await arrived(log, false)
      expect(feeds.flatMap(({ faults }) => faults)).toEqual([])
      const heard = log.map(({ sequence }) => texts.get(sequence) ?? "")
      expect(heard.map((text) => decodeEvent(text))).toEqual(log)
      await end()
      return log
    }
  }
  return load
}

/** Figures for benchmarks. */
export const printFigures = (what: string, figures: Record<string, number>) => {
  if (process.env["FIGURES"] === undefined) return
  const words = Object.entries(figures).map(([name, value]) => `${name} ${Math.round(value)}`)
  process.stdout.write(`${what}: ${words.join(", ")}\n`)
}
