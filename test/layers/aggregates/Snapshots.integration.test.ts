import { describe, expect, it } from "@effect/vitest"
import * as Arbitrary from "effect/Arbitrary"
import * as Effect from "effect/Effect"
import * as FastCheck from "effect/FastCheck"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import { LogId, Sequence, Version } from "../../../src/domain/StoredEvent.ts"
import { TodoId, TodoListEvent, todoList } from "../../../src/features/todo/TodoList.ts"
import { Snapshots } from "../../../src/layers/aggregates/Snapshots.ts"
import { EventStore } from "../../../src/layers/eventStore/EventStore.ts"
import { Postgres } from "../../../src/layers/postgres/Postgres.ts"
import { Sql } from "../../../src/layers/sqlite/Sql.ts"
import { settings } from "../../support.ts"

const kind = { version: 1, schema: Schema.Struct({ at: Schema.DateTimeUtcFromNumber, n: Schema.Number }) }
const newer = { ...kind, version: 2 }
const a = { type: "Thing", id: "a" }
const snapshot = (version: number, n = version) => ({
  state: Schema.decodeSync(kind.schema)({ at: 0, n }),
  version: Version.make(version),
  sequence: Sequence.make(version * 10)
})

const contract = (name: string, layer: () => Layer.Layer<Snapshots, unknown>) =>
  describe(name, () => {
    it.scoped("loads the saved snapshot of each aggregate", () =>
      Effect.gen(function* () {
        const { load, save } = yield* Snapshots
        expect(yield* load(a, kind)).toEqual(Option.none())
        yield* save(a, kind, snapshot(3))
        yield* save({ type: "Thing", id: "b" }, kind, snapshot(4))
        yield* save({ type: "Other", id: "a" }, kind, snapshot(5))
        expect(yield* load(a, kind)).toEqual(Option.some(snapshot(3)))
      }).pipe(Effect.provide(layer()))
    )

    it.scoped("never replaces a snapshot with a lower version", () =>
      Effect.gen(function* () {
        const { load, save } = yield* Snapshots
        yield* save(a, kind, snapshot(3))
        yield* save(a, kind, snapshot(2))
        yield* save(a, kind, snapshot(3, 99))
        expect(yield* load(a, kind)).toEqual(Option.some(snapshot(3)))
        yield* save(a, kind, snapshot(4))
        expect(yield* load(a, kind)).toEqual(Option.some(snapshot(4)))
      }).pipe(Effect.provide(layer()))
    )

    it.scoped("treats a snapshot of another kind as absent and replaces it", () =>
      Effect.gen(function* () {
        const { load, save } = yield* Snapshots
        yield* save(a, kind, snapshot(3))
        expect(yield* load(a, newer)).toEqual(Option.none())
        yield* save(a, newer, snapshot(3, 99))
        expect(yield* load(a, newer)).toEqual(Option.some(snapshot(3, 99)))
        expect(yield* load(a, kind)).toEqual(Option.none())
      }).pipe(Effect.provide(layer()))
    )

    it.scoped("treats a snapshot that does not decode as absent", () =>
      Effect.gen(function* () {
        const { load, save } = yield* Snapshots
        yield* save(a, { version: 1, schema: Schema.Unknown }, { ...snapshot(3), state: "of another shape" })
        expect(yield* load(a, kind)).toEqual(Option.none())
      }).pipe(Effect.provide(layer()))
    )
  })

/** Snapshots on a file, beside a log with this id. */
const onFile = (logId: string) =>
  Snapshots.layer.pipe(Layer.provide(Layer.mock(EventStore, { isShared: false, logId: LogId.make(logId) })))

contract("Snapshots.layer", () =>
  onFile("log").pipe(Layer.provide(Sql.layer), Layer.provide(Postgres.layerNone), Layer.provide(settings()))
)
contract("Snapshots.layerMemory", () => Snapshots.layerMemory)

describe("snapshots in a file", () => {
  it.scoped("treats a snapshot of another log as absent and replaces it", () =>
    Effect.gen(function* () {
      const saved = (version: number) =>
        Effect.flatMap(Snapshots, ({ load, save }) => Effect.zipRight(save(a, kind, snapshot(version)), load(a, kind)))
      yield* Effect.provide(saved(9), onFile("log"))
      expect(
        yield* Effect.flatMap(Snapshots, ({ load }) => load(a, kind)).pipe(Effect.provide(onFile("other")))
      ).toEqual(Option.none())
      expect(yield* Effect.provide(saved(1), onFile("other"))).toEqual(Option.some(snapshot(1)))
    }).pipe(Effect.provide(Sql.layer.pipe(Layer.provide(Postgres.layerNone), Layer.provide(settings()))))
  )

  it.scoped("tolerates a corrupt or unusable database", () =>
    Effect.gen(function* () {
      const { load, save } = yield* Snapshots
      const { write } = yield* Sql
      yield* save(a, kind, snapshot(3))
      yield* write`UPDATE snapshots SET state = '{"at":'`
      expect(yield* load(a, kind)).toEqual(Option.none())
      yield* write`DROP TABLE snapshots`
      expect(yield* load(a, kind)).toEqual(Option.none())
      yield* save(a, kind, snapshot(4))
    }).pipe(
      Effect.provide(
        onFile("log").pipe(Layer.provideMerge(Sql.layer), Layer.provide(Postgres.layerNone), Layer.provide(settings()))
      )
    )
  )
})

describe("snapshot of a list", () => {
  const { evolve, initial } = todoList
  const ids = Array.from({ length: 4 }, (_, i) => TodoId.make(`00000000-0000-7000-8000-00000000000${i}`))
  /** Any event on one of a few todos, so that events interact. */
  const anyEvent = FastCheck.tuple(Arbitrary.make(TodoListEvent), FastCheck.constantFrom(...ids)).map(
    ([event, todoId]): TodoListEvent => ("todoId" in event ? { ...event, todoId } : event)
  )

  it.effect("law: a snapshot at any version and the later events give the state of all events", () =>
    Effect.promise(() =>
      FastCheck.assert(
        FastCheck.asyncProperty(FastCheck.array(anyEvent), FastCheck.nat(), async (events, at) => {
          const cut = at % (events.length + 1)
          const taken = { ...snapshot(cut), state: events.slice(0, cut).reduce(evolve, initial) }
          const loaded = await Effect.flatMap(Snapshots, ({ load, save }) =>
            Effect.zipRight(save(a, todoList.snapshot, taken), load(a, todoList.snapshot))
          ).pipe(Effect.provide(Snapshots.layerMemory), Effect.runPromise)
          const { state } = Option.getOrThrow(loaded)
          expect(events.slice(cut).reduce(evolve, state)).toEqual(events.reduce(evolve, initial))
        })
      )
    )
  )
})
