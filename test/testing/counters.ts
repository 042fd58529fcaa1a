// A minimal aggregate for tests of generic code: a counter.
import * as Either from "effect/Either"
import * as Schema from "effect/Schema"
import * as Aggregate from "../../src/domain/Aggregate.ts"

export class NotCounted extends Schema.TaggedError<NotCounted>()("NotCounted", {}) {
  readonly kind = "not-found"
}
export class NotEven extends Schema.TaggedError<NotEven>()("NotEven", {}) {
  readonly kind = "invalid"
}

export const CounterId = Schema.String.pipe(Schema.pattern(/^[\w-]{22}$/), Schema.brand("CounterId"))
const Counted = Schema.Union(Schema.TaggedStruct("Counted", { by: Schema.Int }))
export type Counted = typeof Counted.Type
const Counter = Schema.Struct({ total: Schema.Int, times: Schema.Int })
type Counter = typeof Counter.Type

/** Counts by this even number; zero emits no event. */
export interface Count {
  readonly by: number
}

export const definition = {
  idName: "counterId",
  id: CounterId,
  events: Counted,
  initial: { total: 0, times: 0 },
  decide: (_: Counter, { by }: Count): Either.Either<ReadonlyArray<Counted>, NotCounted | NotEven> =>
    by % 2 === 1 ? Either.left(new NotEven()) : Either.right(by === 0 ? [] : [{ _tag: "Counted", by }]),
  evolve: ({ times, total }: Counter, { by }: Counted): Counter => ({ total: (total + by) % 1000, times: times + 1 }),
  authorize: ({ times }: Counter): Either.Either<void, NotCounted | NotEven> =>
    times === 0 ? Either.left(new NotCounted()) : Either.void,
  snapshot: { version: 1, schema: Counter }
}

/** The same under any name. */
export const counter = (type: string) => Aggregate.make({ ...definition, type })
