// Parses FROM and TO: a PostgreSQL URL, or a SQLite file, named directly or by its directory.
import { existsSync, statSync } from "node:fs"
import { extname } from "node:path"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import { databaseFile } from "../../layers/node/Settings.ts"
import { MigrationRefused } from "./MigrationLog.ts"

export type Location =
  | { readonly _tag: "Sqlite"; readonly file: string; readonly name: string }
  | { readonly _tag: "Postgres"; readonly url: Redacted.Redacted; readonly name: string }

const isDirectory = (path: string) =>
  path.endsWith("/") || (existsSync(path) ? statSync(path).isDirectory() : extname(path) === "")

const sqlite = (path: string): Location => {
  const file = isDirectory(path) ? databaseFile(path) : path
  return { _tag: "Sqlite", file, name: file }
}

/** Without password and query string. */
export const nameOfUrl = (url: Redacted.Redacted) => {
  const { host, pathname } = new URL(Redacted.value(url))
  return `postgres://${host}${pathname}`
}

const refuse = (message: string) => Effect.fail(new MigrationRefused({ message }))

const expected = "expected postgres://USER@HOST:PORT/DATABASE, sqlite:PATH, a file, or a DATA_DIR"

/** `which`: FROM or TO. Errors leave out the given text, which may contain a password. */
export const parseLocation = (which: string, text: string): Effect.Effect<Location, MigrationRefused> => {
  if (/^postgres(ql)?:/.test(text)) {
    if (!URL.canParse(text)) return refuse(`${which} is not a URL: ${expected}`)
    const url = Redacted.make(text)
    return Effect.succeed({ _tag: "Postgres", url, name: nameOfUrl(url) })
  }
  const path = text.startsWith("sqlite:") ? text.slice("sqlite:".length) : text
  if (path === "" || /^[a-z][a-z0-9+.-]*:\/\//i.test(path))
    return refuse(`${which} doesn't name a database: ${expected}`)
  return Effect.succeed(sqlite(path))
}
