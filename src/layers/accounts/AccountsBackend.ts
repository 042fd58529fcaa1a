// Selects the backend of accounts.
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type { UserId } from "../../domain/Account.ts"
import { selectBackend } from "../postgres/Postgres.ts"
import { Accounts, type AccountsService } from "./Accounts.ts"
import * as Sqlite from "./AccountsSqlite.ts"

/** Also records the maximum number of visitors. */
const observed = (accounts: AccountsService) => {
  let most = 0
  return {
    ...accounts,
    visitorsOf: (userId: UserId) =>
      Effect.map(accounts.visitorsOf(userId), (visitors) => {
        most = Math.max(most, visitors.length)
        return visitors
      }),
    mostVisitors: Effect.sync(() => most)
  }
}

/** PostgreSQL if configured, otherwise SQLite. */
export const layer = Layer.scoped(
  Accounts,
  Effect.map(
    selectBackend(() => import("./AccountsPostgres.ts"), Sqlite.make),
    observed
  )
)
