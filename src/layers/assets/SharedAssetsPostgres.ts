// Shared assets of nodes with one database.
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import type { StoreUnavailable } from "../../domain/StoredEvent.ts"
import type { PostgresService, Prepared } from "../postgres/Postgres.ts"
import {
  maxFileBytes,
  type SharedAssetKey,
  type SharedAssetStore,
  SharedAssetsFailed,
  textOf
} from "./sharedAssetStore.ts"

const wanted = "unnest($1::text[], $2::bytea[]) AS wanted (name, digest)"
const statements = {
  keys: { name: "asset-keys", text: "SELECT name, encode(digest, 'hex') FROM assets" },
  entries: {
    name: "asset-entries",
    text: `SELECT name, encode(digest, 'hex'), octet_length(content), (extract(epoch FROM announced_at) * 1000)::float8 FROM assets`
  },
  read: {
    name: "asset-read",
    text: `SELECT content FROM assets WHERE name = $1 AND digest = $2 AND octet_length(content) <= ${maxFileBytes}`
  },
  // Ordered, so that nodes never deadlock.
  write: {
    name: "asset-write",
    text: `INSERT INTO assets (name, digest, content)
      SELECT * FROM unnest($1::text[], $2::bytea[], $3::bytea[]) AS file (name, digest, content) ORDER BY name, digest
      ON CONFLICT DO NOTHING`
  },
  announce: {
    name: "asset-announce",
    text: `UPDATE assets SET announced_at = clock_timestamp() WHERE (name, digest) IN (
      SELECT a.name, a.digest FROM assets a JOIN ${wanted} USING (name, digest) FOR UPDATE OF a SKIP LOCKED)`
  },
  remove: {
    name: "asset-remove",
    text: `DELETE FROM assets WHERE (name, digest) IN (
      SELECT a.name, a.digest FROM assets a JOIN ${wanted} USING (name, digest) FOR UPDATE OF a SKIP LOCKED)`
  }
} satisfies Record<string, Prepared>

const decodeKeys = Schema.decodeUnknownSync(Schema.Array(Schema.Tuple(Schema.String, Schema.String)))
const decodeEntries = Schema.decodeUnknownSync(
  Schema.Array(Schema.Tuple(Schema.String, Schema.String, Schema.Number, Schema.Number))
)
const decodeContents = Schema.decodeUnknownSync(Schema.Array(Schema.Tuple(Schema.Uint8ArrayFromSelf)))

const bytesOf = (digest: string) => Buffer.from(digest, "hex")
const columns = (keys: ReadonlyArray<SharedAssetKey>) => [
  keys.map(({ name }) => name),
  keys.map((key) => bytesOf(key.digest))
]

const failed = <A>(asked: Effect.Effect<A, StoreUnavailable>) =>
  Effect.mapError(asked, (cause) => new SharedAssetsFailed({ reason: cause.reason, cause }))

export const make = ({ now, query: send }: PostgresService) => {
  const query = (statement: Prepared, values: ReadonlyArray<unknown>) => failed(send(statement, values))
  const keys = Effect.map(query(statements.keys, []), (rows) =>
    decodeKeys(rows).map(([name, digest]) => ({ name, digest }))
  )
  const shelf: SharedAssetStore = {
    keys,
    entries: Effect.map(query(statements.entries, []), (rows) =>
      decodeEntries(rows).map(([name, digest, bytes, announcedAt]) => ({ name, digest, bytes, announcedAt }))
    ),
    now,
    read: ({ digest, name }) =>
      Effect.map(query(statements.read, [name, bytesOf(digest)]), (rows) => {
        const [row] = decodeContents(rows)
        return row === undefined ? undefined : Buffer.from(row[0])
      }),
    put: Effect.fnUntraced(function* (files) {
      const there = new Set((yield* keys).map(textOf))
      const missing = files.filter((file) => !there.has(textOf(file)))
      if (missing.length > 0) {
        yield* query(statements.write, [...columns(missing), missing.map(({ content }) => Buffer.from(content))])
      }
      yield* query(statements.announce, columns(files))
    }),
    remove: (some) => Effect.asVoid(query(statements.remove, columns(some)))
  }
  return Effect.succeed(shelf)
}
