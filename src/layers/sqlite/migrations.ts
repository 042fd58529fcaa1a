// Migrations of evenstar.db, each run once by the Migrator. A released step is never edited.
import { SqlClient } from "@effect/sql/SqlClient"
import type { SqlError } from "@effect/sql/SqlError"
import type Database from "better-sqlite3"
import * as Effect from "effect/Effect"

const statements = (...texts: ReadonlyArray<string>) =>
  Effect.flatMap(SqlClient, (sql) => Effect.forEach(texts, (text) => sql.unsafe(text), { discard: true }))

export const migrations: Record<string, Effect.Effect<void, SqlError, SqlClient>> = {
  "0001_log": statements(
    `CREATE TABLE log (log_id TEXT NOT NULL PRIMARY KEY) STRICT`,
    `INSERT INTO log VALUES (lower(hex(randomblob(16))))`,
    `CREATE TABLE events (
      sequence INTEGER NOT NULL PRIMARY KEY CHECK (sequence > 0),
      event_id TEXT NOT NULL UNIQUE,
      aggregate_type TEXT NOT NULL,
      aggregate_id TEXT NOT NULL,
      version INTEGER NOT NULL CHECK (version > 0),
      event_type TEXT NOT NULL,
      schema_version INTEGER NOT NULL,
      payload TEXT NOT NULL CHECK (json_valid(payload)),
      metadata TEXT NOT NULL CHECK (json_valid(metadata)),
      command_id TEXT NOT NULL,
      occurred_at TEXT NOT NULL,
      UNIQUE (aggregate_type, aggregate_id, version)
    ) STRICT`,
    `CREATE INDEX events_by_command ON events (command_id)`,
    `CREATE TRIGGER events_are_not_updated BEFORE UPDATE ON events
      BEGIN SELECT RAISE(ABORT, 'events are immutable'); END`,
    `CREATE TRIGGER events_are_not_deleted BEFORE DELETE ON events
      BEGIN SELECT RAISE(ABORT, 'events are immutable'); END`
  ),
  "0002_sessions": statements(
    `CREATE TABLE sessions (
      id_hash BLOB NOT NULL PRIMARY KEY,
      visitor_id TEXT NOT NULL,
      created_at INTEGER NOT NULL,
      last_accessed INTEGER NOT NULL,
      expires_at INTEGER NOT NULL
    ) STRICT`,
    `CREATE INDEX sessions_by_expiry ON sessions (expires_at)`
  ),
  "0003_projections": statements(
    `CREATE TABLE projections (
      name TEXT NOT NULL PRIMARY KEY,
      version INTEGER NOT NULL,
      log_id TEXT NOT NULL,
      cursor INTEGER NOT NULL
    ) STRICT`
  ),
  "0004_answers": statements(
    `CREATE TABLE answers (
      scope TEXT NOT NULL,
      key TEXT NOT NULL,
      fingerprint TEXT NOT NULL,
      sequence INTEGER NOT NULL,
      version INTEGER NOT NULL,
      detail TEXT NOT NULL CHECK (json_valid(detail)),
      answered_at INTEGER NOT NULL,
      PRIMARY KEY (scope, key)
    ) STRICT, WITHOUT ROWID`,
    `CREATE INDEX answers_by_time ON answers (answered_at)`
  ),
  // Read models are disposable and rebuilt in the new form.
  "0005_projections": statements(
    `DROP TABLE IF EXISTS visitor_lists`,
    `DROP TABLE projections`,
    `CREATE TABLE projections (
      name TEXT NOT NULL,
      version INTEGER NOT NULL,
      log_id TEXT NOT NULL,
      cursor INTEGER NOT NULL,
      serving INTEGER NOT NULL CHECK (serving IN (0, 1)),
      PRIMARY KEY (name, version)
    ) STRICT`,
    `CREATE UNIQUE INDEX projections_that_serve ON projections (name) WHERE serving = 1`
  ),
  "0006_snapshots": statements(
    `CREATE TABLE snapshots (
      aggregate_type TEXT NOT NULL,
      aggregate_id TEXT NOT NULL,
      kind INTEGER NOT NULL,
      log_id TEXT NOT NULL,
      version INTEGER NOT NULL,
      sequence INTEGER NOT NULL,
      state TEXT NOT NULL,
      PRIMARY KEY (aggregate_type, aggregate_id)
    ) STRICT`
  ),
  // Sessions get a handle, a user and data. Clustered by hash without an index on times: a touch
  // changes one page, and the cleanup reads neighbours.
  "0007_accounts": statements(
    `CREATE TABLE users (
      user_id TEXT NOT NULL PRIMARY KEY,
      created_at INTEGER NOT NULL
    ) STRICT, WITHOUT ROWID`,
    `CREATE TABLE user_visitors (
      visitor_id TEXT NOT NULL PRIMARY KEY,
      user_id TEXT NOT NULL REFERENCES users
    ) STRICT, WITHOUT ROWID`,
    `CREATE INDEX user_visitors_by_user ON user_visitors (user_id)`,
    `CREATE TABLE credentials (
      credential_id TEXT NOT NULL PRIMARY KEY,
      user_id TEXT NOT NULL REFERENCES users,
      public_key BLOB NOT NULL,
      counter INTEGER NOT NULL,
      transports TEXT NOT NULL CHECK (json_valid(transports)),
      device TEXT NOT NULL,
      created_at INTEGER NOT NULL,
      last_used INTEGER NOT NULL
    ) STRICT, WITHOUT ROWID`,
    `CREATE INDEX credentials_by_user ON credentials (user_id)`,
    `ALTER TABLE sessions RENAME TO old_sessions`,
    `CREATE TABLE sessions (
      id_hash BLOB NOT NULL PRIMARY KEY,
      handle TEXT NOT NULL,
      visitor_id TEXT NOT NULL,
      user_id TEXT REFERENCES users,
      device TEXT NOT NULL,
      data TEXT NOT NULL CHECK (json_valid(data)),
      created_at INTEGER NOT NULL,
      signed_in_at INTEGER,
      last_accessed INTEGER NOT NULL,
      expires_at INTEGER NOT NULL
    ) STRICT, WITHOUT ROWID`,
    `CREATE INDEX sessions_by_user ON sessions (user_id) WHERE user_id IS NOT NULL`,
    `INSERT INTO sessions SELECT id_hash, lower(hex(randomblob(16))), visitor_id, NULL, '', '{}',
      created_at, NULL, last_accessed, expires_at FROM old_sessions`,
    `DROP TABLE old_sessions`,
    // Keys are stored as hashes from here on.
    `DELETE FROM answers`
  ),
  // See ClusterMembership.ts: the processes on this file, where one bus takes another's place.
  "0008_nodes": statements(
    `CREATE TABLE nodes (
      instance_id TEXT NOT NULL PRIMARY KEY,
      node_id TEXT NOT NULL,
      report TEXT NOT NULL CHECK (json_valid(report)),
      seen_at INTEGER NOT NULL
    ) STRICT`,
    `CREATE TABLE bus_switch (only_one INTEGER NOT NULL PRIMARY KEY DEFAULT 1 CHECK (only_one = 1), phase TEXT NOT NULL) STRICT`,
    `INSERT INTO bus_switch (phase) VALUES ('first')`
  )
}

export const newestMigration = Math.max(...Object.keys(migrations).map((name) => Number.parseInt(name, 10)))

/** The last migration of a file; 0 for none. Throws SQLite errors. */
export const lastMigration = (database: Database.Database): number => {
  const isBegun = database.prepare("SELECT 1 FROM sqlite_schema WHERE name = 'effect_sql_migrations'").get()
  if (isBegun === undefined) return 0
  return Number(database.prepare("SELECT COALESCE(MAX(migration_id), 0) FROM effect_sql_migrations").pluck().get())
}
