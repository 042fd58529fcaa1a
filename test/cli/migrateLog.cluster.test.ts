// `evenstar migrate-log` with a real PostgreSQL: copies, refusals, and resuming when interrupted.
import { existsSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import * as Effect from "effect/Effect"
import pg from "pg"
import { describe, expect, it, vi } from "vitest"
import { Accounts } from "../../src/layers/accounts/Accounts.ts"
import { SessionStore } from "../../src/layers/sessions/SessionStore.ts"
import { keepAlive } from "../process/client.ts"
import { isSkipped } from "../servers/postgres.ts"
import { postgresForFile } from "../servers/postgresForFile.ts"
import { executeSql } from "./backups.ts"
import {
  directory,
  ending,
  file,
  log,
  migrated,
  newUser,
  pollOptions,
  refused,
  serving,
  starting,
  tablesOf,
  targetInUse,
  temporary,
  useTemporary
} from "./migrating.ts"
import {
  addEvents,
  appendHardCases,
  onNode,
  primaryRows,
  readHardCases,
  storedDetail,
  user,
  visitor
} from "./migrations.ts"
import { type Running, runToEnd } from "./process.ts"

useTemporary()

describe.skipIf(isSkipped)("evenstar migrate-log", pollOptions, () => {
  const { database, server } = postgresForFile()
  const value = async (url: string, statement: string) => {
    const [row] = await server().query(`SELECT (${statement}) AS value`, [], url)
    return Object(row).value
  }
  const headOf = async (url: string) => Number(await value(url, "SELECT max(sequence) FROM events"))
  const unguarded = (url: string, statement: string) =>
    server().query(
      `ALTER TABLE events DISABLE TRIGGER USER; ${statement}; ALTER TABLE events ENABLE TRIGGER USER`,
      [],
      url
    )

  it("copies all stored data into PostgreSQL and back, byte for byte, and a node continues with it", async () => {
    const sqlite = await serving({ DATA_DIR: directory("one") })
    const first = await fetch(`${sqlite.url}/lists`, {
      method: "POST",
      redirect: "manual",
      body: new URLSearchParams({ text: "milk & hönig" })
    })
    const path = new URL(first.headers.get("location") ?? "", sqlite.url).pathname
    const cookie = first.headers
      .getSetCookie()
      .map((it) => it.split(";")[0])
      .join("; ")
    expect(await sqlite.stop("SIGTERM")).toBe(0)
    const session = await onNode({ DATA_DIR: directory("one") }, appendHardCases)
    const before = primaryRows(file("one"))
    expect(before["events"]).toHaveLength(11)
    expect(before["sessions"]).toHaveLength(3)

    const url = await database()
    expect(await migrated(directory("one"), url)).toMatch(
      /^Copying the events 1 to 11\n.*100 % .*Comparing 11 events\n.*has all rows of .*evenstar\.db, each compared: 11 events\nOther rows: users: 1, user visitors: 1, credentials: 2, sessions: 3, answers: 1\n$/s
    )
    expect(await migrated(url, `sqlite:${file("two")}`)).toContain("each compared: 11 events\n")
    expect(primaryRows(file("two"))).toEqual(before)
    expect(primaryRows(file("one"))).toEqual(before)

    const found = await onNode({ DATA_DIR: directory("one") }, readHardCases(session))
    expect(found).toMatchObject({ user, note: storedDetail, other: "another", visitors: [visitor] })
    expect(found.credentials.map(({ counter }) => counter)).toEqual([0, 3])
    expect(found.answer).toEqual([11, { todoId: "one" }])
    expect(await onNode({ DATABASE_URL: url }, readHardCases(session))).toEqual(found)
    expect(await onNode({ DATA_DIR: directory("two") }, readHardCases(session))).toEqual(found)

    const node = await serving({ DATABASE_URL: url, DATA_DIR: directory("node") })
    // Its read models are built after its start.
    await vi.waitFor(
      async () => expect(await (await fetch(node.url, { headers: { cookie } })).text()).toContain("milk &amp; hönig"),
      10_000
    )
    const client = keepAlive(node.url, 1)
    expect(await client.post(`/api${path}/todos`, { text: "more" })).toMatchObject({ status: 201 })
    client.close()
    await refused(directory("one"), url, /is in use: stop the nodes that run on it/)
    expect(await node.stop("SIGTERM")).toBe(0)

    // PostgreSQL may take a moment to notice that the node has gone.
    const diverged = /has events up to 12, and .*evenstar\.db up to 11: the logs have diverged/
    await vi.waitFor(() => refused(directory("one"), url, diverged), 20_000)
    // The way back was interrupted before, and nothing has changed since: it resumes.
    expect(await migrated(url, directory("two"))).toContain("12 events (11 were there before)")
    // Back into the original file.
    await refused(url, directory("one"), targetInUse)
    expect(primaryRows(file("one"))).toEqual(before)
    expect(await migrated("--replace", url, directory("one"))).toContain("12 events (11 were there before)")
    expect(primaryRows(file("one"))).toEqual(primaryRows(file("two")))
    expect(await migrated(url, directory("one"))).toContain("12 events (12 were there before)")
    const verified = await runToEnd(temporary, ["verify"], { DATA_DIR: directory("two") })
    expect(verified).toMatchObject({ code: 0, stdout: expect.stringMatching(/^Verified: 12 events of /) })
  })

  it("resumes after being killed, in both directions", async () => {
    const from = await log("one", 25_000)
    const url = await database()
    const killed = async ({ child, ended, said }: Running) => {
      await said(/^ (\d\d) %/)
      child.kill("SIGKILL")
      expect((await ended).code).toBe("SIGKILL")
    }
    await killed(starting(from, url))
    const there = await headOf(url)
    expect(there).toBeGreaterThan(0)
    expect(there).toBeLessThan(25_000)
    expect(Number(await value(url, "SELECT count(*) FROM events"))).toBe(await headOf(url))
    expect(await migrated(from, url)).toMatch(/25,000 events \([\d,]+ were there before\)\n/)

    const back = `${temporary}/back.db`
    await killed(starting(url, back))
    expect(await migrated(url, back)).toMatch(/25,000 events \([\d,]+ were there before\)\n/)
    expect(primaryRows(back)).toEqual(primaryRows(file("one")))
  })

  it("resumes after the server has stopped", async () => {
    const from = await log("one", 25_000)
    const url = await database()
    const running = starting(from, url)
    await running.said(/^ (\d\d) %/)
    await server().restart("immediate")
    const { code, stderr } = await running.ended
    expect([code, stderr]).toEqual([1, expect.stringMatching(/^evenstar: postgres:\/\/[\w.:/]+: .+\n$/)])
    expect(await migrated(from, url)).toMatch(/25,000 events \([\d,]+ were there before\)\n/)
  })

  it("refuses another log or different events in the target and reports the difference", async () => {
    const one = await log("one", 3000)
    const two = await log("two", 10)
    const url = await database()
    await migrated(two, url)
    const nothing = await refused(one, url, /has another log, which is not overwritten/)
    expect([nothing, await headOf(url)]).toEqual(["", 10])
    await refused(url, one, /one\/evenstar\.db has another log/)

    const copy = await database()
    await migrated(one, copy)
    addEvents(one, 5)
    await unguarded(
      copy,
      "UPDATE events SET payload = '{\"n\":1}' WHERE sequence = 7; UPDATE events SET version = 2, command_id = 'x' WHERE sequence = 2999; DELETE FROM events WHERE sequence = 9"
    )
    const told = await refused(one, copy, /^evenstar: postgres:\S+ differs from \S+one\/evenstar\.db\n$/)
    expect(told.split("\n").slice(-4)).toEqual([
      "Event 7 differs in payload",
      "Event 9 is missing",
      "Event 2999 differs in version, command_id",
      ""
    ])
    expect(await headOf(copy)).toBe(3000)

    const verified = await runToEnd(temporary, ["verify"], { DATABASE_URL: copy })
    expect(verified).toMatchObject({
      code: 1,
      stderr: `evenstar: ${copy.replace("evenstar@", "")} failed verification\n`
    })
    expect(verified.stdout).toContain("Event 9 is missing\n")
    expect(verified.stdout).toContain("Thing many-2999 continues with version 2 instead of 1\n")
  })

  it("detects by the final comparison what was not copied unchanged", async () => {
    const url = await database()
    await migrated(await log("empty", 0), url)
    await server().query(
      `CREATE FUNCTION damage() RETURNS trigger LANGUAGE plpgsql AS
        $$ BEGIN IF new.sequence = 7 THEN new.payload = '{}'; END IF; RETURN new; END $$;
      CREATE TRIGGER damage BEFORE INSERT ON events FOR EACH ROW EXECUTE FUNCTION damage()`,
      [],
      url
    )
    const stdout = await refused(await log("one", 2000), url, / differs from .*\n$/)
    expect(stdout).toMatch(/\nEvent 7 differs in payload\n$/)
  })

  it("allows one migration per target at a time and reports newer events", async () => {
    const from = await log("one", 3000)
    const url = await database()
    await migrated(await log("empty", 0), url)
    const other = new pg.Client(url)
    other.on("error", () => undefined)
    await other.connect()
    ending.push(() => other.end())
    // Holds the append lock, so that the migration waits.
    await other.query("SELECT pg_advisory_lock(6577235)")
    const first = starting(from, url)
    await first.said(/^(Copying)/)
    await refused(from, url, /is in use: another migration into it is running/)
    addEvents(from, 2)
    await other.query("SELECT pg_advisory_unlock(6577235)")
    const { code, stdout } = await first.ended
    expect(code).toBe(0)
    expect(stdout).toContain("each compared: 3,000 events\n")
    expect(stdout).toMatch(/\n2 newer events not copied: run it again when the server on \S+ has stopped\n$/)
    expect(await migrated(from, url)).toContain("3,002 events (3,000 were there before)")

    // The way back: it has locked the file by the time that it reads the log.
    await other.query("BEGIN; LOCK TABLE log")
    const back = starting(url, directory("back"))
    await vi.waitUntil(() => existsSync(file("back")), { timeout: 10_000, interval: 20 })
    await refused(url, directory("back"), /back\/evenstar\.db is in use/)
    await other.query("COMMIT")
    expect((await back.ended).code).toBe(0)
    expect(primaryRows(file("back"))).toEqual(primaryRows(file("one")))

    const running = await serving({ DATA_DIR: directory("back") })
    await refused(url, directory("back"), /back\/evenstar\.db is in use: stop the server/)
    expect(await running.stop("SIGTERM")).toBe(0)
  })

  it("does not overwrite sessions and accounts of a target in use without --replace", async () => {
    const signUp = Effect.gen(function* () {
      const accounts = yield* Accounts
      const publicKey = new Uint8Array(77)
      yield* accounts.register({ credentialId: "new", publicKey, counter: 0, transports: [], device: "" }, newUser)
    })
    const copied = async () => {
      const url = await database()
      await migrated(directory("one"), url)
      return url
    }
    const session = await onNode({ DATA_DIR: directory("one") }, appendHardCases)
    const [withUser, withoutSession, lookedAt] = [await copied(), await copied(), await copied()]
    await onNode({ DATABASE_URL: withUser }, signUp)
    await onNode(
      { DATABASE_URL: withoutSession },
      Effect.flatMap(SessionStore, (sessions) => sessions.delete(session))
    )
    const node = await serving({ DATABASE_URL: lookedAt, DATA_DIR: directory("node") })
    expect((await fetch(node.url)).status).toBe(200)
    expect(await node.stop("SIGTERM")).toBe(0)
    addEvents(directory("one"), 2)

    for (const url of [withUser, withoutSession]) {
      expect(await refused(directory("one"), url, targetInUse)).toBe("")
      expect(await headOf(url)).toBe(9)
    }
    expect(await value(withUser, "SELECT count(*) FROM credentials WHERE credential_id = 'new'")).toBe("1")
    expect(await value(withoutSession, "SELECT count(*) FROM sessions")).toBe("1")

    // Nothing would be lost there.
    expect(await migrated(directory("one"), lookedAt)).toContain("11 events (9 were there before)")
    expect(await migrated("--replace", directory("one"), withUser)).toContain("users: 1,")
    expect(await migrated(directory("one"), withUser)).toContain("11 events (11 were there before)")
  })

  it("detects at the end that a node has been started on the target meanwhile", async () => {
    const url = await database()
    await onNode({ DATA_DIR: directory("one") }, appendHardCases)
    await migrated(directory("one"), url)
    await server().query(
      `CREATE FUNCTION sign_up() RETURNS trigger LANGUAGE plpgsql AS
        $$ BEGIN INSERT INTO users VALUES ('meanwhile', 0); RETURN NULL; END $$;
      CREATE TRIGGER sign_up AFTER INSERT ON events EXECUTE FUNCTION sign_up()`,
      [],
      url
    )
    addEvents(directory("one"), 2)
    await refused(directory("one"), url, targetInUse)
    expect(await value(url, "SELECT count(*) FROM users")).toBe("2")
  })

  it("removes from the target what the source has removed", async () => {
    const url = await database()
    await onNode({ DATA_DIR: directory("one") }, appendHardCases)
    await migrated(directory("one"), url)
    executeSql(
      file("one"),
      "DELETE FROM sessions WHERE user_id IS NULL",
      "UPDATE credentials SET counter = counter + 1",
      "DELETE FROM answers"
    )
    await migrated(directory("one"), url)
    expect(await value(url, "SELECT count(*) FROM sessions")).toBe("1")
    expect(await value(url, "SELECT max(counter) FROM credentials")).toBe("4")
    expect(await value(url, "SELECT count(*) FROM answers")).toBe("0")
  })

  it("copies every table or has a reason to leave it out", async () => {
    const url = await database()
    await migrated(await log("one", 0), url)
    const known = [...Object.keys(primaryRows(file("one"))), "effect_sql_migrations", "copied"]
    /** State that running nodes share (built files included), and data derived from the log. */
    const ofNodes = ["nodes", "bus_switch", "duties", "rate_buckets", "ended_sessions", "assets", "counts"]
    const derived = ["projections", "snapshots"]
    const rows = await server().query("SELECT tablename FROM pg_tables WHERE schemaname = 'public'", [], url)
    const inPostgres = rows.map((row) => String(Object(row).tablename))
    expect(inPostgres.filter((name) => ![...known, ...ofNodes].includes(name))).toEqual([])
    const inSqlite = tablesOf(file("one"))
    expect(inSqlite.filter((name) => ![...known, ...ofNodes, ...derived].includes(name))).toEqual([])
  })

  it("reports a failure in one line", async () => {
    const one = await log("one", 3)
    const url = await database()
    const withPassword = (it: string) => it.replace("evenstar@", "evenstar:secret@")
    writeFileSync(
      join(temporary, "text.db"),
      "no database, but something else that somebody has put there. ".repeat(20)
    )
    const foreign = join(temporary, "foreign.db")
    executeSql(foreign, "CREATE TABLE things (thing)")
    await Promise.all([
      refused(one, directory("two"), /FROM and TO are both SQLite files: use `evenstar backup`/),
      refused(directory("none"), url, /none\/evenstar\.db: there is no such file/),
      refused(withPassword(url), directory("two"), /test_\d+: it has no Evenstar log/),
      refused(one, withPassword(server().urlOf("none")), /none: database "none" does not exist/),
      refused(
        one,
        "postgres://evenstar:secret@127.0.0.1:1/log?application_name=secret",
        /127\.0\.0\.1:1\/log: .*ECONNREFUSED/
      ),
      refused(join(temporary, "text.db"), url, /text\.db: it is not a SQLite database/),
      refused(foreign, url, /foreign\.db is not an Evenstar database/)
    ])
    await migrated(one, url)
    await refused(url, foreign, /foreign\.db is not an Evenstar database/)
    expect(tablesOf(foreign)).toEqual(["things"])

    executeSql(
      file("one"),
      "INSERT INTO events SELECT 4, '01900000-0000-7000-8000-ffffffffffff', aggregate_type, 'a' || char(0), 1, event_type, 1, payload, metadata, 'c', occurred_at FROM events LIMIT 1"
    )
    await refused(one, url, /: it rejects event 4: invalid byte sequence/)
    executeSql(file("one"), "DROP TRIGGER events_are_not_deleted", "DELETE FROM events WHERE sequence IN (2, 4)")
    await refused(one, await database(), /one\/evenstar\.db has no event 2: run `evenstar verify` on it/)
    executeSql(
      file("one"),
      "DELETE FROM effect_sql_migrations WHERE migration_id = (SELECT max(migration_id) FROM effect_sql_migrations)"
    )
    await refused(one, url, /one\/evenstar\.db was written by an older Evenstar: start this version on it once/)
    await server().query("INSERT INTO effect_sql_migrations (migration_id, name) VALUES (9999, 'later')", [], url)
    await refused(url, directory("two"), /was written by a newer Evenstar/)
  })

  it("is named by the other commands where the log is in PostgreSQL", async () => {
    const url = await database()
    await migrated(await log("one", 1000), url)
    const run = (...args: ReadonlyArray<string>) =>
      runToEnd(temporary, args, { DATABASE_URL: url, DATA_DIR: directory("node") })
    const pointing = async (...args: ReadonlyArray<string>) => {
      const { code, stderr } = await run(...args)
      expect([code, stderr]).toEqual([
        1,
        expect.stringMatching(
          /^evenstar: DATABASE_URL is set, so the log is in PostgreSQL: .*`evenstar migrate-log`.*\n$/
        )
      ])
    }
    const asking = async () =>
      expect((await run("sql", "SELECT count(*) AS events FROM events")).stdout).toContain("1000")
    const verifying = async () =>
      expect(await run("verify")).toMatchObject({
        code: 0,
        stdout: "Verified: 1,000 events of 1,000 aggregates; no codec for the aggregate types Thing\n"
      })
    await Promise.all([pointing("backup", "x"), pointing("restore", "x"), pointing("demo"), asking(), verifying()])
    await server().query("ALTER TABLE events DISABLE TRIGGER USER", [], url)
    expect(await run("verify")).toMatchObject({
      code: 1,
      stdout: expect.stringContaining("The trigger events_are_immutable is missing\n")
    })
  })
})
