// Whether somebody has worked on a target since it was copied: each copy leaves a digest of what it has put beside the log. What nodes write at
// their start can't tell: which rows that makes is up to the program that is built on this one.
import { createHash } from "node:crypto"
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import { pages } from "./compare.ts"
import { type Log, type LogFailed, MigrationRefused, type Target } from "./Log.ts"
import { others, type Row, type Table } from "./tables.ts"

/** A table of the target alone, in both dialects; at most one row. */
export const makeCopied = "CREATE TABLE IF NOT EXISTS copied (digest text NOT NULL)"

/** What `max(digest)` gives. */
export const digestIn = (found: unknown) => (typeof found === "string" ? found : undefined)

const inText = (rows: ReadonlyArray<Row>) => {
  let text = ""
  for (const row of rows) {
    const values = row.map((value) => (value instanceof Uint8Array ? [Buffer.from(value).toString("hex")] : value))
    text += `${JSON.stringify(values)}\n`
  }
  return text
}

/** Gives all rows beside the log to `use`; their digest. */
export const digested = <E>(log: Log, use: (table: Table, rows: ReadonlyArray<Row>) => Effect.Effect<void, E>) =>
  Effect.gen(function* () {
    const hash = createHash("sha256")
    for (const table of others) {
      hash.update(`${table.name}\n`)
      yield* Stream.runForEach(pages(log, table), (rows) => {
        hash.update(inText(rows))
        return use(table, rows)
      })
    }
    return hash.digest("hex")
  })

const isAsCopied = Effect.fnUntraced(function* (target: Target) {
  const left = yield* target.copied
  // A first copy that was ended before it came so far.
  if (left === undefined) return (yield* Effect.forEach(others, target.count)).every((rows) => rows === 0)
  return left === (yield* digested(target, () => Effect.void))
})

/** Fails where the next copy would take away what is nowhere else. */
export const refuseWorkedOn = (target: Target): Effect.Effect<void, MigrationRefused | LogFailed> =>
  Effect.flatMap(isAsCopied(target), (asCopied) => {
    if (asCopied) return Effect.void
    const message = `${target.name} has gone on by itself: its sessions and accounts would be replaced. Copy into an empty database, or say --replace if that is what you want`
    return new MigrationRefused({ message })
  })
