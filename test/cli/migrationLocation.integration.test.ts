// FROM and TO of `evenstar migrate-log`.
import { writeFileSync } from "node:fs"
import * as Effect from "effect/Effect"
import { describe, expect, it } from "vitest"
import { parseLocation } from "../../src/cli/migrateLog/location.ts"
import { directory, temporary, useTemporary } from "./migrating.ts"

useTemporary()

describe("FROM and TO", () => {
  it("are one database of each kind, printed without a password", async () => {
    const name = (text: string) =>
      Effect.runPromise(
        parseLocation("FROM", text).pipe(
          Effect.map(({ _tag, name }) => `${_tag} ${name}`),
          Effect.catchAll(({ message }) => Effect.succeed(message.replace(/: expected .*/, "")))
        )
      )
    writeFileSync(directory("log"), "")
    expect(await name("postgres://me:secret@there:5433/log?password=secret")).toBe("Postgres postgres://there:5433/log")
    expect(await name("postgresql://there/log")).toBe("Postgres postgres://there/log")
    expect(await name(temporary)).toBe(`Sqlite ${temporary}/evenstar.db`)
    expect(await name(`sqlite:${temporary}/`)).toBe(`Sqlite ${temporary}/evenstar.db`)
    expect(await name(directory("log"))).toBe(`Sqlite ${temporary}/log`)
    expect(await name("data/not-yet")).toBe("Sqlite data/not-yet/evenstar.db")
    expect(await name("sqlite:not-yet.db")).toBe("Sqlite not-yet.db")
    expect(await name("")).toBe("FROM doesn't name a database")
    expect(await name("mysql://root:secret@there/log")).toBe("FROM doesn't name a database")
    expect(await name("postgres://me:secret@:bad:port/log")).toBe("FROM is not a URL")
  })
})
