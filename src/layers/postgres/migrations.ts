// PostgreSQL migrations, each run once. A released step is never edited.
import { SqlClient } from "@effect/sql/SqlClient"
import type { SqlError } from "@effect/sql/SqlError"
import * as Effect from "effect/Effect"
import { claimVisitor, claimVisitorWithin, removeCredential } from "../accounts/accountFunctions.ts"

const statements = (...texts: ReadonlyArray<string>) =>
  Effect.flatMap(SqlClient, (sql) => Effect.forEach(texts, (text) => sql.unsafe(text), { discard: true }))

/**
 * Appends a batch of requests in one statement: the lock is never held across a network round trip,
 * and a failing node appends all or nothing.
 *
 * The advisory lock defines the commit order. It is taken before the head is read and released
 * after the COMMIT is visible, so sequences have no gaps and a reader who has seen one has seen all
 * below. No two requests may share an aggregate, a command or a key. Payloads are separate texts,
 * because JSON functions fail on an escaped NUL. Plans are restricted to indexes, because they are
 * cached from an empty table.
 */
const appendEvents = `CREATE FUNCTION append_events(
    requests json, now_ms bigint, answers_after bigint, occurred text,
    event_of integer[], event_places integer[], aggregate_types text[], aggregate_ids text[], versions integer[],
    commands text[], event_ids uuid[], event_types text[], schema_versions integer[], payloads text[], metadata_texts text[])
  RETURNS TABLE (outcome text, first_sequence bigint, actual_version integer, first_answer json)
  LANGUAGE plpgsql SET enable_seqscan = off SET enable_bitmapscan = off AS $$
  #variable_conflict use_column
  DECLARE
    head bigint;
    outcomes text[];
    firsts bigint[];
    actuals integer[];
    first_answers json[];
  BEGIN
    PERFORM pg_advisory_xact_lock(6577235);
    SELECT coalesce(max(sequence), 0) INTO head FROM events;
    WITH request AS MATERIALIZED (
      SELECT r.*,
        (SELECT json_build_object('fingerprint', a.fingerprint, 'sequence', a.sequence, 'version', a.version, 'detail', a.detail)
          FROM answers a WHERE a.scope = r.scope AND a.key = r.key AND a.answered_at > answers_after) AS answer,
        (SELECT true FROM events e
          WHERE e.command_id = r.command AND e.aggregate_type || '' = r.type AND e.aggregate_id || '' = r.id LIMIT 1) AS repeated,
        coalesce((SELECT max(e.version) FROM events e
          WHERE e.aggregate_type = r.type AND e.aggregate_id = r.id), 0) AS actual
      FROM ROWS FROM (json_to_recordset(requests) AS (
        type text, id text, expected integer, command text, count integer, scope text, key text
      )) WITH ORDINALITY AS r (type, id, expected, command, count, scope, key, n)
    ), judged AS (
      SELECT n, count, actual, answer, CASE
        WHEN answer IS NOT NULL THEN 'answered' WHEN repeated THEN 'repeated' WHEN actual <> expected THEN 'conflict' ELSE 'stored'
      END AS outcome FROM request
    ), placed AS (
      SELECT *, CASE WHEN outcome = 'stored'
        THEN head + 1 + sum(count) FILTER (WHERE outcome = 'stored') OVER (ORDER BY n) - count END AS first FROM judged
    )
    SELECT array_agg(p.outcome ORDER BY n), array_agg(p.first ORDER BY n), array_agg(p.actual ORDER BY n),
      array_agg(p.answer ORDER BY n) INTO outcomes, firsts, actuals, first_answers FROM placed p;

    INSERT INTO events (sequence, event_id, aggregate_type, aggregate_id, version, event_type, schema_version, payload,
      metadata, command_id, occurred_at)
    SELECT firsts[n] + place, event_id, aggregate_type, aggregate_id, version, event_type, schema_version, payload::json,
      metadata::json, command, occurred
    FROM unnest(event_of, event_places, aggregate_types, aggregate_ids, versions, commands, event_ids, event_types,
      schema_versions, payloads, metadata_texts) AS e (n, place, aggregate_type, aggregate_id, version, command,
      event_id, event_type, schema_version, payload, metadata)
    WHERE firsts[n] IS NOT NULL;

    INSERT INTO answers (scope, key, fingerprint, sequence, version, detail, answered_at)
    SELECT r.scope, r.key, r.fingerprint, firsts[r.n] + r.count - 1, r.expected + r.count, r.detail, now_ms
    FROM ROWS FROM (json_to_recordset(requests) AS (
      expected integer, count integer, scope text, key text, fingerprint text, detail json
    )) WITH ORDINALITY AS r (expected, count, scope, key, fingerprint, detail, n)
    WHERE r.scope IS NOT NULL AND firsts[r.n] IS NOT NULL
    ON CONFLICT (scope, key) DO UPDATE SET fingerprint = excluded.fingerprint, sequence = excluded.sequence,
      version = excluded.version, detail = excluded.detail, answered_at = excluded.answered_at;

    RETURN QUERY SELECT * FROM unnest(outcomes, firsts, actuals, first_answers);
  END $$`

