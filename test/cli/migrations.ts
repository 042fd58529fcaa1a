// Shared by the tests of `evenstar migrate-log`: logs that are hard to copy, and database contents.
import { mkdirSync } from "node:fs"
import { join } from "node:path"
import { layer as reactivityLayer } from "@effect/experimental/Reactivity"
import Database from "better-sqlite3"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import { UserId } from "../../src/domain/Account.ts"
import { IdempotencyKey } from "../../src/domain/Idempotency.ts"
import { sessionKey } from "../../src/domain/Session.ts"
import { CommandId, VisitorId } from "../../src/domain/StoredEvent.ts"
import { Accounts } from "../../src/layers/accounts/Accounts.ts"
import * as AccountsBackend from "../../src/layers/accounts/AccountsBackend.ts"
import * as EventBusBackend from "../../src/layers/eventBus/EventBusBackend.ts"
import { EventStore } from "../../src/layers/eventStore/EventStore.ts"
import { Ids } from "../../src/layers/node/Ids.ts"
import { NodeIdentity } from "../../src/layers/node/NodeIdentity.ts"
import * as PostgresBackend from "../../src/layers/postgres/PostgresBackend.ts"
import { SessionStore } from "../../src/layers/sessions/SessionStore.ts"
import * as SessionStoreBackend from "../../src/layers/sessions/SessionStoreBackend.ts"
import { Sql } from "../../src/layers/sqlite/Sql.ts"
import { append, settings, unvalidatedStore } from "../support.ts"

/** A node without HTTP routes. */
const node = (env: Record<string, string>) =>
  Layer.mergeAll(unvalidatedStore, SessionStoreBackend.layer, AccountsBackend.layer).pipe(
    Layer.provide(Layer.mergeAll(Sql.layer, EventBusBackend.layerMemory(1024), Ids.layer)),
    Layer.provide(Layer.mergeAll(PostgresBackend.layer, NodeIdentity.layer)),
    Layer.provide(settings(env)),
    Layer.provide(reactivityLayer)
  )
type Node = Layer.Layer.Success<ReturnType<typeof node>>

export const onNode = <A, E>(env: Record<string, string>, work: Effect.Effect<A, E, Node>) =>
  Effect.runPromise(Effect.provide(work, node(env)))

export const user = UserId.make("8f9619ff-8b86-4d01-b42d-00cf4fc964ff")
export const visitor = VisitorId.make("6f9619ff-8b86-4d01-b42d-00cf4fc964ff")

/** Valid JSON that databases often mishandle. */
const hardPayloads = [
  { text: "Grüße, 世界 🎉 \u2028 \u{10ffff}" },
  { text: "a NUL \u0000 in the middle, and \u0001\u001f\u007f" },
  { text: "half of a pair: \ud800, \udfff\ud800" },
  { text: 'quotes " and back\\slashes \\u0041 \\. \\N, tabs\tand\r\nlines' },
  { text: "", nothing: null, number: 1e300, small: -1.5e-7, deep: [[[[{}]]]] },
  { text: "large ".repeat(50_000) },
  "not an object",
  null
]

const note = sessionKey("test/note", Schema.Unknown)
const otherNote = sessionKey("test/other-note", Schema.String)
export const storedDetail = { text: 'a "note" \u0000 \ud800 ü', of: [1.0, null, { b: 1, a: 2 }] }

