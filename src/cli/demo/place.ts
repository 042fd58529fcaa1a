// Where the demo keeps its database: a temporary directory that is gone with the process, or a given one that stays.
import { existsSync, mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"

export class DatabaseExists extends Schema.TaggedError<DatabaseExists>()("DatabaseExists", {
  directory: Schema.String
}) {
  override get message() {
    return `${this.directory} has a database already: the demo fills none but its own`
  }
}

/** Also when a second signal ends the process before anything can be released. */
export const temporary = Effect.acquireRelease(
  Effect.sync(() => {
    const directory = mkdtempSync(join(tmpdir(), "evenstar-demo-"))
    const remove = () => rmSync(directory, { recursive: true, force: true })
    process.once("exit", remove)
    return { directory, remove }
  }),
  ({ remove }) =>
    Effect.sync(() => {
      process.off("exit", remove)
      remove()
    })
).pipe(Effect.map(({ directory }) => directory))

const file = (directory: string) => join(directory, "evenstar.db")

/** Fills a directory that has no database yet; one that was begun and not finished is taken away again. */
export const fresh = <A, E, R>(
  directory: string,
  filling: Effect.Effect<A, E, R>
): Effect.Effect<A, E | DatabaseExists, R> =>
  Effect.gen(function* () {
    if (existsSync(file(directory))) return yield* new DatabaseExists({ directory })
    const remove = Effect.sync(() => {
      for (const suffix of ["", "-wal", "-shm"]) rmSync(`${file(directory)}${suffix}`, { force: true })
    })
    return yield* Effect.onError(filling, () => remove)
  })
