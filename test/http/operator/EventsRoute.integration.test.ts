// /events: with any start, filter and speed, a client gets each matching event once, in order.
import { constants, gunzipSync } from "node:zlib"
import { describe, expect, it } from "@effect/vitest"
import * as Arr from "effect/Array"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { createParser } from "eventsource-parser"
import * as fc from "fast-check"
import * as EventsRoute from "../../../src/http/operator/EventsRoute.ts"
import { EventStore } from "../../../src/layers/eventStore/EventStore.ts"
import { Subscriptions } from "../../../src/layers/subscriptions/Subscriptions.ts"
import { append, event, inMemory } from "../../support.ts"
import { bodyOf, get, listening, type RawClient, routeDependencies, until } from "../fastRouter.ts"

const application = () =>
  EventsRoute.layer.pipe(
    Layer.provideMerge(Subscriptions.layer),
    Layer.provideMerge(inMemory()),
    Layer.provideMerge(routeDependencies({ STREAM_LIMIT_PER_ADDRESS: "0" }))
  )

const idsIn = (text: string) => {
  const found: Array<number> = []
  createParser({ onEvent: ({ event, id }) => event !== "reset" && found.push(Number(id)) }).feed(text)
  return found
}

const textOf = (client: RawClient) => bodyOf(client).toString()
/** A stream's preamble before its first event, with or without a reset. */
const openEvents = Effect.fnUntraced(function* (port: number, query: string, headers: Record<string, string> = {}) {
  const client = yield* get(port, `/events${query}`, headers)
  yield* until(() => textOf(client).includes("\n\n"))
  return client
})
const reset = (reason: string, head: number) =>
  `id: ${head}\n\nretry: 1000\nevent: reset\nid: ${head}\ndata: ${JSON.stringify({ reason, head })}\n\n`

