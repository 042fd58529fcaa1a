import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Logger from "effect/Logger"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import { UserId } from "../../../src/domain/Account.ts"
import { SessionId, sessionKey } from "../../../src/domain/Session.ts"
import { VisitorId } from "../../../src/domain/StoredEvent.ts"
import { Ids } from "../../../src/layers/node/Ids.ts"
import { Postgres } from "../../../src/layers/postgres/Postgres.ts"
import type { SessionStore } from "../../../src/layers/sessions/SessionStore.ts"
import * as SessionStoreBackend from "../../../src/layers/sessions/SessionStoreBackend.ts"
import { Sql } from "../../../src/layers/sqlite/Sql.ts"
import { settings } from "../../support.ts"

export const visitor = VisitorId.make("6f9619ff-8b86-4d01-b42d-00cf4fc964ff")
export const other = VisitorId.make("7f9619ff-8b86-4d01-b42d-00cf4fc964ff")
export const alice = UserId.make("8f9619ff-8b86-4d01-b42d-00cf4fc964ff")
export const bob = UserId.make("9f9619ff-8b86-4d01-b42d-00cf4fc964ff")
export const unknown = SessionId.make("A".repeat(43))
export const device = "Mozilla/5.0 (X11; Linux x86_64) Firefox/140.0"

export const color = sessionKey("test/color", Schema.Literal("red", "green"))
export const visits = sessionKey("test/visits", Schema.Number)
export const increment = Option.match({ onNone: () => Option.some(1), onSome: (n: number) => Option.some(n + 1) })

export const days = (n: number) => Duration.toMillis(Duration.days(n))

export type Overrides = Record<string, string>

/** The users exist, as accounts would have created them. The store cleans up only at its start. */
export const sqlite = (overrides: Overrides = {}) => {
  const users = Layer.effectDiscard(
    Effect.flatMap(Sql, ({ database, transact }) =>
      transact(() => {
        const insert = database.prepare("INSERT OR IGNORE INTO users VALUES (?, 0)")
        for (const user of [alice, bob]) insert.run(user)
      })
    )
  )
  return SessionStoreBackend.layer.pipe(
    Layer.provideMerge(users),
    Layer.provideMerge(Layer.mergeAll(Sql.layer, Ids.layer)),
    Layer.provide(Postgres.layerNone),
    Layer.provideMerge(settings({ SESSION_CLEANUP_INTERVAL: "1000 days", ...overrides }))
  )
}
export const memory = (overrides: Overrides = {}) =>
  SessionStoreBackend.layerMemory.pipe(Layer.provide([Ids.layer, settings(overrides)]))

/** Runs an effect; returns its result and its log lines. */
export const logged = <A, E, R>(effect: Effect.Effect<A, E, R>) =>
  Effect.suspend(() => {
    const lines: Array<string> = []
    const logger = Logger.map(Logger.logfmtLogger, (line) => void lines.push(line))
    return Effect.map(
      Effect.provide(effect, Logger.replace(Logger.defaultLogger, logger)),
      (result) => [result, lines] as const
    )
  })

export type LayerOf = (overrides?: Overrides) => Layer.Layer<SessionStore, unknown>
