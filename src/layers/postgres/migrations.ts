// The tables of PostgreSQL, as numbered steps that one node runs once each. A step is never edited after a release.
import { SqlClient } from "@effect/sql/SqlClient"
import type { SqlError } from "@effect/sql/SqlError"
import * as Effect from "effect/Effect"

const statements = (...texts: ReadonlyArray<string>) =>
  Effect.flatMap(SqlClient, (sql) => Effect.forEach(texts, (text) => sql.unsafe(text), { discard: true }))

/**
 * Appends what some requests want, in one statement from one node: nobody waits for that node's network while it has the lock, and
 * a node that dies or is cut off has not appended or has, as a whole.
 *
 * The lock is the order of commit. It is taken before the head is read and let go after the COMMIT is visible, so sequences have no gap and
 * whoever has seen one has seen all below it. No two requests are of one aggregate, one command or one key. Payloads come as texts of their
 * own: what takes JSON apart stumbles over an escaped NUL.
 */
const appendEvents = `CREATE FUNCTION append_events(requests json, events_of integer[], event_ids uuid[], event_types text[],
    schema_versions integer[], payloads text[], metadata_texts text[], occurred text, now_ms bigint, answers_after bigint)
  RETURNS TABLE (outcome text, first_sequence bigint, actual_version integer, fingerprint text, answer json)
  LANGUAGE plpgsql AS $$
  #variable_conflict use_column
  DECLARE
    head bigint;
  BEGIN
    PERFORM pg_advisory_xact_lock(6577235);
    SELECT coalesce(max(sequence), 0) INTO head FROM events;
    RETURN QUERY
    WITH request AS (
      SELECT r.* FROM ROWS FROM (json_to_recordset(requests) AS (
        type text, id text, expected integer, command text, count integer,
        scope text, key text, fingerprint text, detail json
      )) WITH ORDINALITY AS r (type, id, expected, command, count, scope, key, fingerprint, detail, n)
    ), judged AS (
      SELECT r.*, sum(count) OVER (ORDER BY n) - count AS before, a.fingerprint AS first_fingerprint,
        json_build_object('sequence', a.sequence, 'version', a.version, 'detail', a.detail) AS first_answer,
        a.scope IS NOT NULL AS answered,
        EXISTS (SELECT 1 FROM events e
          WHERE e.command_id = r.command AND e.aggregate_type = r.type AND e.aggregate_id = r.id) AS repeated,
        coalesce((SELECT max(e.version) FROM events e
          WHERE e.aggregate_type = r.type AND e.aggregate_id = r.id), 0) AS actual
      FROM request r LEFT JOIN answers a ON a.scope = r.scope AND a.key = r.key AND a.answered_at > answers_after
    ), placed AS (
      SELECT j.*, head + sum(count) OVER (ORDER BY n) - count + 1 AS first
      FROM judged j WHERE NOT answered AND NOT repeated AND actual = expected
    ), stored AS (
      INSERT INTO events (sequence, event_id, aggregate_type, aggregate_id, version, event_type, schema_version, payload,
        metadata, command_id, occurred_at)
      SELECT p.first + e.i - p.before - 1, e.event_id, p.type, p.id, p.expected + e.i - p.before, e.event_type,
        e.schema_version, e.payload::json, e.metadata::json, p.command, occurred
      FROM placed p JOIN unnest(events_of, event_ids, event_types, schema_versions, payloads, metadata_texts)
        WITH ORDINALITY AS e (n, event_id, event_type, schema_version, payload, metadata, i) USING (n)
    ), kept AS (
      INSERT INTO answers AS a (scope, key, fingerprint, sequence, version, detail, answered_at)
      SELECT p.scope, p.key, p.fingerprint, p.first + p.count - 1, p.expected + p.count, p.detail, now_ms
      FROM placed p WHERE p.scope IS NOT NULL
      ON CONFLICT (scope, key) DO UPDATE SET fingerprint = excluded.fingerprint, sequence = excluded.sequence,
        version = excluded.version, detail = excluded.detail, answered_at = excluded.answered_at
    )
    SELECT
      CASE WHEN j.answered THEN 'answered' WHEN j.repeated THEN 'repeated' WHEN p.n IS NULL THEN 'conflict' ELSE 'stored' END,
      p.first::bigint, j.actual, j.first_fingerprint, j.first_answer
    FROM judged j LEFT JOIN placed p USING (n) ORDER BY j.n;
  END $$`

