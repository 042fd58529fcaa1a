// Refuses commands that work on a SQLite file when the log is in PostgreSQL, and names
// alternatives.
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import { Settings } from "../layers/node/Settings.ts"

export class LogInPostgres extends Schema.TaggedError<LogInPostgres>()("LogInPostgres", {
  instead: Schema.String
}) {
  override get message() {
    return `DATABASE_URL is set, so the log is in PostgreSQL: ${this.instead}`
  }
}

export const requireSqlite = (instead: string) =>
  Effect.flatMap(Settings, ({ databaseUrl }) =>
    Option.isSome(databaseUrl) ? new LogInPostgres({ instead }) : Effect.void
  )
