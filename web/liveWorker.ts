// The SharedWorker of all tabs: holds the browser's one stream (GET /live) and forwards blocks to
// the tabs. To change the feeds it opens the next stream before it closes the current one. Tabs
// retry.
import { Feed, type Subscriber } from "./worker/feed.ts"
import { LiveStream } from "./worker/liveStream.ts"

/** Milliseconds to collect changes; after leaving, a tab may be navigating to another page. */
const pauses = { more: 50, fewer: 2000 }
/** Milliseconds without data: two heartbeats (15 s each) missed. */
const silenceLimit = 35_000

/** The server's limit (src/http/sse/LiveStream.ts). */
const maxFeeds = 64

const feeds = new Map<string, Feed>()
/** The stream in use, and the one that will replace it. */
let current: LiveStream | undefined
let next: LiveStream | undefined
/** The number of the newest stream. */
let newest = 0
let timer: ReturnType<typeof setTimeout> | undefined
let dueAt = Number.POSITIVE_INFINITY

const open = () => {
  dueAt = Number.POSITIVE_INFINITY
  next?.abort()
  next = undefined
  for (const [path, feed] of feeds) if (feed.isUnwanted) feeds.delete(path)
  if (feeds.size === 0) {
    current?.abort()
    current = undefined
    return
  }
  const number = ++newest
  const wanted = [...feeds].map(([path, { from }]) => [path, from] as const)
  for (const [path] of wanted.slice(maxFeeds)) feeds.get(path)?.close({ isUnshared: true }, number)
  const stream: LiveStream = new LiveStream(new Map(wanted.slice(0, maxFeeds)), {
    began: () => {
      if (current !== stream) current?.abort()
      current = stream
      if (next === stream) next = undefined
    },
    block: (path, block) => feeds.get(path)?.take(block, number, stream.feeds.get(path)),
    ping: (block) => {
      for (const feed of feeds.values()) feed.tell(block)
    },
    closed: (path, status) => feeds.get(path)?.close({ isOver: true, status }, number),
    over: (status) => {
      const wasCurrent = current === stream
      if (wasCurrent) current = undefined
      if (next === stream) next = undefined
      // Temporary failures are forwarded; on any other the server (another release) lacks /live.
      const passes = status === undefined || status === 429 || status >= 500
      const message = passes ? { isOver: true as const, status } : { isUnshared: true as const }
      for (const path of stream.feeds.keys()) feeds.get(path)?.close(message, number, wasCurrent)
    }
  })
  next = stream
}

const change = (pause: number) => {
  const due = performance.now() + pause
  if (due >= dueAt) return
  dueAt = due
  clearTimeout(timer)
  timer = setTimeout(open, pause)
}

setInterval(() => {
  if (current !== undefined && performance.now() - current.heardAt > silenceLimit) current.lose()
}, 5000)

/** A tab's message: its lock's name, a feed to open, or one to close. */
export interface Asked {
  readonly tab?: string
  readonly open?: { readonly id: number; readonly path: string; readonly at: string | undefined }
  readonly close?: number
}

const serve = (port: MessagePort) => {
  const subscribers = new Map<number, { readonly feed: Feed; readonly subscriber: Subscriber }>()
  const leave = (id: number) => {
    const known = subscribers.get(id)
    subscribers.delete(id)
    known?.feed.delete(known.subscriber)
    if (known?.feed.isUnwanted === true) change(pauses.fewer)
  }
  port.addEventListener("message", ({ data: { close, open, tab } }: MessageEvent<Asked>) => {
    if (tab !== undefined) {
      // Granted when the tab ends.
      void navigator.locks.request(tab, () => {
        for (const id of [...subscribers.keys()]) leave(id)
        port.close()
      })
    }
    if (close !== undefined) leave(close)
    if (open === undefined) return
    const feed = feeds.get(open.path) ?? new Feed()
    feeds.set(open.path, feed)
    const subscriber: Subscriber = (message) => port.postMessage({ id: open.id, ...message })
    subscribers.set(open.id, { feed, subscriber })
    if (feed.add(subscriber, open.at, newest + 1)) change(pauses.more)
  })
  port.start()
  port.postMessage({ isReady: true })
}

// DOM types only: they conflict with those of workers.
addEventListener("connect", (event) => {
  const port = event instanceof MessageEvent ? event.ports[0] : undefined
  if (port !== undefined) serve(port)
})
