// An aggregate: events, the state that they add up to, and two pure functions between commands and events. Whatever reads events
// of its type (commands, snapshots, verification, migrations) takes it from here. Ids and times are injected: the same inputs
// give the same events.
import * as Either from "effect/Either"
import * as Schema from "effect/Schema"
import type { Actor } from "./Account.ts"
import * as EventCodec from "./EventCodec.ts"
import type { Refusal } from "./Refusal.ts"
import type { StoredEvent } from "./StoredEvent.ts"

export interface Tagged {
  readonly _tag: string
}

/** How a state is kept: its schema, whose encoded side is JSON, and a version that is raised with it or with `evolve`. */
export interface SnapshotKind<State, Encoded> {
  readonly version: number
  readonly schema: Schema.Schema<State, Encoded>
}

interface Definition<State, Encoded, Command, Event extends Tagged, Refused extends Refusal> {
  /** In the log for ever. */
  readonly type: string
  /** What its id is called in paths, bodies and answers: `pollId`. */
  readonly idName: string
  /** Of an aggregate without events: nobody may read it. */
  readonly initial: State
  /** What a command makes happen: events, none where nothing changes, or why it is refused. */
  readonly decide: (state: State, command: Command) => Either.Either<ReadonlyArray<Event>, Refused>
  /** Total over what `events` decodes, and over any state that it gave. */
  readonly evolve: (state: State, event: Event) => State
  /** Asked wherever a state is shown or changed. Who may not even know of it is told what anybody is told of none. */
  readonly authorize: (state: State, actor: Actor | null, intent: "read" | Command) => Either.Either<void, Refused>
  /** Raise the version whenever `evolve` or the state changes: snapshots of another version are ignored. */
  readonly snapshot: SnapshotKind<State, Encoded>
}

export interface Aggregate<Id extends string, State, Encoded, Command, Event extends Tagged, Refused extends Refusal>
  extends Definition<State, Encoded, Command, Event, Refused> {
  readonly isId: (text: string) => text is Id
  readonly events: Schema.Schema<Event>
  readonly codec: EventCodec.EventCodec<Event>
  /** Of a state in the cache, beside the 1 of its entry: items that it holds, say. */
  readonly weight: (state: State) => number
  /** The ids that a command makes, which its result tells: `{ optionId }`. */
  readonly made: (command: Command) => Readonly<Record<string, string>>
  readonly replay: () => Replay
}

/** Folds stored events of an aggregate whose types are not known where it is checked. */
export interface Replay {
  readonly take: (stored: StoredEvent) => Either.Either<void, EventCodec.EventUndecodable>
  /** Whether a snapshot, as JSON text, holds the state that was folded. */
  readonly isSnapshot: (text: string) => boolean
}

/** An aggregate of any types, for what goes over all that there are. */
export interface Any {
  readonly type: string
  readonly idName: string
  readonly isId: (text: string) => boolean
  readonly codec: Pick<EventCodec.EventCodec<unknown>, "decode" | "versions">
  readonly snapshot: { readonly version: number }
  readonly replay: () => Replay
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
  /** A union of tagged structs, one an event type, whose encoded side is JSON. */
  readonly events: Schema.Schema<Event, EncodedEvent>
  /** Steps from payloads of older schema versions: events in the log stay as they are. */
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
