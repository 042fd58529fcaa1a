// Runs a query in DuckDB: rows and position of one snapshot.
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import type { Question } from "../../domain/AnalyticsQuery.ts"
import type { ComputedRows } from "./Analytics.ts"
import type { Duck, DuckFailed } from "./Duck.ts"
import { position, transaction } from "./EventsTable.ts"

/** Converts bigints to numbers where exact, otherwise to text; dates to ISO 8601. */
const plain = (value: unknown): unknown => {
  if (typeof value === "bigint") return Number.isSafeInteger(Number(value)) ? Number(value) : String(value)
  return value instanceof Date ? value.toISOString() : value
}

const plainRow = (row: Readonly<Record<string, unknown>>) =>
  Object.fromEntries(Object.entries(row).map(([name, value]) => [name, plain(value)]))

export const compute = (
  { connect }: Duck,
  { check, params, sql }: Question
): Effect.Effect<Omit<ComputedRows, "epoch">, DuckFailed> =>
  Effect.scoped(
    Effect.gen(function* () {
      const connection = yield* connect
      const now = new Date(yield* Clock.currentTimeMillis).toISOString()
      const [sequence, result] = yield* transaction(
        connection,
        Effect.all([position(connection), connection.query(sql, { ...params, now })])
      )
      // Rows that don't match the declared schema are a defect.
      const rows = yield* Effect.orDie(check(result.getRowObjectsJS().map(plainRow)))
      return { rows, sequence }
    })
  )
