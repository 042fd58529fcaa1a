// What FROM and TO may say: a PostgreSQL database, or a SQLite file, by its own name or by that of its directory.
import { existsSync, statSync } from "node:fs"
import { extname } from "node:path"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import { databaseFile } from "../../layers/node/Settings.ts"
import { MigrationRefused } from "./Log.ts"

export type Place =
  | { readonly _tag: "Sqlite"; readonly file: string; readonly name: string }
  | { readonly _tag: "Postgres"; readonly url: Redacted.Redacted; readonly name: string }

const isDirectory = (path: string) =>
  path.endsWith("/") || (existsSync(path) ? statSync(path).isDirectory() : extname(path) === "")

const sqlite = (path: string): Place => {
  const file = isDirectory(path) ? databaseFile(path) : path
  return { _tag: "Sqlite", file, name: file }
}

/** No password, nor anything else that a URL may have behind the database's name. */
export const nameOf = (url: Redacted.Redacted) => {
  const { host, pathname } = new URL(Redacted.value(url))
  return `postgres://${host}${pathname}`
}

const refuse = (message: string) => Effect.fail(new MigrationRefused({ message }))

const expected = "expected postgres://USER@HOST:PORT/DATABASE, sqlite:PATH, a file, or a DATA_DIR"

/** `which`: FROM or TO. What is wrong is told without what was given: it may hold a password. */
export const parse = (which: string, text: string): Effect.Effect<Place, MigrationRefused> => {
  if (/^postgres(ql)?:/.test(text)) {
    if (!URL.canParse(text)) return refuse(`${which} is no URL: ${expected}`)
    const url = Redacted.make(text)
    return Effect.succeed({ _tag: "Postgres", url, name: nameOf(url) })
  }
  const path = text.startsWith("sqlite:") ? text.slice("sqlite:".length) : text
  if (path === "" || /^[a-z][a-z0-9+.-]*:\/\//i.test(path)) return refuse(`${which} names no database: ${expected}`)
  return Effect.succeed(sqlite(path))
}