export const migrations: Record<string, Effect.Effect<void, SqlError, SqlClient>> = {
  "0001_log": statements(
    `CREATE TABLE log (log_id text NOT NULL PRIMARY KEY)`,
    `INSERT INTO log VALUES (replace(gen_random_uuid()::text, '-', ''))`,
    // json, unlike jsonb, keeps the original text.
    `CREATE TABLE events (
      sequence bigint NOT NULL PRIMARY KEY CHECK (sequence > 0),
      event_id uuid NOT NULL UNIQUE,
      aggregate_type text NOT NULL,
      aggregate_id text NOT NULL,
      version integer NOT NULL CHECK (version > 0),
      event_type text NOT NULL,
      schema_version integer NOT NULL,
      payload json NOT NULL,
      metadata json NOT NULL,
      command_id text NOT NULL,
      occurred_at text NOT NULL,
      UNIQUE (aggregate_type, aggregate_id, version)
    )`,
    `CREATE INDEX events_by_command ON events (command_id)`,
    `CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
      BEGIN RAISE EXCEPTION 'events are immutable'; END $$`,
    `CREATE TRIGGER events_are_immutable BEFORE UPDATE OR DELETE OR TRUNCATE ON events EXECUTE FUNCTION refuse_change()`,
    `CREATE TABLE answers (
      scope text NOT NULL,
      key text NOT NULL,
      fingerprint text NOT NULL,
      sequence bigint NOT NULL,
      version integer NOT NULL,
      detail json NOT NULL,
      answered_at bigint NOT NULL,
      PRIMARY KEY (scope, key)
    )`,
    `CREATE INDEX answers_by_time ON answers (answered_at)`,
    appendEvents
  ),
  // Ids are compared by bytes, independent of the locale.
  "0002_accounts": statements(
    `CREATE TABLE users (user_id text COLLATE "C" NOT NULL PRIMARY KEY, created_at bigint NOT NULL)`,
    `CREATE TABLE user_visitors (
      visitor_id text COLLATE "C" NOT NULL PRIMARY KEY,
      user_id text COLLATE "C" NOT NULL REFERENCES users
    )`,
    `CREATE INDEX user_visitors_by_user ON user_visitors (user_id)`,
    `CREATE TABLE credentials (
      credential_id text COLLATE "C" NOT NULL PRIMARY KEY,
      user_id text COLLATE "C" NOT NULL REFERENCES users,
      public_key bytea NOT NULL,
      counter bigint NOT NULL,
      transports json NOT NULL,
      device text NOT NULL,
      created_at bigint NOT NULL,
      last_used bigint NOT NULL
    )`,
    `CREATE INDEX credentials_by_user ON credentials (user_id)`,
    removeCredential,
    claimVisitor
  ),
  // `data` maps key names to JSON texts, because jsonb can't represent all JSON. No index on times:
  // a touch then changes only its row.
  "0003_sessions": statements(
    `CREATE TABLE sessions (
      id_hash bytea NOT NULL PRIMARY KEY,
      handle text NOT NULL,
      visitor_id text NOT NULL,
      user_id text COLLATE "C" REFERENCES users,
      device text NOT NULL,
      data jsonb NOT NULL,
      created_at bigint NOT NULL,
      signed_in_at bigint,
      last_accessed bigint NOT NULL,
      expires_at bigint NOT NULL
    ) WITH (fillfactor = 80)`,
    `CREATE INDEX sessions_by_user ON sessions (user_id) WHERE user_id IS NOT NULL`,
    // Ended sessions, for nodes with open streams. Ordered by transaction id: a node has seen all
    // below the oldest running transaction, which times can't express.
    `CREATE TABLE ended_sessions (
      handle text NOT NULL PRIMARY KEY,
      ended_by xid8 NOT NULL DEFAULT pg_current_xact_id(),
      ended_at timestamptz NOT NULL DEFAULT clock_timestamp()
    )`,
    `CREATE INDEX ended_sessions_by_transaction ON ended_sessions (ended_by)`
  ),
  "0004_nodes": statements(
    // See ClusterMembership.ts. Times are milliseconds of the database's clock.
    `CREATE UNLOGGED TABLE nodes (
      instance_id text NOT NULL PRIMARY KEY,
      node_id text NOT NULL,
      report json NOT NULL,
      seen_at bigint NOT NULL
    )`,
    `CREATE TABLE bus_switch (only_one boolean NOT NULL PRIMARY KEY DEFAULT true CHECK (only_one), phase text NOT NULL)`,
    `INSERT INTO bus_switch (phase) VALUES ('first')`,
    // Jobs that one node at a time runs: see leasedJobs.ts.
    `CREATE TABLE duties (
      name text NOT NULL PRIMARY KEY,
      done_at timestamptz NOT NULL DEFAULT '-infinity',
      held_until timestamptz NOT NULL DEFAULT '-infinity',
      holder uuid,
      node_id text
    )`,
    // See RateBucketsPostgres.ts. No index on the time, which changes with each use.
    `CREATE UNLOGGED TABLE rate_buckets (
      key text COLLATE "C" NOT NULL PRIMARY KEY,
      full_at timestamptz NOT NULL,
      granted integer NOT NULL
    ) WITH (fillfactor = 50)`
  ),
  // See SharedAssets.ts. Contents are already compressed.
  "0005_assets": statements(
    `CREATE TABLE assets (
      name text COLLATE "C" NOT NULL,
      digest bytea NOT NULL,
      content bytea NOT NULL,
      announced_at timestamptz NOT NULL DEFAULT clock_timestamp(),
      PRIMARY KEY (name, digest)
    )`
  ),
  "0006_visitors": statements(claimVisitorWithin),
  // See rowCounts.ts.
  "0007_counts": statements(
    `CREATE TABLE counts (name text NOT NULL PRIMARY KEY, counted bigint NOT NULL, round bigint NOT NULL DEFAULT 1)`
  )
}

export const newestMigration = Math.max(...Object.keys(migrations).map((name) => Number.parseInt(name, 10)))