/**
 * Forgets a user's passkey, but not the last. Who waits for the user's row sees what the one before has left: each statement of a
 * function looks anew, which the parts of one statement don't.
 */
const removeCredential = `CREATE FUNCTION remove_credential(of_user text, credential text) RETURNS boolean
  LANGUAGE plpgsql AS $$
  BEGIN
    PERFORM 1 FROM users WHERE user_id = of_user FOR NO KEY UPDATE;
    DELETE FROM credentials WHERE user_id = of_user AND credential_id = credential
      AND (SELECT count(*) FROM credentials WHERE user_id = of_user) > 1;
    RETURN FOUND;
  END $$`

/** Ties a visitor to a user; where it is another user's, gives one of their own, which is `another` where they have none. */
const claimVisitor = `CREATE FUNCTION claim_visitor(for_user text, visitor text, another text) RETURNS text
  LANGUAGE plpgsql AS $$
  DECLARE
    theirs text;
  BEGIN
    PERFORM 1 FROM users WHERE user_id = for_user FOR NO KEY UPDATE;
    INSERT INTO user_visitors VALUES (visitor, for_user) ON CONFLICT DO NOTHING;
    SELECT visitor_id INTO theirs FROM user_visitors WHERE user_id = for_user
      ORDER BY visitor_id = visitor DESC, visitor_id LIMIT 1;
    IF theirs IS NULL THEN
      INSERT INTO user_visitors VALUES (another, for_user) RETURNING visitor_id INTO theirs;
    END IF;
    RETURN theirs;
  END $$`

export const migrations: Record<string, Effect.Effect<void, SqlError, SqlClient>> = {
  "0001_log": statements(
    `CREATE TABLE log (log_id text NOT NULL PRIMARY KEY)`,
    `INSERT INTO log VALUES (replace(gen_random_uuid()::text, '-', ''))`,
    // json, unlike jsonb, keeps the text as it was written.
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
  // Ids are compared byte by byte, whatever the database's locale.
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
  // `data` has JSON texts by their keys' names: jsonb itself can't hold all that JSON can say. There is no index on times: a touch, once a
  // minute a session, changes nothing but its row.
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
    // Sessions that were ended before their time, for the nodes that have something open for them. A node has seen all below the oldest
    // transaction that was under way when it looked: times can't say that, for what began first may be there last.
    `CREATE TABLE ended_sessions (
      handle text NOT NULL PRIMARY KEY,
      ended_by xid8 NOT NULL DEFAULT pg_current_xact_id(),
      ended_at timestamptz NOT NULL DEFAULT clock_timestamp()
    )`,
    `CREATE INDEX ended_sessions_by_transaction ON ended_sessions (ended_by)`
  ),
  "0004_nodes": statements(
    // See Nodes.ts. Times are milliseconds of the database's clock.
    `CREATE UNLOGGED TABLE nodes (
      instance_id text NOT NULL PRIMARY KEY,
      node_id text NOT NULL,
      report json NOT NULL,
      seen_at bigint NOT NULL
    )`,
    `CREATE TABLE bus_switch (only_one boolean NOT NULL PRIMARY KEY DEFAULT true CHECK (only_one), phase text NOT NULL)`,
    `INSERT INTO bus_switch (phase) VALUES ('first')`,
    // Work that one node at a time does for all: see duties.ts.
    `CREATE TABLE duties (
      name text NOT NULL PRIMARY KEY,
      done_at timestamptz NOT NULL DEFAULT '-infinity',
      held_until timestamptz NOT NULL DEFAULT '-infinity',
      holder uuid,
      node_id text
    )`,
    // See RateBuckets.ts. Each use changes the time, so there is no index on it.
    `CREATE UNLOGGED TABLE rate_buckets (
      key text COLLATE "C" NOT NULL PRIMARY KEY,
      full_at timestamptz NOT NULL,
      granted integer NOT NULL
    ) WITH (fillfactor = 50)`
  )
}
