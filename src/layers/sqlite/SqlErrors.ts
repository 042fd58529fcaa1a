// Maps driver errors to `StoreUnavailable`.
import { SqlError } from "@effect/sql/SqlError"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import { isParseError, type ParseError } from "effect/ParseResult"
import * as Schema from "effect/Schema"
import { StoreUnavailable } from "../../domain/StoredEvent.ts"

const DriverFailure = Schema.Struct({ code: Schema.optional(Schema.String), message: Schema.String })
const driverFailure = Schema.decodeUnknownOption(DriverFailure)

/** The driver's error code: `SQLITE_FULL`, `57P01`. */
export const errorCode = (error: SqlError): string | undefined =>
  Option.getOrUndefined(driverFailure(error.cause))?.code

export const isBusy = (error: SqlError) => errorCode(error)?.startsWith("SQLITE_BUSY") === true

/** Wraps a driver exception. */
export const statementFailed = (cause: unknown) => new SqlError({ cause, message: "Failed to execute statement" })

/** Converts a failed statement, with the driver's message. */
export const storeUnavailable = (error: SqlError): StoreUnavailable =>
  new StoreUnavailable({
    reason: Option.match(driverFailure(error.cause), {
      onNone: () => error.message,
      onSome: ({ code, message }) => (code === undefined ? message : `${message} (${code})`)
    }),
    cause: error
  })

/** Failed statements become `StoreUnavailable`; undecodable rows are defects. */
export const storeErrors = <A, E, R>(effect: Effect.Effect<A, E | SqlError | ParseError, R>) =>
  effect.pipe(
    Effect.catchIf(
      (error) => error instanceof SqlError,
      (error) => Effect.fail(storeUnavailable(error))
    ),
    Effect.catchIf(isParseError, (error) => Effect.die(error))
  )

/** A database with a newer schema: this version would write what that can't read. */
export class SchemaTooNew extends Schema.TaggedError<SchemaTooNew>()("SchemaTooNew", {
  /** The file that an operator's command was given. */
  file: Schema.optional(Schema.String),
  /** The last migration of the database, and of this version. */
  found: Schema.Number,
  known: Schema.Number
}) {
  override get message() {
    return this.file === undefined
      ? `a newer version has migrated it (to ${this.found}; this one knows ${this.known}): start that version, or restore a backup from before`
      : `${this.file} was written by a newer Evenstar: its schema is ${this.found}, this version knows up to ${this.known}`
  }
}