describe("/events", () => {
  it.scoped("sends its position first, so that a client cut off early resumes without a gap", () =>
    Effect.gen(function* () {
      const store = yield* EventStore
      const port = yield* listening
      yield* store.append(append("a", 0, { events: Arr.makeBy(3, () => event()) }))
      const cut = yield* openEvents(port, "")
      expect(textOf(cut)).toBe("id: 3\n\n")
      cut.socket.destroy()
      yield* store.append(append("a", 3, { events: Arr.makeBy(2, () => event()) }))
      const back = yield* openEvents(port, "", { "last-event-id": "3" })
      yield* until(() => idsIn(textOf(back)).length === 2)
      expect([textOf(back).startsWith("id: 3\n\n"), idsIn(textOf(back))]).toEqual([true, [4, 5]])
      // With any filter and start.
      expect(textOf(yield* openEvents(port, "?aggregateId=b&after=1"))).toBe("id: 1\n\n")
    }).pipe(Effect.provide(application()))
  )

  it.scoped("resets a cursor beyond the head or from another log, and continues from the head", () =>
    Effect.gen(function* () {
      const store = yield* EventStore
      const port = yield* listening
      yield* store.append(append("a", 0, { events: Arr.makeBy(3, () => event()) }))
      const told = [
        yield* openEvents(port, "?after=4"),
        yield* openEvents(port, `?after=${"9".repeat(400)}`),
        yield* openEvents(port, "", { "last-event-id": "4" }),
        // The client's last event counts, not where it started.
        yield* openEvents(port, "?after=0", { "last-event-id": "9".repeat(20) })
      ]
      const other = yield* openEvents(port, "?logId=another&after=1")
      const same = yield* openEvents(port, `?logId=${store.logId}&after=3`)
      for (const client of told) yield* until(() => textOf(client) === reset("beyond-head", 3))
      yield* until(() => textOf(other) === reset("other-log", 3))
      expect(textOf(same)).toBe("id: 3\n\n")
      expect(same.text()).toMatch(new RegExp(`^evenstar-log-id: ${store.logId}\r$`, "im"))
      yield* store.append(append("a", 3))
      for (const client of [...told, other, same]) yield* until(() => idsIn(textOf(client)).includes(4))
      expect(idsIn(textOf(other))).toEqual([4])
    }).pipe(Effect.provide(application()))
  )

  it.scoped.each(["", "-1", "+4", "1.5", "1e3", "4 4", "seven"])("ignores Last-Event-ID %j", (id) =>
    Effect.gen(function* () {
      const store = yield* EventStore
      yield* store.append(append("a", 0))
      expect(textOf(yield* openEvents(yield* listening, "?after=0", { "last-event-id": id }))).toMatch(/^id: 0\n\n/)
    }).pipe(Effect.provide(application()))
  )

  it.scoped("compresses when accepted: shared frames, and a valid gzip stream for each client", () =>
    Effect.gen(function* () {
      const store = yield* EventStore
      const port = yield* listening
      yield* store.append(append("a", 0, { events: Arr.make(event("One", "x".repeat(2000)), event("Two")) }))
      const clients = yield* Effect.forEach(["?after=0", "?after=1"], (query) =>
        get(port, `/events${query}`, { "accept-encoding": "gzip" })
      )
      const [all, rest] = clients
      if (all === undefined || rest === undefined) return
      const idsOf = (client: RawClient) =>
        idsIn(gunzipSync(bodyOf(client), { finishFlush: constants.Z_SYNC_FLUSH }).toString())
      yield* until(() => idsOf(all).length === 2 && idsOf(rest).length === 1)
      yield* store.append(append("a", 2, { events: Arr.make(event("Three", "y".repeat(2000))) }))
      yield* until(() => idsOf(all).length === 3 && idsOf(rest).length === 2)
      expect(idsOf(rest)).toEqual([2, 3])
      expect(all.text()).toContain("content-encoding: gzip")
      expect(all.bytes().length).toBeLessThan(1800)
    }).pipe(Effect.provide(application()))
  )

  it.live("law: every client receives its events once, in order, from its cursor on", () =>
    Effect.promise(() =>
      fc.assert(
        fc.asyncProperty(
          fc.array(fc.record({ id: fc.constantFrom("a", "b", "c"), count: fc.integer({ min: 1, max: 40 }) }), {
            minLength: 1,
            maxLength: 25
          }),
          fc.array(
            fc.record({
              joins: fc.integer({ min: 0, max: 20 }),
              after: fc.option(fc.integer({ min: 0, max: 30 })),
              id: fc.option(fc.constantFrom("a", "b")),
              type: fc.option(fc.constant("Thing")),
              pauses: fc.boolean()
            }),
            { minLength: 1, maxLength: 6 }
          ),
          async (appends, readers) => {
            const program = Effect.gen(function* () {
              const store = yield* EventStore
              const port = yield* listening
              const versions = new Map<string, number>()
              const stored: Array<{ readonly sequence: number; readonly aggregateId: string }> = []
              const clients: Array<{
                client: Effect.Effect.Success<ReturnType<typeof get>>
                expected: () => ReadonlyArray<number>
              }> = []
              const join = (at: number) =>
                Effect.forEach(
                  readers.filter(({ joins }) => Math.min(joins, appends.length - 1) === at),
                  Effect.fnUntraced(function* ({ after, id, pauses, type }) {
                    const query = new URLSearchParams({
                      ...(after === null ? {} : { after: `${after}` }),
                      ...(id === null ? {} : { aggregateId: id }),
                      ...(type === null ? {} : { aggregateType: type })
                    })
                    const client = yield* get(port, `/events?${query}`)
                    if (pauses) client.socket.pause()
                    // A position beyond the head is reset to the head.
                    const isAtHead = after === null || after > stored.length
                    const from = isAtHead ? stored.length : after
                    clients.push({
                      client,
                      expected: () =>
                        stored.flatMap((it) =>
                          it.sequence > from && (id === null || it.aggregateId === id) ? [it.sequence] : []
                        )
                    })
                    // Ordered before the next append.
                    if (isAtHead && !pauses) yield* until(() => client.bytes().length > 0)
                    if (isAtHead && pauses) {
                      client.socket.resume()
                      yield* until(() => client.bytes().length > 0)
                    }
                  })
                )
              for (const [index, { count, id }] of appends.entries()) {
                yield* join(index)
                const version = versions.get(id) ?? 0
                const payloads = Arr.makeBy(count, () => event("Happened", "p".repeat(1000)))
                stored.push(...(yield* store.append(append(id, version, { events: payloads }))).events)
                versions.set(id, version + count)
              }
              for (const { client, expected } of clients) {
                client.socket.resume()
                yield* until(() => idsIn(bodyOf(client).toString()).length >= expected().length)
                expect(idsIn(bodyOf(client).toString())).toEqual(expected())
              }
            })
            await Effect.runPromise(program.pipe(Effect.scoped, Effect.provide(application())))
          }
        ),
        { numRuns: 40 }
      )
    )
  )
})
