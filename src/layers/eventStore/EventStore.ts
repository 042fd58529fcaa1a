// The durable log: what an append and a read are, whatever keeps the events. What was stored is published after it is
// durable, in order of sequence, and never from inside the transaction.
import type * as Arr from "effect/Array"
import * as Context from "effect/Context"
import type * as Effect from "effect/Effect"
import type * as Option from "effect/Option"
import type * as Stream from "effect/Stream"
import type { CommandResult, IdempotencyKeyReused, RequestKey } from "../../domain/Idempotency.ts"
import type {
  AggregateKey,
  CommandId,
  ConcurrencyConflict,
  EventFilter,
  EventMetadata,
  LogId,
  NewEvent,
  Sequence,
  StoredEvent,
  StoreUnavailable,
  Version
} from "../../domain/StoredEvent.ts"
import type { MalformedText } from "../../domain/Text.ts"

export interface Append {
  readonly aggregate: AggregateKey
  /** The version that the caller decided upon: 0 for an aggregate that has no events yet. */
  readonly expectedVersion: Version
  readonly events: Arr.NonEmptyReadonlyArray<NewEvent>
  /** Seen before: the first result is returned again and nothing is written. */
  readonly commandId: CommandId
  readonly metadata?: Partial<Omit<EventMetadata, "commandId" | "nodeId">> | undefined
  /** Stored with the events, and the result of whoever asks for the same again. */
  readonly answer?: AnswerTo | undefined
}

/** What a request is answered with, beside its position in the log: the ids that it made. */
export interface AnswerTo {
  readonly request: RequestKey
  readonly detail: CommandResult["detail"]
}

/** The stored events of one append; `sequence` and `version` are those of the last. A repeated request has no events. */
export interface Appended extends CommandResult {
  readonly events: ReadonlyArray<StoredEvent>
}

export interface ReadAll {
  /** Events with a greater sequence. */
  readonly after: Sequence
  /** Events up to and with this sequence. */
  readonly upTo?: Sequence | undefined
  readonly filter?: EventFilter | undefined
}

/** A part of the log: what was found, and how far the search has come. */
export interface Page {
  readonly events: ReadonlyArray<StoredEvent>
  readonly position: Sequence
}

export interface EventStoreService {
  readonly append: (
    append: Append
  ) => Effect.Effect<Appended, ConcurrencyConflict | IdempotencyKeyReused | MalformedText | StoreUnavailable>
  /** The answer to a request that came before, for 24 hours. */
  readonly answerTo: (
    request: RequestKey
  ) => Effect.Effect<Option.Option<CommandResult>, IdempotencyKeyReused | StoreUnavailable>
  /** Keeps the answer to a request that changed nothing; returns the first one where there is one already. */
  readonly remember: (
    answer: AnswerTo & Pick<CommandResult, "sequence" | "version">
  ) => Effect.Effect<CommandResult, IdempotencyKeyReused | MalformedText | StoreUnavailable>
  /** One aggregate's events after a version, in order. */
  readonly readStream: (aggregate: AggregateKey, after?: Version) => Stream.Stream<StoredEvent, StoreUnavailable>
  /** The log after a sequence, in order, read page by page. */
  readonly readAll: (options: ReadAll) => Stream.Stream<StoredEvent, StoreUnavailable>
  /** The next part of the log up to `upTo`, in one short read: `position` moves on even where nothing matches. */
  readonly readPage: (options: ReadAll & { readonly upTo: Sequence }) => Effect.Effect<Page, StoreUnavailable>
  /** The last sequence; 0 when the log is empty. */
  readonly head: Effect.Effect<Sequence, StoreUnavailable>
  /**
   * Answers that are stored, for the bound that there is: counted in the background some time after the start, and then every so
   * often; what this process has stored since is added. Until the first count it is that alone.
   */
  readonly storedAnswers: Effect.Effect<number>
  /** Events appended by this process. */
  readonly appended: Effect.Effect<number>
  readonly logId: LogId
  /** Milliseconds since 1970 by the clock that answers' times are of, as `SessionStore.now` is: not the wall clock. */
  readonly now: Effect.Effect<number>
  /** Seconds that a commit takes, all but the slowest of a hundred, over the last minute. */
  readonly commitTime: Effect.Effect<number>
  /** Other nodes append to it all the time: what this one believes to be the newest may not be. */
  readonly isShared: boolean
}

export class EventStore extends Context.Tag("evenstar/EventStore")<EventStore, EventStoreService>() {}
