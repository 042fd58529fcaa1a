// Detects changes to a target since the last copy: each copy stores a digest of the rows it wrote
// beside the log. Rows that a node writes at its start can't tell: applications may add others.
import { createHash } from "node:crypto"
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import { pages } from "./compare.ts"
import { type LogFailed, type MigrationLog, MigrationRefused, type Target } from "./MigrationLog.ts"
import { mutableTables, type Row, type Table } from "./tables.ts"

/** A table of targets only, in both SQL dialects; at most one row. */
export const createDigestTable = "CREATE TABLE IF NOT EXISTS copied (digest text NOT NULL)"

/** Decodes the result of `max(digest)`. */
export const decodeDigest = (found: unknown) => (typeof found === "string" ? found : undefined)

const toText = (rows: ReadonlyArray<Row>) => {
  let text = ""
  for (const row of rows) {
    const values = row.map((value) => (value instanceof Uint8Array ? [Buffer.from(value).toString("hex")] : value))
    text += `${JSON.stringify(values)}\n`
  }
  return text
}

/** Passes all rows beside the log to `use`; returns their digest. */
export const digestRows = <E>(
  log: MigrationLog,
  use: (table: Table, rows: ReadonlyArray<Row>) => Effect.Effect<void, E>
) =>
  Effect.gen(function* () {
    const hash = createHash("sha256")
    for (const table of mutableTables) {
      hash.update(`${table.name}\n`)
      yield* Stream.runForEach(pages(log, table), (rows) => {
        hash.update(toText(rows))
        return use(table, rows)
      })
    }
    return hash.digest("hex")
  })

const isUnchanged = Effect.fnUntraced(function* (target: Target) {
  const left = yield* target.digest
  // The first copy was interrupted before it stored a digest.
  if (left === undefined) return (yield* Effect.forEach(mutableTables, target.count)).every((rows) => rows === 0)
  return left === (yield* digestRows(target, () => Effect.void))
})

/** Fails when the next copy would remove rows that exist only in the target. */
export const refuseChangedTarget = (target: Target): Effect.Effect<void, MigrationRefused | LogFailed> =>
  Effect.flatMap(isUnchanged(target), (asCopied) => {
    if (asCopied) return Effect.void
    const message = `${target.name} has changed since the last copy: its sessions and accounts would be replaced. Copy into an empty database, or pass --replace`
    return new MigrationRefused({ message })
  })
