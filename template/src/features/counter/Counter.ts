// The aggregate: a named counter, shared by all who have its URL.
import * as Context from "effect/Context"
import * as Either from "effect/Either"
import * as Layer from "effect/Layer"
import * as Schema from "effect/Schema"
import type { Actor } from "evenstar/domain/Account"
import * as Aggregate from "evenstar/domain/Aggregate"
import { VisitorId } from "evenstar/domain/StoredEvent"
import * as Text from "evenstar/domain/Text"
import * as AggregateStore from "evenstar/layers/aggregates/AggregateStore"

export const maxLength = 100

/** 128 random bits, base64url. Knowing the id grants access. */
export const CounterId = Schema.String.pipe(Schema.pattern(/^[A-Za-z0-9_-]{22}$/), Schema.brand("CounterId"))
export type CounterId = typeof CounterId.Type

export const CounterName = Text.readable(maxLength).annotations(Text.readableJsonSchema(maxLength))

// Events are stored forever: a changed schema needs a new version, an upcaster and a golden file.
const CounterCreated = Schema.TaggedStruct("CounterCreated", {
  visitorId: Schema.NullOr(VisitorId),
  name: Schema.String
})
const Counted = Schema.TaggedStruct("Counted", { by: Schema.Literal(1, -1) })
export const CounterEvent = Schema.Union(CounterCreated, Counted)
export type CounterEvent = typeof CounterEvent.Type

// The state: the fold of the events.
export const Counter = Schema.Struct({
  exists: Schema.Boolean,
  owner: Schema.NullOr(VisitorId),
  name: Schema.String,
  count: Schema.Int
})
export type Counter = typeof Counter.Type

export type Command =
  | { readonly _tag: "CreateCounter"; readonly owner: VisitorId | null; readonly name: string }
  | { readonly _tag: "Count"; readonly by: 1 | -1 }

// Refusals: `kind` determines the HTTP status, `code` is for programs.
export class CounterNotFound extends Schema.TaggedError<CounterNotFound>()("CounterNotFound", {}) {
  readonly kind = "not-found"
  override get message() {
    return "There is no such counter"
  }
}
export class CounterAtZero extends Schema.TaggedError<CounterAtZero>()("CounterAtZero", {}) {
  readonly kind = "conflict"
  readonly code = "COUNTER_AT_ZERO"
  override get message() {
    return "This counter is at 0 already"
  }
}
export type CounterRefusal = CounterNotFound | CounterAtZero

/** The events of a command, or its refusal. Pure: no clock, no ids, no database. */
const decide = (counter: Counter, command: Command): Either.Either<ReadonlyArray<CounterEvent>, CounterRefusal> => {
  if (command._tag === "CreateCounter") {
    const { name, owner } = command
    return Either.right(counter.exists ? [] : [{ _tag: "CounterCreated", visitorId: owner, name }])
  }
  if (!counter.exists) return Either.left(new CounterNotFound())
  if (counter.count + command.by < 0) return Either.left(new CounterAtZero())
  return Either.right([{ _tag: "Counted", by: command.by }])
}

const evolve = (counter: Counter, event: CounterEvent): Counter => {
  switch (event._tag) {
    case "CounterCreated":
      return { ...counter, exists: true, owner: event.visitorId, name: event.name }
    case "Counted":
      return { ...counter, count: counter.count + event.by }
  }
}

/** Everybody may read and count; compare the owner with the actor for restricted commands. */
const authorize = ({ exists }: Counter, _actor: Actor | null, _intent: "read" | Command) =>
  exists ? Either.void : Either.left<CounterRefusal>(new CounterNotFound())

export const counter = Aggregate.make({
  type: "Counter",
  idName: "counterId",
  id: CounterId,
  events: CounterEvent,
  initial: { exists: false, owner: null, name: "", count: 0 },
  decide,
  evolve,
  authorize,
  snapshot: { version: 1, schema: Counter }
})

export class Counters extends Context.Tag("counter/Counters")<
  Counters,
  AggregateStore.AggregateStore<CounterId, Counter, Command, CounterRefusal>
>() {
  static readonly layer = Layer.scoped(Counters, AggregateStore.make(counter))
}
