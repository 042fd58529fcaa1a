// Maps sessions to PostgreSQL rows.
import * as Schema from "effect/Schema"
import { UserId } from "../../domain/Account.ts"
import { type Session, SessionHandle } from "../../domain/Session.ts"
import { VisitorId } from "../../domain/StoredEvent.ts"
import type { Prepared } from "../postgres/Postgres.ts"

const columns = "handle, visitor_id, user_id, device, created_at, signed_in_at, last_accessed, expires_at"

/** SQL of `ifUnexpired`. */
const isOver = (idle: string, absolute: string, now: string) => `least(expires_at, last_accessed + ${idle}::bigint,
  greatest(created_at, coalesce(signed_in_at, created_at)) + ${absolute}::bigint) <= ${now}::bigint`

/** Returns deleted rows and records them for other nodes in the same transaction. */
const deleting = (where: string) => `WITH gone AS (DELETE FROM sessions WHERE ${where} RETURNING ${columns}),
  told AS (INSERT INTO ended_sessions (handle) SELECT handle FROM gone ON CONFLICT DO NOTHING)
  SELECT ${columns} FROM gone`

export const statements = {
  /** Adds the 1-based index of the requested hash. */
  find: {
    name: "session-find",
    text: `SELECT ${columns}, place FROM unnest($1::bytea[]) WITH ORDINALITY AS wanted (id_hash, place)
      JOIN sessions USING (id_hash)`
  },
  ofUser: { name: "session-of-user", text: `SELECT ${columns} FROM sessions WHERE user_id = $1` },
  withData: { name: "session-with-data", text: `SELECT ${columns}, data ->> $2 FROM sessions WHERE id_hash = $1` },
  insert: {
    name: "session-insert",
    text: `INSERT INTO sessions (id_hash, data, ${columns}) VALUES ($1, '{}', $2, $3, $4, $5, $6, $7, $8, $9)`
  },
  renew: {
    name: "session-renew",
    text: `UPDATE sessions SET id_hash = $2, visitor_id = $3, user_id = $4, signed_in_at = $5, last_accessed = $6, expires_at = $7
      WHERE id_hash = $1 RETURNING 1`
  },
  // Compare-and-set from $4 to $3; NULL means no entry.
  setData: {
    name: "session-set-data",
    text: `UPDATE sessions SET data = CASE WHEN $3::text IS NULL THEN data - $2::text
        ELSE data || jsonb_build_object($2::text, $3::text) END
      WHERE id_hash = $1 AND data ->> $2 IS NOT DISTINCT FROM $4::text RETURNING 1`
  },
  // Locked rows are skipped, so there is neither waiting nor deadlock.
  touch: {
    name: "session-touch",
    text: `UPDATE sessions s SET last_accessed = due.used_at, expires_at = due.expires_at FROM (
        SELECT s.id_hash, t.used_at, t.expires_at
        FROM unnest($1::bytea[], $2::bigint[], $3::bigint[]) AS t (id_hash, used_at, expires_at) JOIN sessions s USING (id_hash)
        WHERE abs(t.used_at - s.last_accessed) >= $4::bigint FOR UPDATE OF s SKIP LOCKED
      ) due WHERE s.id_hash = due.id_hash`
  },
  delete: { name: "session-delete", text: deleting("id_hash = $1") },
  deleteOfUser: { name: "session-delete-of-user", text: deleting("user_id = $1 AND handle = $2") },
  deleteAllOfUser: { name: "session-delete-all-of-user", text: deleting("user_id = $1") },
  /** Deletes expired rows of a slice; returns its last hash, row count and deletions. */
  cleanup: {
    name: "session-cleanup",
    text: `WITH slice AS (
        SELECT id_hash, ${isOver("$3", "$4", "$5")} AS over FROM sessions WHERE id_hash > $1 ORDER BY id_hash LIMIT $2
      ), doomed AS (
        SELECT s.id_hash FROM sessions s JOIN slice USING (id_hash) WHERE slice.over FOR UPDATE OF s SKIP LOCKED
      ), gone AS (
        DELETE FROM sessions WHERE id_hash IN (SELECT id_hash FROM doomed) AND ${isOver("$3", "$4", "$5")} RETURNING 1
      )
      SELECT (SELECT id_hash FROM slice ORDER BY id_hash DESC LIMIT 1), (SELECT count(*) FROM slice), (SELECT count(*) FROM gone)`
  }
} satisfies Record<string, Prepared>

/** `columns`, in order, and an optional extra column. */
const decodeRow = Schema.decodeUnknownSync(
  Schema.Tuple(
    [
      SessionHandle,
      VisitorId,
      Schema.NullOr(UserId),
      Schema.String,
      Schema.Number,
      Schema.NullOr(Schema.Number),
      Schema.Number,
      Schema.Number
    ],
    Schema.Unknown
  )
)

/** Throws on a foreign row, a defect. */
export const toSession = (row: ReadonlyArray<unknown>): Session => {
  const [handle, visitorId, userId, device, createdAt, signedInAt, lastAccessed, expiresAt] = decodeRow(row)
  return { handle, visitorId, userId, device, createdAt, signedInAt, lastAccessed, expiresAt }
}

/** The value after `columns`. */
export const extraColumn = (row: ReadonlyArray<unknown>) => row[8]

/** In the same order. */
export const toRow = (session: Session) => {
  const { createdAt, device, expiresAt, handle, lastAccessed, signedInAt, userId, visitorId } = session
  return [handle, visitorId, userId, device, createdAt, signedInAt, lastAccessed, expiresAt]
}
