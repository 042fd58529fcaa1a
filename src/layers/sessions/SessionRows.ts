// Maps sessions to SQLite rows. Rows are checked by hand: the table is STRICT, and each request
// reads one. Measured by `npm run bench sessions`.
import { hash } from "node:crypto"
import type Database from "better-sqlite3"
import type { UserId } from "../../domain/Account.ts"
import type { Session, SessionHandle, SessionId, SessionKey } from "../../domain/Session.ts"
import type { VisitorId } from "../../domain/StoredEvent.ts"

/**
 * The stored hash of a session id: reading the file reveals no id. Built from a string, because a
 * buffer from `hash` costs as much again.
 */
export const hashSessionId = (id: SessionId): Buffer => Buffer.from(hash("sha256", id, "binary"), "latin1")

const columns = "handle, visitor_id, user_id, device, created_at, signed_in_at, last_accessed, expires_at"

type Row = readonly [
  handle: SessionHandle,
  visitorId: VisitorId,
  userId: UserId | null,
  device: string,
  createdAt: number,
  signedInAt: number | null,
  lastAccessed: number,
  expiresAt: number
]

/** `columns`, in their order. */
const isRow = (row: ReadonlyArray<unknown>): row is Row =>
  row.length === 8 &&
  typeof row[0] === "string" &&
  typeof row[1] === "string" &&
  (row[2] === null || typeof row[2] === "string") &&
  typeof row[3] === "string" &&
  typeof row[4] === "number" &&
  (row[5] === null || typeof row[5] === "number") &&
  typeof row[6] === "number" &&
  typeof row[7] === "number"

/** Throws on a foreign row, a defect. */
const toSession = (row: unknown): Session => {
  if (!Array.isArray(row) || !isRow(row)) throw new TypeError("A session row has an unknown format")
  const [handle, visitorId, userId, device, createdAt, signedInAt, lastAccessed, expiresAt] = row
  return { handle, visitorId, userId, device, createdAt, signedInAt, lastAccessed, expiresAt }
}

/** In the same order. */
const toRow = ({ createdAt, device, expiresAt, handle, lastAccessed, signedInAt, userId, visitorId }: Session): Row => [
  handle,
  visitorId,
  userId,
  device,
  createdAt,
  signedInAt,
  lastAccessed,
  expiresAt
]

const pathOf = ({ name }: Pick<SessionKey<never>, "name">) => `$."${name}"`

/** Works on either connection. */
export const prepareReads = (database: Database.Database) => {
  const one = database.prepare(`SELECT ${columns} FROM sessions WHERE id_hash = ?`).raw()
  const data = database.prepare("SELECT data -> ? FROM sessions WHERE id_hash = ?").pluck()
  const ofUser = database.prepare(`SELECT ${columns} FROM sessions WHERE user_id = ?`).raw()
  return {
    find: (hash: Buffer): Session | undefined => {
      const row = one.get(hash)
      return row === undefined ? undefined : toSession(row)
    },
    /** JSON text. */
    data: (hash: Buffer, key: Pick<SessionKey<never>, "name">): string | undefined => {
      const text = data.get(pathOf(key), hash)
      return typeof text === "string" ? text : undefined
    },
    ofUser: (userId: UserId): ReadonlyArray<Session> => ofUser.all(userId).map(toSession)
  }
}

/** Call inside a transaction. */
export const prepareWrites = (database: Database.Database) => {
  const insert = database.prepare(
    `INSERT INTO sessions (id_hash, data, ${columns}) VALUES (?, '{}', ?, ?, ?, ?, ?, ?, ?, ?)`
  )
  const renew = database.prepare(
    `UPDATE sessions SET id_hash = ?, visitor_id = ?, user_id = ?, signed_in_at = ?, last_accessed = ?, expires_at = ?
      WHERE id_hash = ?`
  )
  const touch = database.prepare(
    "UPDATE sessions SET last_accessed = ?, expires_at = ? WHERE id_hash = ? AND last_accessed NOT BETWEEN ? AND ?"
  )
  const setData = database.prepare("UPDATE sessions SET data = json_set(data, ?, json(?)) WHERE id_hash = ?")
  const removeData = database.prepare("UPDATE sessions SET data = json_remove(data, ?) WHERE id_hash = ?")
  const dropData = database.prepare(
    "UPDATE sessions SET data = json_remove(data, ?) WHERE id_hash = ? AND data -> ? = ?"
  )
  const deleting = (where: string) => database.prepare(`DELETE FROM sessions WHERE ${where} RETURNING ${columns}`).raw()
  const deleteOne = deleting("id_hash = ?")
  const deleteOfUser = deleting("user_id = ? AND handle = ?")
  const deleteAllOfUser = deleting("user_id = ?")
  return {
    insert: (hash: Buffer, session: Session) => insert.run(hash, ...toRow(session)),
    renew: (hash: Buffer, to: Buffer, { expiresAt, lastAccessed, signedInAt, userId, visitorId }: Session) =>
      renew.run(to, visitorId, userId, signedInAt, lastAccessed, expiresAt, hash),
    /** Skipped if touched within `every` milliseconds. */
    touch: (hash: Buffer, { expiresAt, lastAccessed }: Session, every: number) =>
      touch.run(lastAccessed, expiresAt, hash, lastAccessed - every + 1, lastAccessed + every - 1),
    /** `undefined` removes it. */
    setData: (hash: Buffer, key: Pick<SessionKey<never>, "name">, text: string | undefined) =>
      text === undefined ? removeData.run(pathOf(key), hash) : setData.run(pathOf(key), text, hash),
    /** Compare-and-delete; true when it did. */
    dropData: (hash: Buffer, key: Pick<SessionKey<never>, "name">, text: string) =>
      dropData.run(pathOf(key), hash, pathOf(key), text).changes > 0,
    delete: (hash: Buffer) => deleteOne.all(hash).map(toSession),
    deleteOfUser: (userId: UserId, handle: SessionHandle) => deleteOfUser.all(userId, handle).map(toSession),
    deleteAllOfUser: (userId: UserId) => deleteAllOfUser.all(userId).map(toSession)
  }
}
