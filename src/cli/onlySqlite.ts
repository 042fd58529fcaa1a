// For commands that work on a SQLite file, where the log is elsewhere: what there is instead.
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import { Settings } from "../layers/node/Settings.ts"

export class LogIsElsewhere extends Schema.TaggedError<LogIsElsewhere>()("LogIsElsewhere", {
  instead: Schema.String
}) {
  override get message() {
    return `DATABASE_URL says that the log is in PostgreSQL: ${this.instead}`
  }
}

export const onlySqlite = (instead: string) =>
  Effect.flatMap(Settings, ({ databaseUrl }) =>
    Option.isSome(databaseUrl) ? new LogIsElsewhere({ instead }) : Effect.void
  )
