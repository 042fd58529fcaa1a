// The server with `/static/*` only, on the files of DATA_DIR.
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { Readiness } from "../src/http/operator/Readiness.ts"
import { exactRouter } from "../src/http/server/exactRouter.ts"
import { FastRouter } from "../src/http/server/FastRouter.ts"
import { Server } from "../src/http/server/Server.ts"
import * as StaticFiles from "../src/http/server/StaticFiles.ts"
import { SseConnections } from "../src/http/sse/SseConnections.ts"
import { launch } from "../src/launch.ts"
import { Assets } from "../src/layers/assets/Assets.ts"
import { readAll } from "../src/layers/assets/assetFiles.ts"
import { Settings } from "../src/layers/node/Settings.ts"

const files = Layer.effect(
  Assets,
  Effect.flatMap(Settings, ({ dataDir }) => Assets.constants(readAll(dataDir)))
)

const layer = Layer.discard(
  Server.layer.pipe(
    Layer.provide(StaticFiles.layer),
    Layer.provide([exactRouter, FastRouter.layer, SseConnections.layer, files]),
    Layer.provide(Readiness.layer),
    Layer.provide(Settings.layer)
  )
)

launch({ features: [], layer })
