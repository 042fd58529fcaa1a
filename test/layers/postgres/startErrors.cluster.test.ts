// A start that a real PostgreSQL refuses, or that doesn't find one: one line, exit code 1.
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { runToEnd } from "../../http/server.ts"
import { freePort } from "../../servers/ports.ts"
import { isSkipped, type Postgres, startPostgres } from "../../servers/postgres.ts"

describe.skipIf(isSkipped)("a start with a DATABASE_URL that doesn't work", { timeout: 60_000 }, () => {
  const directory = mkdtempSync(join(tmpdir(), "evenstar-"))
  let postgres: Postgres
  beforeAll(async () => {
    const rules = join(directory, "pg_hba.conf")
    writeFileSync(rules, "host all evenstar 127.0.0.1/32 trust\nhost all all 127.0.0.1/32 scram-sha-256\n")
    // PostgreSQL may run as another user.
    chmodSync(directory, 0o755)
    postgres = await startPostgres({ settings: { hba_file: rules } })
    await postgres.query("CREATE ROLE guest LOGIN PASSWORD 'right'")
    await postgres.query("CREATE ROLE reader LOGIN PASSWORD 'right'")
  })
  afterAll(async () => {
    await postgres.stop()
    rmSync(directory, { recursive: true, force: true })
  })
  const at = (user: string, database = "evenstar") => `postgres://${user}@127.0.0.1:${postgres.port}/${database}`

  it.concurrent.each([
    [
      "a wrong password",
      () => at("guest:wrong"),
      /password authentication failed for user "guest": set user and password in DATABASE_URL$/
    ],
    ["no password", () => at("guest"), /: set user and password in DATABASE_URL$/],
    [
      "an unknown user",
      () => at("nobody:right"),
      /password authentication failed for user "nobody": set user and password in DATABASE_URL$/
    ],
    [
      "an unknown database",
      () => at("evenstar", "nowhere"),
      /database "nowhere" does not exist: create it with createdb, or name another one in DATABASE_URL$/
    ],
    [
      "a user who may not create tables",
      () => at("reader:right"),
      /permission denied for schema public: the user in DATABASE_URL must be allowed to create tables$/
    ],
    // A server may be slower to start than its clients: these two are retried for 15 s.
    [
      "a port where nothing listens",
      async () => `postgres://evenstar@127.0.0.1:${await freePort()}/evenstar`,
      /ECONNREFUSED.*: start PostgreSQL there, or check host and port in DATABASE_URL$/
    ],
    [
      "a host without an address",
      () => "postgres://evenstar@db.invalid/evenstar",
      /(ENOTFOUND|EAI_AGAIN) db\.invalid: check the host in DATABASE_URL$/
    ]
  ])("reports %s", async (_, urlOf, expected) => {
    const url = await urlOf()
    const { code, stderr } = await runToEnd({ DATA_DIR: directory, PORT: "0", DATABASE_URL: url })
    expect(stderr).toMatch(/^evenstar: The database \S+ can't be used: [^\n]+\n$/)
    expect(stderr.trimEnd()).toMatch(expected)
    expect(stderr).not.toMatch(/wrong|right| {4}at /)
    expect(code).toBe(1)
  })
})
