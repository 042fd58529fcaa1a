// A migration's view of a database: a source, read in one snapshot, and a target, locked for the
// duration of the migration.
import type * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import type { Row, Table } from "./tables.ts"

/** A database operation failed. `log` names the database, without a password. */
export class LogFailed extends Schema.TaggedError<LogFailed>()("LogFailed", {
  log: Schema.String,
  reason: Schema.String
}) {
  override get message() {
    return `${this.log}: ${this.reason}`
  }
}

/** The migration is possible but refused, because it would lose data or is in use. */
export class MigrationRefused extends Schema.TaggedError<MigrationRefused>()("MigrationRefused", {
  message: Schema.String
}) {}

export interface Range {
  /** The key after which the range begins (exclusive). */
  readonly after?: Row | undefined
  /** The last key of the range (inclusive). */
  readonly upTo?: Row | undefined
  readonly limit?: number | undefined
}

export interface MigrationLog {
  /** For messages to the operator; contains no password. */
  readonly name: string
  readonly logId: Effect.Effect<string, LogFailed>
  /** The last sequence; 0 for an empty log. */
  readonly head: Effect.Effect<number, LogFailed>
  readonly count: (table: Table) => Effect.Effect<number, LogFailed>
  /** Ordered by key, bytewise. */
  readonly rows: (table: Table, range: Range) => Effect.Effect<ReadonlyArray<Row>, LogFailed>
}

/** One snapshot, until its scope ends. */
export interface Source extends MigrationLog {
  /** The head at the time of the call. Ends the snapshot. */
  readonly currentHead: Effect.Effect<number, LogFailed>
}

/** Locked until its scope ends: one migration into a database at a time. */
export interface Target extends MigrationLog {
  /** Takes the source's log id and forgets the digest of an earlier copy. */
  readonly adoptLogId: (logId: string) => Effect.Effect<void, LogFailed>
  /** Appends events after `head`, in one transaction. */
  readonly append: (rows: ReadonlyArray<Row>, head: number) => Effect.Effect<void, LogFailed | MigrationRefused>
  /** Runs `work` in one transaction. */
  readonly transact: <A, E>(work: Effect.Effect<A, E>) => Effect.Effect<A, E | LogFailed>
  readonly clear: (table: Table) => Effect.Effect<void, LogFailed>
  /** The digest stored by the last copy; undefined before the first complete copy. */
  readonly digest: Effect.Effect<string | undefined, LogFailed>
  readonly storeDigest: (digest: string) => Effect.Effect<void, LogFailed>
  readonly insert: (table: Table, rows: ReadonlyArray<Row>) => Effect.Effect<void, LogFailed>
  /** Makes everything written durable. */
  readonly flush: Effect.Effect<void, LogFailed>
}
