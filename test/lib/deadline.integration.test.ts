// The database lock held by another process: each caller has its own deadline from its arrival.
import { join } from "node:path"
import { expect, it } from "@effect/vitest"
import Database from "better-sqlite3"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as TestClock from "effect/TestClock"
import { VisitorId } from "../../src/domain/StoredEvent.ts"
import { TodoId } from "../../src/features/todo/TodoList.ts"
import { TodoLists } from "../../src/features/todo/TodoLists.ts"
import { Snapshots } from "../../src/layers/aggregates/Snapshots.ts"
import { Settings } from "../../src/layers/node/Settings.ts"
import { SessionStore } from "../../src/layers/sessions/SessionStore.ts"
import * as SessionStoreBackend from "../../src/layers/sessions/SessionStoreBackend.ts"
import { DecodeFailures } from "../../src/layers/subscriptions/DecodeFailures.ts"
import { requestTimeout, withDeadline } from "../../src/lib/deadline.ts"
import { yieldToEventLoop } from "../../src/lib/eventLoop.ts"
import { changes, createList } from "../features/todo/support.ts"
import { sqlite } from "../support.ts"

const live = TodoLists.layer.pipe(
  Layer.provide([Snapshots.layerMemory, DecodeFailures.layer]),
  Layer.provide(changes),
  Layer.provideMerge(SessionStoreBackend.layer),
  Layer.provideMerge(sqlite())
)

/** Another process from SQLite's view: holds the lock until it is released. */
const lockHeld = Effect.gen(function* () {
  const { dataDir } = yield* Settings
  const other = yield* Effect.acquireRelease(
    Effect.sync(() => new Database(join(dataDir, "evenstar.db"))),
    (open) => Effect.sync(() => open.close())
  )
  other.exec("BEGIN IMMEDIATE")
  return { release: () => void other.exec("ROLLBACK") }
})

const step = 25
/** Advances the clock by milliseconds and lets all waiting fibers run. */
const advance = (millis: number) =>
  Effect.repeatN(
    Effect.zipRight(TestClock.adjust(step), Effect.repeatN(yieldToEventLoop, 4)),
    Math.ceil(millis / step) - 1
  )
const countDone = (fibers: ReadonlyArray<Fiber.RuntimeFiber<unknown, unknown>>) =>
  Effect.map(Effect.forEach(fibers, Fiber.poll), (polled) => polled.filter(Option.isSome).length)

const adding = (listId: string, text: string) =>
  Effect.gen(function* () {
    const lists = yield* TodoLists
    return yield* lists.execute(listId, null, { _tag: "AddTodo", todoId: TodoId.make(lists.newId()), text })
  })

it.scoped("refuses all commands on one list by their deadlines, not one after the other", () =>
  Effect.gen(function* () {
    const lists = yield* TodoLists
    const [one, other] = [yield* createList(lists, null), yield* createList(lists, null)]
    const lock = yield* lockHeld
    const ids = [...Array.from({ length: 6 }, () => one.id), ...Array.from({ length: 6 }, () => other.id)]
    const first = yield* Effect.forEach(ids, (id, i) => Effect.fork(adding(id, `${i}`)))
    yield* advance(3000)
    const later = yield* Effect.forEach(ids, (id, i) => Effect.fork(adding(id, `later ${i}`)))
    yield* advance(requestTimeout - 3000 - 2 * step)
    expect([yield* countDone(first), yield* countDone(later)]).toEqual([0, 0])
    yield* advance(4 * step)
    expect([yield* countDone(first), yield* countDone(later)]).toEqual([12, 0])
    for (const fiber of first) expect(yield* Effect.flip(Fiber.join(fiber))).toMatchObject({ _tag: "StoreUnavailable" })

    // Later commands still have time when the lock is released.
    lock.release()
    yield* advance(10 * step)
    expect(yield* countDone(later)).toBe(12)
    for (const fiber of later) yield* Fiber.join(fiber)
    expect((yield* lists.get(one.id, null)).state.todos.map(({ text }) => text)).toEqual(
      Array.from({ length: 6 }, (_, i) => `later ${i}`)
    )
  }).pipe(Effect.provide(live))
)

it.scoped("ends all waits of one request at its deadline", () =>
  Effect.gen(function* () {
    const sessions = yield* SessionStore
    const visitorId = VisitorId.make("6f9619ff-8b86-4d01-b42d-00cf4fc964ff")
    yield* lockHeld
    const twice = Effect.all([
      Effect.either(sessions.create(visitorId, "one")),
      Effect.either(sessions.create(visitorId, "two"))
    ])
    const request = yield* Effect.fork(withDeadline(twice))
    const patient = yield* Effect.fork(twice)
    yield* advance(requestTimeout + 4 * step)
    expect([yield* countDone([request]), yield* countDone([patient])]).toEqual([1, 0])
    yield* advance(requestTimeout + 4 * step)
    expect(yield* countDone([patient])).toBe(1)
  }).pipe(Effect.provide(live))
)
