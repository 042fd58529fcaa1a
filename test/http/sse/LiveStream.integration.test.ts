// GET /live with mocked lists: several feeds on one stream, authorized one by one, and their cost.
import { describe, expect, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { createParser } from "eventsource-parser"
import { ListId } from "../../../src/features/todo/TodoList.ts"
import { Fragments } from "../../../src/http/live/Fragments.ts"
import * as LiveStream from "../../../src/http/sse/LiveStream.ts"
import { SseConnections } from "../../../src/http/sse/SseConnections.ts"
import * as EventBusBackend from "../../../src/layers/eventBus/EventBusBackend.ts"
import { Presence } from "../../../src/layers/presence/Presence.ts"
import { SessionStore } from "../../../src/layers/sessions/SessionStore.ts"
import { feeds, mockedLists } from "../../features/todo/support.ts"
import { logWithHead, owner, visitors } from "../account/owner.ts"
import { bodyOf, get, listening, type RawClient, routeDependencies, until } from "../fastRouter.ts"

const sessions = Layer.mock(SessionStore, { onEnd: () => Effect.void })
const presence = Layer.provide(Presence.layer, EventBusBackend.layerMemory(16))

const serving = (lists: ReturnType<typeof mockedLists>, env: Record<string, string> = {}) =>
  Layer.mergeAll(feeds, LiveStream.layer).pipe(
    Layer.provideMerge(routeDependencies(env)),
    Layer.provide([Fragments.layer, presence, lists.layer, visitors, sessions, logWithHead(3)])
  )

const listId = (letter: string) => ListId.make(letter.repeat(22))
const feedOf = (letter: string) => `/lists/${listId(letter)}/feed`
const live = (...feeds: ReadonlyArray<string>) =>
  `/live?${feeds.map((feed) => `feed=${encodeURIComponent(feed)}`).join("&")}`

/** The events received: "/lists/…/feed 3" for a fragment, "closed …" for a closed feed. */
const seen = (client: RawClient) => {
  const all: Array<string> = []
  let feed = ""
  createParser({
    onEvent: ({ data, event, id }) => {
      if (event === "feed") feed = data
      else if (event === "closed") all.push(`closed ${data}`)
      else if (event === undefined) all.push(`${feed} ${id}`)
    }
  }).feed(bodyOf(client).toString())
  return all
}
const hasSeen = (client: RawClient, count: number) => until(() => seen(client).length >= count)

describe("shared stream", () => {
  it.scoped("sends the events of each feed's own route, tagged with the feed", () => {
    const lists = mockedLists(owner)
    return Effect.gen(function* () {
      const port = yield* listening
      lists.set(listId("a"), 1)
      lists.set(listId("b"), 2)
      const client = yield* get(port, live(feedOf("a"), feedOf("b")))
      yield* hasSeen(client, 2)
      expect(new Set(seen(client))).toEqual(new Set([`${feedOf("a")} 1`, `${feedOf("b")} 2`]))
      lists.set(listId("a"), 3)
      yield* hasSeen(client, 3)
      lists.set(listId("a"), 4)
      yield* hasSeen(client, 4)
      lists.set(listId("b"), 5)
      yield* hasSeen(client, 5)
      expect(seen(client).slice(2)).toEqual([`${feedOf("a")} 3`, `${feedOf("a")} 4`, `${feedOf("b")} 5`])
      const own = yield* get(port, feedOf("b"))
      yield* until(() => bodyOf(own).includes('data-access="link"'))
      const fragment = (it: RawClient) => /^id: 5\ndata: .*$/m.exec(bodyOf(it).toString())?.[0]
      expect(fragment(client)).toBe(fragment(own))
      expect(fragment(own)).toBeDefined()
    }).pipe(Effect.provide(serving(lists)))
  })

  it.scoped("reports feeds that are refused, unknown or closed, and continues the others", () => {
    const lists = mockedLists(owner)
    return Effect.gen(function* () {
      const port = yield* listening
      lists.set(listId("a"), 1)
      lists.set(listId("b"), 1)
      lists.set(listId("c"), 1, "private")
      const path = live(feedOf("c"), feedOf("d"), "/live?feed=/live", "/api/lists", feedOf("a"), feedOf("b"))
      const client = yield* get(port, path)
      yield* hasSeen(client, 6)
      const closed = (feed: string, status?: number) => `closed ${JSON.stringify({ feed, status })}`
      expect(new Set(seen(client))).toEqual(
        new Set([
          closed(feedOf("c"), 404),
          closed(feedOf("d"), 404),
          closed("/live?feed=/live", 404),
          closed("/api/lists", 404),
          `${feedOf("a")} 1`,
          `${feedOf("b")} 1`
        ])
      )
      lists.set(listId("a"), 2, "private")
      yield* hasSeen(client, 7)
      lists.set(listId("b"), 3)
      yield* hasSeen(client, 8)
      expect(seen(client).slice(6)).toEqual([closed(feedOf("a")), `${feedOf("b")} 3`])
      expect(client.isClosed()).toBe(false)
      // The owner can open it, as on its own route.
      const mine = yield* get(port, live(feedOf("a")), { cookie: "owner" })
      yield* hasSeen(mine, 1)
      expect(seen(mine)).toEqual([`${feedOf("a")} 2`])
    }).pipe(Effect.provide(serving(lists)))
  })

  it.scoped("does not resend an unchanged feed", () => {
    const lists = mockedLists(owner)
    return Effect.gen(function* () {
      const port = yield* listening
      lists.set(listId("a"), 2)
      lists.set(listId("b"), 3)
      const client = yield* get(port, `/live?feed=${feedOf("a")}&at=2&feed=${feedOf("b")}&at=1`)
      yield* hasSeen(client, 1)
      yield* until(() =>
        bodyOf(client)
          .toString()
          .includes(`data: ${feedOf("a")}\n`)
      )
      lists.set(listId("a"), 4)
      yield* hasSeen(client, 2)
      expect(seen(client)).toEqual([`${feedOf("b")} 3`, `${feedOf("a")} 4`])
    }).pipe(Effect.provide(serving(lists)))
  })

  it.scoped("counts as one stream, limits feeds per address and releases them when it closes", () => {
    const lists = mockedLists(owner)
    return Effect.gen(function* () {
      const port = yield* listening
      const streams = yield* SseConnections
      const letters = ["a", "b", "c", "d", "e"]
      for (const letter of letters) lists.set(listId(letter), 1)
      const client = yield* get(port, live(...letters.map(feedOf)))
      yield* hasSeen(client, 5)
      expect(seen(client).filter((it) => it.startsWith("closed"))).toHaveLength(1)
      const counts = Effect.all([Effect.map(streams.count, ({ open }) => open), streams.sharedFeeds])
      expect(yield* counts).toEqual([1, 4])
      const second = yield* get(port, live(feedOf("a")))
      yield* until(() => second.text().includes("429"))
      client.socket.destroy()
      yield* Effect.repeat(counts, { until: ([open, feeds]) => open + feeds === 0 })
      const third = yield* get(port, live(...letters.slice(1).map(feedOf)))
      yield* hasSeen(third, 4)
      expect(seen(third).some((it) => it.startsWith("closed"))).toBe(false)
    }).pipe(Effect.provide(serving(lists, { STREAM_LIMIT_PER_ADDRESS: "1" })))
  })

  it.scoped("accepts 1 to 64 feeds, each a path", () => {
    const lists = mockedLists(owner)
    return Effect.gen(function* () {
      const port = yield* listening
      const many = Array.from({ length: LiveStream.maxFeeds + 1 }, (_, n) => `/lists/${n}/feed`)
      for (const path of [
        "/live",
        "/live?at=1",
        "/live?feed=x",
        "/live?feed=/a%0ab",
        "/live?feed=/a&more=1",
        live(...many)
      ]) {
        const client = yield* get(port, path)
        yield* until(() => client.text().includes("\r\n\r\n"))
        expect([path, client.text().slice(0, 12)]).toEqual([path, "HTTP/1.1 400"])
      }
      const most = yield* get(port, live(...many.slice(1)))
      yield* hasSeen(most, LiveStream.maxFeeds)
    }).pipe(Effect.provide(serving(lists)))
  })
})
