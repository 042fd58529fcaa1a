// A log's database, wherever it is, as a migration sees it: one to read from as it was at one moment, and one to write to, which is
// nobody else's meanwhile.
import type * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import type { Row, Table } from "./tables.ts"

/** A database can't do what it is asked to. `log`: which one, without its password. */
export class LogFailed extends Schema.TaggedError<LogFailed>()("LogFailed", {
  log: Schema.String,
  reason: Schema.String
}) {
  override get message() {
    return `${this.log}: ${this.reason}`
  }
}

/** It could be done, and is not to be. */
export class MigrationRefused extends Schema.TaggedError<MigrationRefused>()("MigrationRefused", {
  message: Schema.String
}) {}

export interface Range {
  /** The key of a row, behind which it begins. */
  readonly after?: Row | undefined
  /** The key of the last row. */
  readonly upTo?: Row | undefined
  readonly limit?: number | undefined
}

export interface Log {
  /** For the operator: no password is in it. */
  readonly name: string
  readonly logId: Effect.Effect<string, LogFailed>
  /** The last sequence; 0 where there are no events. */
  readonly head: Effect.Effect<number, LogFailed>
  readonly count: (table: Table) => Effect.Effect<number, LogFailed>
  /** In the order of the keys, byte by byte. */
  readonly rows: (table: Table, range: Range) => Effect.Effect<ReadonlyArray<Row>, LogFailed>
}

/** In one snapshot, until its scope ends. */
export interface Source extends Log {
  /** The head now, which others may have moved since. Ends the snapshot. */
  readonly headNow: Effect.Effect<number, LogFailed>
}

/** Held until its scope ends, so that there is one migration into it at a time. */
export interface Target extends Log {
  /** From here on it is this log, and nothing beside it was copied. */
  readonly become: (logId: string) => Effect.Effect<void, LogFailed>
  /** Events behind its head, in one transaction. */
  readonly append: (rows: ReadonlyArray<Row>, head: number) => Effect.Effect<void, LogFailed | MigrationRefused>
  /** What it does happens as a whole, or not at all. */
  readonly transact: <A, E>(work: Effect.Effect<A, E>) => Effect.Effect<A, E | LogFailed>
  readonly clear: (table: Table) => Effect.Effect<void, LogFailed>
  /** The digest that the last copy has left; undefined where none has come so far. */
  readonly copied: Effect.Effect<string | undefined, LogFailed>
  readonly leave: (digest: string) => Effect.Effect<void, LogFailed>
  readonly insert: (table: Table, rows: ReadonlyArray<Row>) => Effect.Effect<void, LogFailed>
  /** All that was written survives the end of the power. */
  readonly settle: Effect.Effect<void, LogFailed>
}
