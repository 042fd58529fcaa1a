// Selects the store of shared assets.
import { join } from "node:path"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { Settings } from "../node/Settings.ts"
import { selectBackend } from "../postgres/Postgres.ts"
import { Assets } from "./Assets.ts"
import { make, SharedAssets } from "./SharedAssets.ts"
import * as Folder from "./SharedAssetsFolder.ts"

/** PostgreSQL if configured, otherwise `DATA_DIR`. None in development. */
export const layer = Layer.scoped(
  SharedAssets,
  Effect.gen(function* () {
    const { hashed } = yield* Assets
    if (hashed === undefined) return yield* SharedAssets
    const { dataDir } = yield* Settings
    const shelf = yield* selectBackend(
      () => import("./SharedAssetsPostgres.ts"),
      Effect.sync(() => Folder.make(join(dataDir, "assets")))
    )
    return yield* make(shelf, hashed)
  })
)
