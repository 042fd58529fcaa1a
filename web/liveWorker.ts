// The SharedWorker of all tabs: it holds the one stream of the browser (GET /live), and hands each tab its feeds' blocks. When the
// tabs want other feeds it opens the next stream before it leaves the one before. It tries nothing again by itself: tabs do.
import { Feed, type Subscriber } from "./worker/feed.ts"
import { LiveStream } from "./worker/liveStream.ts"

/** Milliseconds in which tabs that open together are taken together; a tab that leaves may be on its way to another page. */
const pauses = { more: 50, fewer: 2000 }
/** Nothing at all for this long: the server's heartbeat (15 s) was missed twice. */
const silenceLimit = 35_000

/** The server's bound (src/http/sse/LiveStream.ts). */
const maxFeeds = 64

const feeds = new Map<string, Feed>()
/** The stream that the tabs have, and the one that is to take its place. */
let current: LiveStream | undefined
let next: LiveStream | undefined
/** The number of the newest. */
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
      // A refusal that passes is told; with any other the server has no such streams (another release).
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

/** What a tab says: who it is, and which feeds it opens and closes. */
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
      // The tab holds this lock as long as it lives.
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

// A worker has no types of its own here: those of workers and of the DOM exclude each other.
addEventListener("connect", (event) => {
  const port = event instanceof MessageEvent ? event.ports[0] : undefined
  if (port !== undefined) serve(port)
})
