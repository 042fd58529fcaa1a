// A client with its own list and open streams: sends a command and waits for it on each stream.
import * as Schema from "effect/Schema"
import { answer, Probe } from "../support/calls.ts"
import { clock } from "../support/clock.ts"
import { Ids, wholeFrames } from "../support/frames.ts"
import { ask, type Connection, openConnection, openStream, request } from "../support/raw.ts"
import { sleep } from "../support/rounds.ts"

/** Milliseconds after which a command counts as shown, so that the next can be sent. */
const longestWait = 5000

/** The events of a stream since the last command, with arrival times. */
class Shown {
  #seen: Array<{ readonly id: number; readonly at: number }> = []
  #wake: () => void = () => undefined

  readonly see = (id: number) => {
    this.#seen.push({ id, at: clock() })
    this.#wake()
  }

  forget() {
    this.#seen = []
  }

  /** When an event with at least this sequence arrived; a feed may conflate. */
  async at(sequence: number, deadline: number): Promise<number> {
    for (;;) {
      const found = this.#seen.find(({ id }) => id >= sequence)
      if (found !== undefined) return found.at
      if (clock() > deadline) return deadline
      const timer = setTimeout(() => this.#wake(), longestWait)
      await new Promise<void>((resolve) => {
        this.#wake = resolve
      })
      clearTimeout(timer)
    }
  }
}

const follow = (port: number, path: string) =>
  new Promise<Shown>((resolve) => {
    const shown = new Shown()
    const ids = new Ids(shown.see)
    const frames = wholeFrames(ids.read)
    openStream(port, path, {
      onBytes: (bytes, from, to) => {
        frames(bytes, from, to)
        resolve(shown)
      }
    })
  })

interface Client {
  readonly connection: Connection
  readonly toggle: (completed: boolean) => Buffer
  readonly events: Shown
  readonly feed: Shown | undefined
}

const decodeList = Schema.decodeUnknownSync(Schema.parseJson(Schema.Struct({ listId: Schema.String })))
const decodePosition = Schema.decodeUnknownSync(Schema.parseJson(Schema.Struct({ sequence: Schema.Number })))

const clients = new Map<number, Client>()

const join = async (port: number, streams: number, withFeed: boolean): Promise<Client> => {
  const connection = openConnection(port)
  const { listId } = decodeList(await ask(connection, request("POST", "/api/lists", "{}")))
  await ask(connection, request("POST", `/api/lists/${listId}/todos`, JSON.stringify({ text: "Buy oat milk" })))
  const client = {
    connection,
    toggle: (completed: boolean) => request("POST", `/api/lists/${listId}/toggle-all`, JSON.stringify({ completed })),
    events: await follow(streams, `/events?aggregateId=${listId}`),
    feed: withFeed ? await follow(streams, `/lists/${listId}/feed`) : undefined
  }
  clients.set(port, client)
  await sleep(200)
  return client
}

let completed = false

answer(Probe, async ({ count, feed: withFeed, pause, port, streams = port }) => {
  const { connection, events, feed, toggle } = clients.get(port) ?? (await join(port, streams, withFeed))
  const found: Record<"event" | "fragment" | "answer", Array<number>> = { event: [], fragment: [], answer: [] }
  // Reopens a connection closed by the keep-alive timeout.
  await ask(connection, request("GET", "/health/live", ""))
  for (let probe = 0; probe < count; probe++) {
    completed = !completed
    const command = toggle(completed)
    events.forget()
    feed?.forget()
    const sentAt = clock()
    const { sequence } = decodePosition(await ask(connection, command))
    found.answer.push(clock() - sentAt)
    found.event.push((await events.at(sequence, sentAt + longestWait)) - sentAt)
    if (feed !== undefined) found.fragment.push((await feed.at(sequence, sentAt + longestWait)) - sentAt)
    if (pause > 0) await sleep(pause)
  }
  return found
})