/** Appends such events, one with a stored result; creates a user, a session and two passkeys. */
export const appendHardCases = Effect.gen(function* () {
  const store = yield* EventStore
  const accounts = yield* Accounts
  const sessions = yield* SessionStore
  for (const [index, payload] of hardPayloads.entries()) {
    const id = index % 2 === 0 ? "ünusual id\t\\N" : `plain-${index}`
    const version = index % 2 === 0 ? index / 2 : 0
    yield* store.append(
      append(id, version, {
        events: [{ eventType: "Hard", schemaVersion: 1 + index, payload }],
        commandId: CommandId.make(`hard-${index}`),
        metadata: { visitorId: visitor, correlationId: "ü\\", causationId: null }
      })
    )
  }
  yield* store.append(append("answered", 0, { idempotency: { request: answered, detail: { todoId: "one" } } }))
  for (const counter of [3, 0]) {
    const publicKey = Uint8Array.from({ length: 77 }, (_, index) => (index * 7 + counter) % 256)
    const transports = ["internal", "hybrid"]
    yield* accounts.register(
      { credentialId: `credential-${counter}`, publicKey, counter, transports, device: "Ü" },
      user
    )
  }
  yield* accounts.claim(user, visitor)
  const { id } = yield* sessions.create(visitor, "Firefox 🦊")
  // Sorted keys: PostgreSQL's jsonb does not keep their order.
  yield* sessions.update(id, note, () => Option.some(storedDetail))
  yield* sessions.update(id, otherNote, () => Option.some("another"))
  yield* sessions.create(visitor, "without data")
  return (yield* sessions.renew(id, { userId: user, visitorId: visitor })).id
})

export const answered = {
  scope: "a scope \u00fc",
  key: IdempotencyKey.make("idempotent-1"),
  fingerprint: "fingerprint"
}

/** What the target must contain. */
export const readHardCases = (id: Effect.Effect.Success<typeof appendHardCases>) =>
  Effect.gen(function* () {
    const store = yield* EventStore
    const accounts = yield* Accounts
    const sessions = yield* SessionStore
    const session = Option.getOrThrow(yield* sessions.get(id))
    const credentials = yield* accounts.credentialsOf(user)
    return {
      logId: store.logId,
      user: session.userId,
      note: Option.getOrNull(yield* sessions.read(id, note)),
      other: Option.getOrNull(yield* sessions.read(id, otherNote)),
      answer: Option.getOrNull(
        Option.map(yield* store.commandResult(answered), ({ detail, sequence }) => [sequence, detail])
      ),
      visitors: yield* accounts.visitorsOf(user),
      credentials: credentials
        .map(({ publicKey, ...rest }) => ({ ...rest, publicKey: Buffer.from(publicKey).toString("hex") }))
        .sort((one, other) => one.counter - other.counter)
    }
  })

const tables = ["log", "events", "users", "user_visitors", "credentials", "sessions", "answers"]

/** All rows of a SQLite file that are not derived, with bytes as hex. */
export const primaryRows = (file: string) => {
  const database = new Database(file, { readonly: true })
  try {
    const rows = (table: string) =>
      database
        .prepare(`SELECT * FROM ${table} ORDER BY 1`)
        .raw()
        .all()
        .map((row) => JSON.stringify(row))
    return Object.fromEntries(tables.map((table) => [table, rows(table)]))
  } finally {
    database.close()
  }
}

const columns =
  "event_id, aggregate_type, aggregate_id, version, event_type, schema_version, payload, metadata, command_id, occurred_at"

const metadata = JSON.stringify({ commandId: "many", correlationId: "many", causationId: null, visitorId: null })

/** Appends `count` plain events to a file. */
export const addEvents = (directory: string, count: number) => {
  mkdirSync(directory, { recursive: true })
  const database = new Database(join(directory, "evenstar.db"))
  try {
    const head = Number(database.prepare("SELECT coalesce(max(sequence), 0) FROM events").pluck().get())
    const insert = database.prepare(
      `INSERT INTO events (sequence, ${columns}) VALUES (?, ?, 'Thing', ?, 1, 'Happened', 1, '{"n": 1}', ?, ?, '2026-01-01T00:00:00.000Z')`
    )
    database.transaction(() => {
      for (let at = head + 1; at <= head + count; at++) {
        insert.run(
          at,
          `01900000-0000-7000-8000-${at.toString(16).padStart(12, "0")}`,
          `many-${at}`,
          metadata,
          `many-${at}`
        )
      }
    })()
    return head + count
  } finally {
    database.close()
  }
}
