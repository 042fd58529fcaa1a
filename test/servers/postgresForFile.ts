// One PostgreSQL for all tests of the calling file, with a separate database for each test.
import { afterAll, beforeAll } from "vitest"
import { type Postgres, type PostgresOptions, startPostgres } from "./postgres.ts"

/** Call within a block that is skipped without PostgreSQL: it starts before the first test. */
export const postgresForFile = (options: PostgresOptions = {}) => {
  let started: Postgres | undefined
  let count = 0
  beforeAll(async () => {
    started = await startPostgres(options)
  })
  afterAll(() => started?.stop())
  const server = () => {
    if (started === undefined) throw new Error("PostgreSQL starts before the first test, and not sooner")
    return started
  }
  return {
    server,
    /** The URL of a new, empty database, which is removed with the server. */
    database: () => server().createDatabase(`test_${++count}`)
  }
}
