// The platform's router, for extensions that need HttpLayerRouter.
import * as HttpLayerRouter from "@effect/platform/HttpLayerRouter"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { exactPaths, FastRouter } from "./FastRouter.ts"

/** Matches paths exactly and registers its routes with the fast router, for `Allow` and 405. */
export const exactRouter = Layer.effect(
  HttpLayerRouter.HttpRouter,
  Effect.gen(function* () {
    const fastRouter = yield* FastRouter
    const router = yield* HttpLayerRouter.make
    return HttpLayerRouter.HttpRouter.of({
      ...router,
      add: (method, path, handler, options) => {
        fastRouter.declare(method, path)
        return router.add(method, path, handler, options)
      },
      addAll: (routes) => {
        for (const { method, path } of routes) fastRouter.declare(method, path)
        return router.addAll(routes)
      }
    })
  })
).pipe(Layer.provide(Layer.succeed(HttpLayerRouter.RouterConfig, exactPaths)), Layer.provide(FastRouter.layer))
