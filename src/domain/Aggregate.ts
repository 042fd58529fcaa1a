// An aggregate: its events, its state, and the pure functions `decide` and `evolve`. Commands,
// snapshots, verification and migrations read events of a type through it. Ids and times are
// injected, so the same inputs give the same events.
import * as Either from "effect/Either"
import * as Schema from "effect/Schema"
import type { Actor } from "./Account.ts"
import * as EventCodec from "./EventCodec.ts"
import type { Refusal } from "./Refusal.ts"
import type { StoredEvent } from "./StoredEvent.ts"

export interface Tagged {
  readonly _tag: string
}

/** Snapshot format: a schema whose encoded side is JSON, and a version to raise with it. */
export interface SnapshotKind<State, Encoded> {
  readonly version: number
  readonly schema: Schema.Schema<State, Encoded>
}

interface Definition<State, Encoded, Command, Event extends Tagged, Refused extends Refusal> {
  /** Stored with each event; never changes. */
  readonly type: string
  /** The id's name in paths, request bodies and results: `pollId`. */
  readonly idName: string
  /** The state of an aggregate without events; `authorize` refuses to read it. */
  readonly initial: State
  /** The events of a command, none where nothing changes, or a refusal. */
  readonly decide: (state: State, command: Command) => Either.Either<ReadonlyArray<Event>, Refused>
  /** Total over every event that `events` decodes and every state that it returns. */
  readonly evolve: (state: State, event: Event) => State
  /**
   * Called before each read and command. An actor who may not know that the aggregate exists gets
   * the refusal of a missing one, of kind `not-found`. With any other refusal of a read, such as
   * `gone`, a command may still be allowed.
   */
  readonly authorize: (state: State, actor: Actor | null, intent: "read" | Command) => Either.Either<void, Refused>
  /**
   * Raise the version whenever `evolve` or the state changes: snapshots of another version are
   * ignored.
   */
  readonly snapshot: SnapshotKind<State, Encoded>
}

export interface Aggregate<Id extends string, State, Encoded, Command, Event extends Tagged, Refused extends Refusal>
  extends Definition<State, Encoded, Command, Event, Refused> {
  readonly isId: (text: string) => text is Id
  readonly events: Schema.Schema<Event>
  readonly codec: EventCodec.EventCodec<Event>
  /** Cache weight of a state, added to 1 per entry; for example its number of items. */
  readonly weight: (state: State) => number
  /**
   * Ids created by a command, returned in its result: `{ optionId }`; and other fields in which a
   * repeated command differs, such as its time.
   */
  readonly made: (command: Command) => Readonly<Record<string, string>>
  readonly replay: () => ErasedFold
}

/** Folds stored events where the aggregate's types are erased. */
export interface ErasedFold {
  readonly take: (stored: StoredEvent) => Either.Either<void, EventCodec.EventUndecodable>
  /** True when the JSON text is a snapshot of the folded state. */
  readonly isSnapshot: (text: string) => boolean
}

/** An aggregate with its types erased, for code that iterates over all aggregates. */
export interface Any {
  readonly type: string
  readonly idName: string
  readonly isId: (text: string) => boolean
  readonly codec: Pick<EventCodec.EventCodec<unknown>, "decode" | "versions">
  readonly snapshot: { readonly version: number }
  readonly replay: () => ErasedFold
}

interface Options<
  Id extends string,
  State,
  Encoded,
  Command,
  Event extends Tagged,
  EncodedEvent extends Tagged,
  Refused extends Refusal
> extends Definition<State, Encoded, Command, Event, Refused> {
  readonly id: Schema.Schema<Id, string>
  /** A union of tagged structs, one per event type, whose encoded side is JSON. */
  readonly events: Schema.Schema<Event, EncodedEvent>
  /** Upcasting from older schema versions; stored events are never rewritten. */
  readonly upcasters?: EventCodec.Upcasters<Event>
  readonly weight?: (state: State) => number
  readonly made?: (command: Command) => Readonly<Record<string, string>>
}

export const make = <
  Id extends string,
  State,
  Encoded,
  Command,
  Event extends Tagged,
  EncodedEvent extends Tagged,
  Refused extends Refusal
>({
  events,
  id,
  upcasters,
  ...definition
}: Options<Id, State, Encoded, Command, Event, EncodedEvent, Refused>): Aggregate<
  Id,
  State,
  Encoded,
  Command,
  Event,
  Refused
> => {
  const codec = EventCodec.make(events, upcasters)
  const json = Schema.parseJson(definition.snapshot.schema)
  const encode = Schema.encodeSync(json)
  const decode = Schema.decodeEither(json)
  return {
    weight: () => 0,
    made: () => ({}),
    ...definition,
    isId: Schema.is(id),
    events: Schema.typeSchema(events),
    codec,
    replay: () => {
      let state = definition.initial
      return {
        take: (stored) =>
          Either.map(codec.decode(stored), (event) => {
            state = definition.evolve(state, event)
          }),
        isSnapshot: (text) => {
          const kept = decode(text)
          return Either.isRight(kept) && encode(kept.right) === encode(state)
        }
      }
    }
  }
}
