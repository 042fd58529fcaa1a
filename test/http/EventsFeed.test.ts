// The hub of /events: whoever comes when, with whatever filter, at whatever pace, sees each matching event once, in order.
import { constants, gunzipSync } from "node:zlib"
import { describe, expect, it } from "@effect/vitest"
import * as Arr from "effect/Array"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { createParser } from "eventsource-parser"
import * as fc from "fast-check"
import * as EventsFeed from "../../src/http/EventsFeed.ts"
import { EventFeed } from "../../src/layers/EventFeed.ts"
import { EventStore } from "../../src/layers/EventStore.ts"
import { append, event, inMemory } from "../support.ts"
import { bodyOf, front, get, listening, type RawClient, until } from "./door.ts"

const application = () =>
  EventsFeed.layer.pipe(
    Layer.provideMerge(EventFeed.layer),
    Layer.provideMerge(inMemory()),
    Layer.provideMerge(front({ STREAM_LIMIT_PER_ADDRESS: "0" }))
  )

const idsIn = (text: string) => {
  const found: Array<number> = []
  createParser({ onEvent: ({ id }) => found.push(Number(id)) }).feed(text)
  return found
}

describe("/events", () => {
  it.scoped("compresses for who accepts it: the same bytes for all, and a valid stream for each", () =>
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

  it.live("law: every client gets its events once and in order, from its cursor on", () =>
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
                    const from = after ?? stored.length
                    clients.push({
                      client,
                      expected: () =>
                        stored.flatMap((it) =>
                          it.sequence > from && (id === null || it.aggregateId === id) ? [it.sequence] : []
                        )
                    })
                    // Its place in the order of things: before the next append.
                    if (after === null && !pauses) yield* until(() => client.bytes().length > 0)
                    if (after === null && pauses) {
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
