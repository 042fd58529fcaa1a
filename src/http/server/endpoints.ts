// Serves an HttpApi group on the fast router. A missing handler, or one whose body or result
// differs from the endpoint's schema, is a type error.
import type * as HttpApiEndpoint from "@effect/platform/HttpApiEndpoint"
import type * as HttpApiGroup from "@effect/platform/HttpApiGroup"
import * as HttpApiSchema from "@effect/platform/HttpApiSchema"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import type { AST } from "effect/SchemaAST"
import type { Refusal } from "../../domain/Refusal.ts"
import { Nothing } from "./ApiContract.ts"
import * as Body from "./Body.ts"
import type { Reply } from "./Errors.ts"
import { FastRouter, type Handler, type Incoming, isMethod } from "./FastRouter.ts"
import { jsonReply } from "./replies.ts"

export interface ApiRequest<Body> {
  readonly incoming: Incoming
  /** The decoded body; undefined for endpoints without one. */
  readonly body: Body
}

/** An endpoint's result, or a complete response, such as a 304 or a file. */
export type EndpointResult<A> = { readonly body: A; readonly headers?: Reply["headers"] } | { readonly reply: Reply }

// A method type is bivariant: handlers of any body fit, because the decoder runs first.
export type EndpointHandler<Body, A> = {
  handle(request: ApiRequest<Body>): Effect.Effect<EndpointResult<A>, Refusal>
}["handle"]

type Endpoints<Group> = HttpApiGroup.HttpApiGroup.Endpoints<Group>
type BodyOf<Endpoint extends HttpApiEndpoint.HttpApiEndpoint.Any> = [
  HttpApiEndpoint.HttpApiEndpoint.Payload<Endpoint>
] extends [never]
  ? undefined
  : HttpApiEndpoint.HttpApiEndpoint.Payload<Endpoint>

export type Handlers<Group> = {
  readonly [Name in HttpApiEndpoint.HttpApiEndpoint.Name<Endpoints<Group>>]: EndpointHandler<
    BodyOf<HttpApiEndpoint.HttpApiEndpoint.WithName<Endpoints<Group>, Name>>,
    HttpApiEndpoint.HttpApiEndpoint.Success<HttpApiEndpoint.HttpApiEndpoint.WithName<Endpoints<Group>, Name>>
  >
}

/** Any schema. */
interface WithAst {
  readonly ast: AST
}

interface Endpoint {
  readonly name: string
  readonly method: string
  readonly path: `/${string}`
  readonly payloadSchema: Option.Option<WithAst>
  readonly successSchema: WithAst
}
interface Routes {
  readonly endpoints: Readonly<Record<string, Endpoint>>
}

interface Options {
  /** Ignores unknown fields of a body instead of refusing them. */
  readonly allowUnknown?: boolean
}

const noBody = Either.right(undefined)
const readerOf = ({ payloadSchema }: Endpoint, options: Options) => {
  if (Option.isNone(payloadSchema)) return () => noBody
  const { ast } = payloadSchema.value
  const schema = Schema.make<unknown>(ast)
  return ast === Nothing.ast
    ? Body.jsonOrEmpty(schema)
    : Body.json(schema, { allowUnknown: options.allowUnknown === true })
}

export function serve<Group extends HttpApiGroup.HttpApiGroup.Any>(
  group: Group & Routes,
  handlers: Handlers<Group>,
  options?: Options
): Effect.Effect<void, never, FastRouter>
export function serve(
  group: Routes,
  handlers: Readonly<Record<string, EndpointHandler<unknown, unknown>>>,
  options: Options = {}
) {
  return Effect.map(FastRouter, (router) => {
    for (const endpoint of Object.values(group.endpoints)) {
      const { method, name, path, successSchema } = endpoint
      const handler = handlers[name]
      if (handler === undefined || !isMethod(method)) continue
      const read = readerOf(endpoint, options)
      const status = HttpApiSchema.getStatusSuccessAST(successSchema.ast)
      router.route(method, path, (incoming) => {
        const body = read(incoming)
        if (Either.isLeft(body)) return Effect.fail(body.left)
        return Effect.map(handler({ incoming, body: body.right }), (answered) =>
          "reply" in answered ? answered.reply : jsonReply(answered.body, status, answered.headers)
        )
      })
    }
  })
}

/** Like `serve`, with handlers that return complete responses. */
export const serveRaw = (group: Routes, handlers: Readonly<Record<string, Handler>>) =>
  Effect.map(FastRouter, (router) => {
    for (const { method, name, path } of Object.values(group.endpoints)) {
      const handler = handlers[name]
      if (handler !== undefined && isMethod(method)) router.route(method, path, handler)
    }
  })
