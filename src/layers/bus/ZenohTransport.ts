import type * as Effect from "effect/Effect"
import * as E from "effect/Effect"
import type * as Scope from "effect/Scope"
import type { Settings } from "../Settings.ts"
import { StartFailed } from "../Sql.ts"
import type { Transport } from "./Transport.ts"

export const make: Effect.Effect<Transport, StartFailed, Scope.Scope | Settings> = E.fail(
  new StartFailed({ message: "not yet" })
)
