// Replaces `fetch` for feeds: they come over the browser's one stream, held by a SharedWorker
// (web/liveWorker.ts). Without a worker each tab opens its own streams.
import type { Asked } from "../liveWorker.ts"
import type { Message } from "../worker/feed.ts"

/** Milliseconds to wait for the worker's start. */
const startTimeout = 3000

type FromWorker = { readonly isReady: true } | (Message & { readonly id: number })

class Connection {
  private readonly open = new Map<number, (message: Message) => void>()
  private count = 0
  private release = () => {}

  private constructor(private readonly port: MessagePort) {
    const tab = `evenstar.tab.${crypto.randomUUID()}`
    // The lock is released however the tab ends, which tells the worker.
    void navigator.locks.request(tab, () => {
      this.say({ tab })
      return new Promise<void>((resolve) => {
        this.release = resolve
      })
    })
    port.addEventListener("message", ({ data }: MessageEvent<FromWorker>) => {
      if ("id" in data) this.open.get(data.id)?.(data)
    })
  }

  /** Resolves to undefined without a worker. */
  static to(url: string): Promise<Connection | undefined> {
    return new Promise((resolve) => {
      const worker = new SharedWorker(url, { type: "module", name: "evenstar" })
      const timer = setTimeout(resolve, startTimeout, undefined)
      worker.addEventListener("error", () => resolve(undefined))
      worker.port.addEventListener(
        "message",
        () => {
          clearTimeout(timer)
          resolve(new Connection(worker.port))
        },
        { once: true }
      )
      worker.port.start()
    })
  }

  private say(asked: Asked) {
    this.port.postMessage(asked)
  }

  close() {
    for (const hear of this.open.values()) hear({ isOver: true, status: undefined })
    this.release()
    this.port.close()
  }

  /** Like `fetch`: resolves when the feed is open or refused; undefined if it can't be shared. */
  fetch(path: string, at: string | undefined, signal: AbortSignal | null | undefined): Promise<Response | undefined> {
    const id = ++this.count
    const encoder = new TextEncoder()
    return new Promise((resolve, reject) => {
      let body: ReadableStreamDefaultController<Uint8Array> | undefined
      const leave = () => {
        this.open.delete(id)
        this.say({ close: id })
      }
      const abort = () => {
        if (!this.open.has(id)) return
        leave()
        const reason = signal?.reason ?? new DOMException("Aborted", "AbortError")
        body?.error(reason)
        reject(reason)
      }
      this.open.set(id, (message) => {
        if ("block" in message) return body?.enqueue(encoder.encode(message.block))
        if ("isOpen" in message) {
          const stream = new ReadableStream<Uint8Array>({
            start: (controller) => {
              body = controller
            },
            cancel: leave
          })
          return resolve(new Response(stream, { headers: { "content-type": "text/event-stream; charset=utf-8" } }))
        }
        this.open.delete(id)
        if (body !== undefined) body.close()
        else if ("isUnshared" in message) resolve(undefined)
        else if (message.status === undefined) reject(new TypeError("There is no stream"))
        else resolve(new Response("", { status: message.status }))
      })
      signal?.addEventListener("abort", abort)
      if (signal?.aborted === true) abort()
      else this.say({ open: { id, path, at } })
    })
  }
}

const url = document.querySelector<HTMLMetaElement>("meta[name=live-worker]")?.content
let connection: Promise<Connection | undefined> | undefined
const canShare = url !== undefined && "SharedWorker" in window && "locks" in navigator

const connect = () => {
  connection ??= url !== undefined && canShare ? Connection.to(url).catch(() => undefined) : Promise.resolve(undefined)
  return connection
}
// A page in the back/forward cache must not hold the lock; its feeds are reopened on return.
window.addEventListener("pagehide", () => {
  void connection?.then((it) => it?.close())
  connection = undefined
})

const fetchItself = window.fetch.bind(window)
window.fetch = async (input, init) => {
  const { pathname, search } = new URL(input instanceof Request ? input.url : input, location.href)
  if (!pathname.endsWith("/feed")) return fetchItself(input, init)
  const shared = await connect()
  if (shared === undefined) return fetchItself(input, init)
  const at = new Headers(init?.headers).get("last-event-id") ?? undefined
  return (await shared.fetch(pathname + search, at, init?.signal)) ?? fetchItself(input, init)
}
