import { SqlError } from "@effect/sql/SqlError"
import * as Redacted from "effect/Redacted"
import { describe, expect, it } from "vitest"
import { failedToStart } from "../../../src/layers/postgres/connect.ts"

const url = Redacted.make("postgres://evenstar:secret@db.example:5432/lists")

describe("a database that can't be used", () => {
  it.each([
    ["ECONNREFUSED", "", /ECONNREFUSED: start PostgreSQL there, or check host and port in DATABASE_URL$/],
    ["ENOTFOUND", "getaddrinfo ENOTFOUND db.example", /check the host in DATABASE_URL$/],
    ["28P01", "password authentication failed", /failed: set user and password in DATABASE_URL$/],
    ["", "SASL: client password must be a string", /set user and password in DATABASE_URL$/],
    ["3D000", 'database "lists" does not exist', /does not exist: create it with createdb, or name another one/],
    ["42501", "permission denied for schema public", /must be allowed to create tables$/],
    ["", "timeout expired", /start PostgreSQL there, or check host and port in DATABASE_URL$/]
  ])("%s %s", (code, message, expected) => {
    const cause = Object.assign(new Error(message), { code })
    const { message: words } = failedToStart(url)(new SqlError({ cause, message: "PgClient: Failed to connect" }))
    expect(words).toMatch(/^The database db\.example:5432\/lists can't be used: /)
    expect(words).toMatch(expected)
    expect(words).not.toContain("secret")
  })
})
