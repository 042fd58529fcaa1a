// The event store: append and read, independent of the backend. Events are published after the
// commit, in sequence order, outside the transaction.
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
  /** The version that the command was decided on; 0 for a new aggregate. */
  readonly expectedVersion: Version
  readonly events: Arr.NonEmptyReadonlyArray<NewEvent>
  /** A repeated commandId returns the first result and writes nothing. */
  readonly commandId: CommandId
  readonly metadata?: Partial<Omit<EventMetadata, "commandId" | "nodeId">> | undefined
  /** Stored with the events; returned to a request with the same key. */
  readonly idempotency?: IdempotentResult | undefined
}

/** The request and the ids that its command created. */
export interface IdempotentResult {
  readonly request: RequestKey
  readonly detail: CommandResult["detail"]
}

/**
 * Stored events of one append; `sequence` and `version` are those of the last one. Empty for a
 * repeated request.
 */
export interface Appended extends CommandResult {
  readonly events: ReadonlyArray<StoredEvent>
}

export interface ReadAll {
  /** Events with a greater sequence. */
  readonly after: Sequence
  /** Inclusive. */
  readonly upTo?: Sequence | undefined
  readonly filter?: EventFilter | undefined
}

/** A page of the log: matching events, and the last sequence read. */
export interface LogPage {
  readonly events: ReadonlyArray<StoredEvent>
  readonly position: Sequence
}

export interface EventStoreService {
  readonly append: (
    append: Append
  ) => Effect.Effect<Appended, ConcurrencyConflict | IdempotencyKeyReused | MalformedText | StoreUnavailable>
  /** The stored result of an earlier request, for 24 hours. */
  readonly commandResult: (
    request: RequestKey
  ) => Effect.Effect<Option.Option<CommandResult>, IdempotencyKeyReused | StoreUnavailable>
  /** Stores the result of a command without events; returns the first one if there is one. */
  readonly remember: (
    answer: IdempotentResult & Pick<CommandResult, "sequence" | "version">
  ) => Effect.Effect<CommandResult, IdempotencyKeyReused | MalformedText | StoreUnavailable>
  /** Events of one aggregate after a version, in order. */
  readonly readStream: (aggregate: AggregateKey, after?: Version) => Stream.Stream<StoredEvent, StoreUnavailable>
  /** The log after a sequence, in order, page by page. */
  readonly readAll: (options: ReadAll) => Stream.Stream<StoredEvent, StoreUnavailable>
  /** The next page up to `upTo` in one short read; `position` advances even without matches. */
  readonly readPage: (options: ReadAll & { readonly upTo: Sequence }) => Effect.Effect<LogPage, StoreUnavailable>
  /** The last sequence; 0 for an empty log. */
  readonly head: Effect.Effect<Sequence, StoreUnavailable>
  /**
   * Stored command results, for their limit: counted periodically in the background, plus those
   * stored by this process since. Before the first count only the latter.
   */
  readonly storedCommandResults: Effect.Effect<number>
  /** Events appended by this process. */
  readonly appended: Effect.Effect<number>
  readonly logId: LogId
  /**
   * Milliseconds since 1970 by the clock of result expiry (see `SessionStore.now`), not the wall
   * clock.
   */
  readonly now: Effect.Effect<number>
  /** 99th percentile of the commit time over the last minute, in seconds. */
  readonly commitTime: Effect.Effect<number>
  /** True when other nodes append too: local state may be stale. */
  readonly isShared: boolean
}

export class EventStore extends Context.Tag("evenstar/EventStore")<EventStore, EventStoreService>() {}
