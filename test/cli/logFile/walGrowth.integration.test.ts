// A snapshot read beside a busy server stops before the server's WAL fills the disk.
import { mkdtempSync, rmSync, statSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { expect, it } from "@effect/vitest"
import Database from "better-sqlite3"
import * as ConfigProvider from "effect/ConfigProvider"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { copyLogFile } from "../../../src/cli/logFile/copyLogFile.ts"
import { betweenPages, openSnapshot } from "../../../src/cli/logFile/LogFile.ts"
import { databaseFile, Settings } from "../../../src/layers/node/Settings.ts"
import { Postgres } from "../../../src/layers/postgres/Postgres.ts"
import { Sql } from "../../../src/layers/sqlite/Sql.ts"

const limit = 2 ** 20
const tooMuch = /the WAL has grown by \d+ MiB during the read: retry when fewer events are written$/

/** A log of about 20 MiB, and a second process's connection that keeps writing to it. */
const busyLog = Effect.gen(function* () {
  const dataDir = yield* Effect.acquireRelease(
    Effect.sync(() => mkdtempSync(join(tmpdir(), "evenstar-"))),
    (path) => Effect.sync(() => rmSync(path, { recursive: true, force: true }))
  )
  const settings = Settings.layer.pipe(
    Layer.provide(Layer.setConfigProvider(ConfigProvider.fromMap(new Map([["DATA_DIR", dataDir]]))))
  )
  yield* Layer.build(Sql.layer.pipe(Layer.provide(Postgres.layerNone), Layer.provide(settings)))
  const file = databaseFile(dataDir)
  const writer = yield* Effect.acquireRelease(
    Effect.sync(() => new Database(file)),
    (database) => Effect.sync(() => database.close())
  )
  writer.pragma("journal_mode = WAL")
  writer.exec("CREATE TABLE filler (bytes BLOB)")
  const write = (bytes: number) => writer.prepare("INSERT INTO filler VALUES (randomblob(?))").run(bytes)
  write(20 * 2 ** 20)
  writer.pragma("wal_checkpoint(TRUNCATE)")
  return { file, write, writer }
})

it.scoped("a paged read continues under light writes and fails under heavy ones", () =>
  Effect.gen(function* () {
    const { file, write, writer } = yield* busyLog
    yield* Effect.scoped(
      Effect.gen(function* () {
        const log = yield* openSnapshot(file, limit)
        write(limit / 2)
        yield* betweenPages(log)
        write(limit)
        const failure = yield* Effect.flip(betweenPages(log))
        expect(failure.message).toMatch(tooMuch)
      })
    )
    // After the reader ends, the WAL can be checkpointed and truncated.
    writer.pragma("wal_checkpoint(TRUNCATE)")
    expect(statSync(`${file}-wal`).size).toBe(0)
  })
)

it.scoped("a copy stops between two steps", () =>
  Effect.gen(function* () {
    const { file, write } = yield* busyLog
    const to = `${file}.copy`
    const log = yield* openSnapshot(file, limit)
    const writing = setInterval(write, 0, limit)
    const failure = yield* Effect.flip(copyLogFile(log, to, { isNewLog: false }))
    clearInterval(writing)
    expect(failure.message).toMatch(tooMuch)
  })
)

it.scoped("a WAL that was already large is not a failure", () =>
  Effect.gen(function* () {
    const { file, write, writer } = yield* busyLog
    const other = new Database(file, { readonly: true })
    other.exec("BEGIN; SELECT count(*) FROM filler")
    write(4 * limit)
    const log = yield* openSnapshot(file, limit)
    yield* betweenPages(log)
    other.close()
    writer.pragma("wal_checkpoint(PASSIVE)")
    yield* betweenPages(log)
  })
)
