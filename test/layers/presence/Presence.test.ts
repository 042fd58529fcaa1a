// Presence with TestClock: conflation, expiry, and two nodes on one bus.
import { describe, expect, it } from "@effect/vitest"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Layer from "effect/Layer"
import * as Scope from "effect/Scope"
import * as TestClock from "effect/TestClock"
import { EventBus } from "../../../src/layers/eventBus/EventBus.ts"
import * as RemoteBus from "../../../src/layers/eventBus/RemoteBus.ts"
import type { Transport } from "../../../src/layers/eventBus/Transport.ts"
import { Presence } from "../../../src/layers/presence/Presence.ts"

const page = "/lists a"

/** A wire between nodes; while it is cut, messages are lost. */
const makeWire = () => {
  const listeners = new Set<(message: string) => void>()
  const sent: Array<string> = []
  let isCut = false
  const transport: Transport = {
    name: "memory",
    maxBytes: 7999,
    send: (_, message) => {
      sent.push(message)
      if (!isCut) for (const listener of listeners) listener(message)
    },
    subscribe: (listener) => Effect.sync(() => void listeners.add(listener)),
    silent: () => undefined
  }
  return {
    transport,
    sent,
    cut: (it: boolean) => {
      isCut = it
    }
  }
}

const node = Effect.fnUntraced(function* (transport: Transport, from: string) {
  const bus = RemoteBus.make(transport, { log: "log", from }, 16)
  // As the dispatcher of events does in every node.
  yield* bus.subscribe
  return yield* presenceOn(Layer.succeed(EventBus, bus))
})
const presenceOn = Effect.fnUntraced(function* (bus: Layer.Layer<EventBus>) {
  const context = yield* Layer.build(Layer.provide(Layer.fresh(Presence.layer), bus))
  const presence = Context.get(context, Presence)
  const changes: Array<string> = []
  yield* presence.onChange((key) => void changes.push(key))
  return { ...presence, changes }
})
const alone = Effect.suspend(() => node(makeWire().transport, "a"))
const pass = (seconds: number) => TestClock.adjust(`${seconds} seconds`)

describe("presence", () => {
  it.scoped("counts viewers, not feeds, and reports at most once a second", () =>
    Effect.gen(function* () {
      const presence = yield* alone
      for (const viewer of ["Anna", "Anna", "Ben"]) presence.enter(page, viewer)
      expect(presence.of(page).viewers).toBe(1)
      yield* pass(1)
      expect(presence.of(page)).toEqual({ viewers: 2, editing: [] })
      expect(presence.changes).toEqual([page])
      for (let round = 0; round < 100; round++) {
        presence.leave(page, "Ben")
        presence.enter(page, "Ben")
      }
      presence.leave(page, "Anna")
      const before = presence.of(page)
      yield* pass(1)
      expect(presence.of(page)).toBe(before)
      expect(presence.changes).toHaveLength(2)
      presence.leave(page, "Anna")
      yield* pass(1)
      expect(presence.of(page).viewers).toBe(1)
      yield* pass(100)
      expect(presence.changes).toHaveLength(3)
    })
  )

  it.scoped("reports more rarely the more viewers a page has", () =>
    Effect.gen(function* () {
      const presence = yield* alone
      for (let n = 0; n < 10_000; n++) presence.enter(page, `${n}`)
      yield* pass(1)
      for (let second = 0; second < 10; second++) {
        presence.enter(page, `new ${second}`)
        yield* pass(1)
      }
      expect(presence.changes.length).toBeLessThanOrEqual(3)
      yield* pass(10)
      expect(presence.of(page).viewers).toBe(10_010)
    })
  )

  it.scoped("shows an edit until it ends, expires or its viewer leaves", () =>
    Effect.gen(function* () {
      const presence = yield* alone
      const edit = { row: "todo-1", name: "Anna" }
      presence.enter(page, "Anna")
      presence.edit(page, "Anna", edit)
      yield* pass(1)
      expect(presence.of(page)).toEqual({ viewers: 1, editing: [edit] })
      for (let second = 0; second < 20; second++) {
        presence.edit(page, "Anna", edit)
        yield* pass(1)
      }
      expect(presence.of(page).editing).toEqual([edit])
      expect(presence.changes).toHaveLength(1)
      yield* pass(8)
      expect(presence.of(page).editing).toEqual([])
      presence.edit(page, "Anna", edit)
      yield* pass(1)
      presence.edit(page, "Anna", undefined)
      yield* pass(1)
      expect(presence.of(page).editing).toEqual([])
      presence.edit(page, "Anna", edit)
      presence.enter(page, "Ben")
      presence.leave(page, "Anna")
      yield* pass(1)
      expect(presence.of(page)).toEqual({ viewers: 1, editing: [] })
    })
  )

  it.scoped("merges nodes, tells a node that comes later, and forgets one that falls silent", () =>
    Effect.gen(function* () {
      const wire = makeWire()
      const [a, b] = [yield* node(wire.transport, "a"), yield* node(wire.transport, "b")]
      a.enter(page, "Anna")
      a.edit(page, "Anna", { row: "todo-1", name: "Anna" })
      yield* pass(3)
      b.enter(page, "Ben")
      b.enter(page, "Cid")
      yield* pass(3)
      const whole = { viewers: 3, editing: [{ row: "todo-1", name: "Anna" }] }
      expect([a.of(page), b.of(page)]).toEqual([whole, whole])
      yield* pass(60)
      expect([a.of(page).viewers, b.of(page).viewers]).toEqual([3, 3])
      wire.cut(true)
      yield* pass(19)
      expect([a.of(page), b.of(page)]).toEqual([
        { viewers: 1, editing: [] },
        { viewers: 2, editing: [] }
      ])
      wire.cut(false)
      yield* pass(7)
      expect([a.of(page).viewers, b.of(page).viewers]).toEqual([3, 3])
      for (const viewer of ["Ben", "Cid"]) b.leave(page, viewer)
      yield* pass(2)
      expect(a.of(page).viewers).toBe(1)
    })
  )

  it.scoped("tells the others when its node ends", () =>
    Effect.gen(function* () {
      const wire = makeWire()
      const a = yield* node(wire.transport, "a")
      const scope = yield* Scope.make()
      const b = yield* Scope.extend(node(wire.transport, "b"), scope)
      a.enter(page, "Anna")
      b.enter(page, "Ben")
      yield* pass(2)
      expect(a.of(page).viewers).toBe(2)
      yield* Scope.close(scope, Exit.void)
      yield* pass(1)
      expect(a.of(page).viewers).toBe(1)
    })
  )

  it.scoped("sends one message a second for many pages, and ignores reports it can't read", () =>
    Effect.gen(function* () {
      const wire = makeWire()
      const a = yield* node(wire.transport, "a")
      for (let n = 0; n < 100; n++) a.enter(`/lists ${n}`, "Anna")
      yield* pass(1)
      expect(wire.sent).toHaveLength(1)
      yield* pass(60)
      expect(wire.sent.length).toBeLessThanOrEqual(12)
      const other = RemoteBus.make(wire.transport, { log: "log", from: "b" }, 16)
      other.tell("presence", [null, 1, [], ["/lists 1"], ["/lists 1", -1, []], ["/lists 1", 2, [[1, 2]]]])
      other.tell("another", [["/lists 1", 2, []]])
      yield* pass(1)
      expect(a.of("/lists 1").viewers).toBe(1)
    })
  )
})
