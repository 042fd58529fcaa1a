// Connects to DATABASE_URL if set; the client is loaded on demand.
import { layer as reactivityLayer } from "@effect/experimental/Reactivity"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import { Settings } from "../node/Settings.ts"
import { Postgres } from "./Postgres.ts"

export const layer = Layer.scoped(
  Postgres,
  Effect.flatMap(Settings, ({ databaseUrl }) =>
    Option.match(databaseUrl, {
      onNone: () => Effect.succeedNone,
      onSome: (url) =>
        Effect.asSome(
          Effect.flatMap(
            Effect.promise(() => import("./connect.ts")),
            ({ connect }) => connect(url)
          )
        )
    })
  )
).pipe(Layer.provide(reactivityLayer))
