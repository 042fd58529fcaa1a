// What the platform's routes share: the request and its answer as Node has them, answers, and the built browser files.
import * as HttpLayerRouter from "@effect/platform/HttpLayerRouter"
import * as HttpServerRequest from "@effect/platform/HttpServerRequest"
import * as HttpServerResponse from "@effect/platform/HttpServerResponse"
import * as NodeHttpServerRequest from "@effect/platform-node/NodeHttpServerRequest"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { Assets } from "../../layers/assets/Assets.ts"
import { withDeadline } from "../../lib/deadline.ts"
import type { CurrentVisitor } from "../account/Visitor.ts"
import type { AccountState, PageAssets } from "../views/layout.tsx"
import { answered, type Reply, type ReplyBody } from "./Errors.ts"
import { exactPaths, FastRouter, type Incoming } from "./FastRouter.ts"

/** The platform's router, as exact as the door's, which is told of each route: it knows which methods a path has. */
export const exactRouter = Layer.effect(
  HttpLayerRouter.HttpRouter,
  Effect.gen(function* () {
    const door = yield* FastRouter
    const router = yield* HttpLayerRouter.make
    return HttpLayerRouter.HttpRouter.of({
      ...router,
      add: (method, path, handler, options) => {
        door.declare(method, path)
        return router.add(method, path, handler, options)
      },
      addAll: (routes) => {
        for (const { method, path } of routes) door.declare(method, path)
        return router.addAll(routes)
      }
    })
  })
).pipe(Layer.provide(Layer.succeed(HttpLayerRouter.RouterConfig, exactPaths)), Layer.provide(FastRouter.layer))

/** The current request and its answer. */
export const exchange = Effect.map(HttpServerRequest.HttpServerRequest, (request) => ({
  message: NodeHttpServerRequest.toIncomingMessage(request),
  response: NodeHttpServerRequest.toServerResponse(request)
}))

export const accountOf = (visitor: CurrentVisitor | null): AccountState =>
  visitor === null || visitor.session.userId === null ? "signed out" : "signed in"

/** A page's answer at the door. For HEAD nothing is rendered. */
export const pageReply = (
  { message }: Pick<Incoming, "message">,
  render: () => ReplyBody,
  status = 200,
  headers: Reply["headers"] = {}
): Effect.Effect<Reply> =>
  Effect.sync(() => ({
    status,
    headers: { "content-type": "text/html; charset=utf-8", "cache-control": "no-store", ...headers },
    body: message.method === "HEAD" ? undefined : render()
  }))

export const htmlResponse = (text: string) =>
  HttpServerResponse.text(text, { contentType: "text/html; charset=utf-8", headers: { "cache-control": "no-store" } })

export const jsonResponse = (body: unknown, status = 200) =>
  HttpServerResponse.text(JSON.stringify(body), {
    status,
    contentType: "application/json",
    headers: { "cache-control": "no-store" }
  })

export const seeOther = (path: string) => HttpServerResponse.redirect(path, { status: 303 })

/** Adds a form's route: its failures are answered as pages. */
export const pageRoute = Effect.map(
  HttpLayerRouter.HttpRouter,
  (router) =>
    <E, R>(method: "POST", path: `/${string}`, handler: Effect.Effect<HttpServerResponse.HttpServerResponse, E, R>) =>
      router.add(method, path, answered(withDeadline(handler)))
)

/** What a page loads with the entry script that it needs: to be called when the page is made. */
export const pageAssets = Effect.fnUntraced(function* (script: string) {
  const assets = yield* Assets
  const icon = yield* assets.assetUrl("favicon.svg")
  const worker = yield* assets.assetUrl("liveWorker.ts")
  const page = yield* assets.page(script)
  return (): PageAssets => ({ ...page(), icon: icon(), worker: worker() })
})
