// The demo's database directory: temporary, removed at exit, or given by the operator and kept.
import { existsSync, mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"

export class DatabaseExists extends Schema.TaggedError<DatabaseExists>()("DatabaseExists", {
  directory: Schema.String
}) {
  override get message() {
    return `${this.directory} already has a database; the demo only fills a new one`
  }
}

/** Removed by an exit listener too: a second signal ends the process before finalizers run. */
export const temporaryDirectory = Effect.acquireRelease(
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

/** Fills a directory that has no database yet; removes the incomplete database on failure. */
export const fillNewDirectory = <A, E, R>(
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
