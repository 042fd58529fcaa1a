// Writes sessions with better-sqlite3 in bulk. Ids are derived from numbers, so load generators can
// compute them; their hashes are unordered, as in production.
import { createHash } from "node:crypto"
import { join } from "node:path"
import Database from "better-sqlite3"
import * as ConfigProvider from "effect/ConfigProvider"
import * as Layer from "effect/Layer"
import * as ManagedRuntime from "effect/ManagedRuntime"
import { Ids } from "../../src/layers/node/Ids.ts"
import { Settings } from "../../src/layers/node/Settings.ts"
import { Postgres } from "../../src/layers/postgres/Postgres.ts"
import * as SessionStoreBackend from "../../src/layers/sessions/SessionStoreBackend.ts"
import { Sql } from "../../src/layers/sqlite/Sql.ts"

/** The application's session store in this process, on a directory of the benchmark. */
export const sessionStore = (directory: string) => {
  const settings = Settings.layer.pipe(
    Layer.provide(Layer.setConfigProvider(ConfigProvider.fromMap(new Map([["DATA_DIR", directory]]))))
  )
  return ManagedRuntime.make(
    SessionStoreBackend.layer.pipe(
      Layer.provide(Layer.mergeAll(Sql.layer, Ids.layer)),
      Layer.provide(Postgres.layerNone),
      Layer.provide(settings)
    )
  )
}

const sha256 = (text: string) => createHash("sha256").update(text).digest()

export const sessionId = (number: number) => sha256(`session ${number}`).toString("base64url")

const uuid = (kind: string, number: number) => `0190000${kind}-0000-4000-8000-${number.toString(16).padStart(12, "0")}`

const devices = [
  "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/138.0.0.0 Safari/537.36",
  "Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/138.0.0.0 Mobile Safari/537.36",
  "Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.5 Mobile/15E148 Safari/604.1",
  "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.5 Safari/605.1.15",
  "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:140.0) Gecko/20100101 Firefox/140.0",
  "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
]

/** One in so many sessions is signed in. */
const signedIn = 10
const users = 10_000
const rowsPerTransaction = 10_000
const day = 86_400_000

export const openDatabase = (directory: string): Database.Database => {
  const database = new Database(join(directory, "evenstar.db"))
  database.pragma("journal_mode = WAL")
  database.pragma("synchronous = FULL")
  database.pragma("cache_size = -16384")
  return database
}

/** Adds sessions from number `from`, last used at `lastAccessed` (ms since 1970). */
export const prefillSessions = (directory: string, from: number, count: number, lastAccessed: number) => {
  const database = openDatabase(directory)
  database.pragma("synchronous = OFF")
  database.pragma("cache_size = -1000000")
  const user = database.prepare("INSERT OR IGNORE INTO users VALUES (?, 0)")
  const session = database.prepare("INSERT INTO sessions VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)")
  const createdAt = lastAccessed - 10 * day
  const insert = database.transaction((first: number, end: number) => {
    for (let number = first; number < end; number++) {
      const userId = number % signedIn === 0 ? uuid("1", (number / signedIn) % users) : null
      if (userId !== null) user.run(userId)
      const id = sessionId(number)
      session.run(
        createHash("sha256").update(id).digest(),
        sha256(`handle ${number}`).toString("base64url").slice(0, 22),
        uuid("0", number),
        userId,
        devices[number % devices.length],
        number % 2 === 0 ? "{}" : JSON.stringify({ "todo/lastList": uuid("2", number) }),
        createdAt,
        userId === null ? null : createdAt,
        lastAccessed,
        lastAccessed + 30 * day
      )
    }
  })
  for (let first = from; first < from + count; first += rowsPerTransaction) {
    insert(first, Math.min(from + count, first + rowsPerTransaction))
  }
  database.pragma("wal_checkpoint(TRUNCATE)")
  database.close()
}
