// The lists' feeds with mocked lists: authorization, and a change costs only its list's feeds.
import { describe, expect, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as TestClock from "effect/TestClock"
import { createParser } from "eventsource-parser"
import type { SessionHandle } from "../../../src/domain/Session.ts"
import { ListId } from "../../../src/features/todo/TodoList.ts"
import { Fragments } from "../../../src/http/live/Fragments.ts"
import * as EventBusBackend from "../../../src/layers/eventBus/EventBusBackend.ts"
import { Presence } from "../../../src/layers/presence/Presence.ts"
import { SessionStore } from "../../../src/layers/sessions/SessionStore.ts"
import { yieldToEventLoop } from "../../../src/lib/eventLoop.ts"
import { feeds, mockedLists } from "../../features/todo/support.ts"
import { logWithHead, owner, session, visitors } from "../account/owner.ts"
import { bodyOf, get, listening, type RawClient, routeDependencies, until } from "../fastRouter.ts"

/** Ends a session when the test says so. */
const ended: Array<(handle: SessionHandle) => void> = []
const sessions = Layer.mock(SessionStore, { onEnd: (listener) => Effect.sync(() => void ended.push(listener)) })

const presence = Layer.provide(Presence.layer, EventBusBackend.layerMemory(16))

const serving = (lists: ReturnType<typeof mockedLists>) =>
  feeds.pipe(
    Layer.provideMerge(routeDependencies()),
    Layer.provide([Fragments.layer, presence, lists.layer, visitors, sessions, logWithHead(3)])
  )

const bodyWith = (client: RawClient, text: string) => until(() => bodyOf(client).toString().includes(text))

/** Lets time pass until a message has arrived: the server learns of a closed socket at any time. */
const untilTold = (client: RawClient, text: string) =>
  TestClock.adjust("1 second").pipe(
    Effect.zipRight(yieldToEventLoop),
    Effect.repeat({ until: () => bodyOf(client).toString().includes(text) })
  )

const idsOf = (client: RawClient) => {
  const found: Array<string | undefined> = []
  createParser({ onEvent: ({ event, id }) => event === undefined && found.push(id) }).feed(bodyOf(client).toString())
  return found
}
const listId = (letter: string) => ListId.make(letter.repeat(22))

/** A list opened by a stranger and its owner, both of whom have received version 1. */
const openTwoFeeds = Effect.fnUntraced(function* (
  lists: ReturnType<typeof mockedLists>,
  headers: Record<string, string> = {}
) {
  const port = yield* listening
  lists.set(listId("a"), 1)
  const other = yield* get(port, `/lists/${listId("a")}/feed`, headers)
  const mine = yield* get(port, `/lists/${listId("a")}/feed`, { ...headers, cookie: "owner" })
  yield* until(() => idsOf(other).length === 1 && idsOf(mine).length === 1)
  return { other, mine }
})

describe("list feed", () => {
  it.scoped("reads and renders a change once, for the feeds of that list only", () => {
    const lists = mockedLists(owner)
    return Effect.gen(function* () {
      const port = yield* listening
      lists.set(listId("a"), 1)
      lists.set(listId("b"), 1)
      const [a1, a2, b] = yield* Effect.all(
        (["a", "a", "b"] as const).map((letter) => get(port, `/lists/${listId(letter)}/feed`))
      )
      if (a1 === undefined || a2 === undefined || b === undefined) return
      yield* until(() => [a1, a2, b].every((client) => idsOf(client).length === 1))
      const quiet = b.bytes().length
      lists.read.length = 0
      lists.set(listId("a"), 2)
      lists.set(listId("c"), 1)
      yield* until(() => idsOf(a1).length === 2 && idsOf(a2).length === 2)
      expect([idsOf(a1), idsOf(a2)]).toEqual([
        ["1", "2"],
        ["1", "2"]
      ])
      expect(lists.read).toEqual([listId("a")])
      expect(b.bytes().length).toBe(quiet)
    }).pipe(Effect.provide(serving(lists)))
  })

  it.scoped("sends its position first, resets a client that is ahead of the log and sends everything", () => {
    const lists = mockedLists(owner)
    return Effect.gen(function* () {
      const port = yield* listening
      lists.set(listId("a"), 2)
      const shown = Effect.fnUntraced(function* (headers: Record<string, string>) {
        const client = yield* get(port, `/lists/${listId("a")}/feed`, headers)
        yield* bodyWith(client, "data: <")
        return bodyOf(client).toString().split("data: <")[0]
      })
      const usual = "id: 2\n\nretry: 1000\nid: 2\n"
      for (const id of ["0", "2", "3", "x", "-9"]) expect(yield* shown({ "last-event-id": id })).toBe(usual)
      for (const id of ["4", "9".repeat(30)]) {
        expect(yield* shown({ "last-event-id": id })).toBe(
          'id: 2\n\nretry: 1000\nevent: reset\nid: 3\ndata: {"reason":"beyond-head","head":3}\n\nid: 2\n'
        )
      }
    }).pipe(Effect.provide(serving(lists)))
  })

  it.scoped("closes for visitors who lose access and continues for the owner", () => {
    const lists = mockedLists(owner)
    return Effect.gen(function* () {
      const { mine, other } = yield* openTwoFeeds(lists)
      lists.set(listId("a"), 2, "private")
      yield* until(() => idsOf(mine).length === 2 && other.isClosed())
      expect(idsOf(other)).toEqual(["1"])
    }).pipe(Effect.provide(serving(lists)))
  })

  it.scoped("closes with its session and with no other", () => {
    const lists = mockedLists(owner)
    return Effect.gen(function* () {
      const { mine, other } = yield* openTwoFeeds(lists)
      for (const end of ended) end(session.handle)
      yield* until(mine.isClosed)
      lists.set(listId("a"), 2)
      yield* until(() => idsOf(other).length === 2)
    }).pipe(Effect.provide(serving(lists)))
  })

  it.scoped("merges a burst of changes into one message with the latest state", () => {
    const lists = mockedLists(owner)
    return Effect.gen(function* () {
      const port = yield* listening
      lists.set(listId("a"), 1)
      const client = yield* get(port, `/lists/${listId("a")}/feed`)
      yield* until(() => idsOf(client).length === 1)
      for (let version = 2; version <= 1000; version++) lists.set(listId("a"), version)
      yield* until(() => idsOf(client).includes("1000"))
      expect(idsOf(client)).toEqual(["1", "1000"])
    }).pipe(Effect.provide(serving(lists)))
  })

  it.scoped("tells who is present after the fragment, without an id, and only when it changes", () => {
    const lists = mockedLists(owner)
    return Effect.gen(function* () {
      const port = yield* listening
      const htmx = { "hx-request": "true" }
      const { mine, other } = yield* openTwoFeeds(lists, htmx)
      const second = yield* get(port, `/lists/${listId("a")}/feed`, { ...htmx, cookie: "owner" })
      const notHtmx = yield* get(port, `/lists/${listId("a")}/feed`, { cookie: "owner" })
      lists.set(listId("b"), 1)
      const lone = yield* get(port, `/lists/${listId("b")}/feed`, htmx)
      yield* until(() => idsOf(second).length === 1 && idsOf(lone).length === 1)
      const quiet = lone.bytes().length
      const told = (viewers: number) => `\n\nevent: presence\ndata: {"viewers":${viewers},"editing":[]}\n\n`
      yield* TestClock.adjust("1 second")
      for (const client of [mine, other, second]) yield* bodyWith(client, told(2))
      yield* TestClock.adjust("10 seconds")
      for (const client of [mine, other, second]) expect(bodyOf(client).toString().split(told(2))).toHaveLength(2)
      expect(lone.bytes().length).toBe(quiet)
      expect(bodyOf(notHtmx).toString()).not.toContain("presence")
      // One that returns may still show others.
      const returning = yield* get(port, `/lists/${listId("b")}/feed`, { ...htmx, "last-event-id": "1" })
      yield* until(() => idsOf(returning).length === 1)
      lone.socket.destroy()
      yield* untilTold(returning, told(1))
      other.socket.destroy()
      yield* untilTold(mine, told(1))
    }).pipe(Effect.provide(serving(lists)))
  })
})
