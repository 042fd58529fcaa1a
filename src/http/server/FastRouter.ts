// The fast router, in front of the platform's: routes served directly on node:http with one fiber a
// request. Commands take fewer steps (`npm run bench command`), and an open stream holds no fiber.
import type { IncomingMessage, ServerResponse } from "node:http"
import * as Cause from "effect/Cause"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Exit from "effect/Exit"
import * as FiberRef from "effect/FiberRef"
import * as Layer from "effect/Layer"
import * as Runtime from "effect/Runtime"
import * as RuntimeFlags from "effect/RuntimeFlags"
import * as FindMyWay from "find-my-way-ts"
import type { Refusal } from "../../domain/Refusal.ts"
import { requestRuntime, runAsRequest } from "../../lib/deadline.ts"
import { unsafeMonotonicMillis } from "../../lib/monotonicTime.ts"
import { read, type Sent } from "./Body.ts"
import { problemReply, type Reply, type ReplyBody, TooMuchUnsent } from "./Errors.ts"
import { headerLists } from "./headers.ts"
import { UnsentBytes } from "./UnsentBytes.ts"

export interface Incoming {
  readonly message: IncomingMessage
  readonly response: ServerResponse
  /** Decoded path parameters. */
  readonly params: Readonly<Record<string, string | undefined>>
  readonly query: Readonly<Record<string, string | ReadonlyArray<string>>>
  /** The body, read before the handler runs. */
  readonly body: Sent["body"]
}

/**
 * Handles a request. `undefined` means that the handler has taken over the response and ends it. A
 * plain Reply is sent without a fiber (`npm run bench cached-query`).
 */
export type Handler = (incoming: Incoming) => Effect.Effect<Reply | undefined, Refusal> | Reply

const noBody: Sent["body"] = Either.right("")

const methods = ["GET", "POST", "PUT", "PATCH", "DELETE"] as const
type Method = (typeof methods)[number]
export const isMethod = (method: string): method is Method => methods.some((it) => it === method)

/**
 * Write timeout in milliseconds: a client that makes no progress for so long is disconnected, after
 * twice that at most. The kernel accepts more only when a third of its buffer (up to 1.4 MB) is
 * free: a client that reads 35 KB/s makes progress every 41 s.
 */
const writeTimeout = 45_000

/**
 * Call after `end()`: arms the write timeout if the kernel has not taken all bytes. It is not armed
 * earlier, because slow commands and streams may be silent for longer.
 */
export const expectReader = (response: ServerResponse) => {
  const { socket } = response.req
  // Usually the kernel has taken everything at once.
  if (!response.writableFinished && socket.writableLength > 0) socket.setTimeout(writeTimeout)
}

const isPart = (body: ReplyBody): body is string | Buffer => typeof body === "string" || Buffer.isBuffer(body)
const partsOf = (body: ReplyBody): ReadonlyArray<string | Buffer> => (isPart(body) ? [body] : body)
const lengthOf = (parts: ReadonlyArray<string | Buffer>) =>
  parts.reduce((sum, part) => sum + Buffer.byteLength(part), 0)

/** One write to the kernel; shared buffers are not copied. */
const endWith = (response: ServerResponse, [first = "", ...others]: ReadonlyArray<string | Buffer>) => {
  if (others.length === 0) return response.end(first)
  response.cork()
  response.write(first)
  for (const part of others) response.write(part)
  response.end()
}

/** Exact, case-sensitive matching; `requestTarget.ts` refuses other spellings first. */
export const exactPaths = { ignoreTrailingSlash: false, ignoreDuplicateSlashes: false, caseSensitive: true }

interface Routes {
  /** Adds a route such as `/polls/:pollId/feed`. A duplicate is reported by `clash`. */
  readonly route: (method: Method, path: `/${string}`, handler: Handler) => void
  /** Adds an SSE route, which can also be part of a shared stream (LiveStream.ts). */
  readonly feed: (path: `/${string}`, handler: Handler) => void
}

export class FastRouter extends Context.Tag("evenstar/FastRouter")<
  FastRouter,
  Routes & {
    /** Adds routes of `owner`, which is named in the error when two routes clash. */
    readonly ownedBy: (owner: string) => Routes
    /** The first duplicate route and its owners. */
    readonly clash: () => string | undefined
    /** Runs a feed's handler for a synthetic request; undefined if no feed matches. */
    readonly openFeed: (message: IncomingMessage, response: ServerResponse) => ReturnType<Handler> | undefined
    /** Serves a request; false if no route matches. */
    readonly open: (message: IncomingMessage, response: ServerResponse) => boolean
    /** Registers a route of the platform's router; `*` is every method. */
    readonly declare: (method: string, path: `/${string}` | "*") => void
    /** The methods of a path, in both routers; HEAD wherever GET is. */
    readonly allowed: (url: string) => ReadonlyArray<string>
    /** Sends a response with the security headers and those set on `response` before. */
    readonly send: (response: ServerResponse, reply: Reply) => void
  }
>() {
  static readonly layer = Layer.effect(
    FastRouter,
    Effect.gen(function* () {
      const router = FindMyWay.make<Handler>(exactPaths)
      const feeds = FindMyWay.make<Handler>(exactPaths)
      const declared = FindMyWay.make<true>(exactPaths)
      const headerList = yield* headerLists
      const unsent = yield* UnsentBytes
      const clock = yield* Effect.clock
      const send = (response: ServerResponse, { body, headers, status }: Reply) => {
        if (response.headersSent || response.destroyed) return
        const list = headerList(headers, response.req)
        if (body === undefined) {
          response.writeHead(status, list)
          response.end()
          return
        }
        const parts = partsOf(body)
        const size = lengthOf(parts)
        // Small responses, such as command results, are always admitted.
        if (!unsent.admits(response, size)) {
          refuse(response)
          return
        }
        // 204 has no Content-Length; on a 304 it would describe the omitted body (RFC 9110, 8.6).
        if (status !== 304 && status !== 204) list.push("content-length", String(size))
        response.writeHead(status, list)
        endWith(response, parts)
        unsent.hold(response, size)
        expectReader(response)
      }
      const refuse = (response: ServerResponse) =>
        run(Effect.map(problemReply(Cause.fail(new TooMuchUnsent()), response.req), (reply) => send(response, reply)))
      // Neither spans nor fiber metrics: both cost throughput.
      const runtime = Runtime.setFiberRef(
        requestRuntime(yield* Effect.runtime<never>()),
        FiberRef.currentTracerEnabled,
        false
      )
      const run = Runtime.runFork(Runtime.disableRuntimeFlag(runtime, RuntimeFlags.RuntimeMetrics))
      const failed = (cause: Cause.Cause<Refusal>, { message, response }: Incoming) =>
        run(Effect.map(problemReply(cause, message), (reply) => send(response, reply)))
      const begin = (handler: Handler, incoming: Incoming) => {
        const answer = Either.try(() => handler(incoming))
        if (Either.isLeft(answer)) return failed(Cause.die(answer.left), incoming)
        if (!Effect.isEffect(answer.right)) return send(incoming.response, answer.right)
        run(runAsRequest(answer.right, unsafeMonotonicMillis(clock))).addObserver((exit) => {
          if (Exit.isFailure(exit)) failed(exit.cause, incoming)
          else if (exit.value !== undefined) send(incoming.response, exit.value)
        })
      }
      const owners = new Map<string, string>()
      let clash: string | undefined
      const add = (owner: string, method: Method, path: `/${string}`, handler: Handler) => {
        // Parameter names don't distinguish routes.
        const key = `${method} ${path.replaceAll(/:[^/]+/g, ":")}`
        const other = owners.get(key)
        if (other === undefined) router.on(method, path, handler)
        else
          clash ??= `The route ${method} ${path} is declared by ${other} and by ${owner}: choose another path for one of them`
        owners.set(key, owner)
        return other === undefined
      }
      const ownedBy = (owner: string): Routes => ({
        route: (method, path, handler) => void add(owner, method, path, handler),
        feed: (path, handler) => {
          if (add(owner, "GET", path, handler)) feeds.on("GET", path, handler)
        }
      })
      return {
        ...ownedBy("the stack"),
        ownedBy,
        clash: () => clash,
        openFeed: (message, response) => {
          const found = feeds.find("GET", message.url ?? "/")
          if (found === undefined) return undefined
          const { handler, params, searchParams: query } = found
          return handler({ message, response, params, query, body: noBody })
        },
        open: (message, response) => {
          const { url = "/" } = message
          // Node omits the body of a response to HEAD.
          const method = message.method === "HEAD" ? "GET" : (message.method ?? "GET")
          if (!isMethod(method)) return false
          const found = router.find(method, url)
          if (found === undefined) return false
          const { handler, params, searchParams: query } = found
          if (method === "GET") begin(handler, { message, response, params, query, body: noBody })
          else read(message, (body) => begin(handler, { message, response, params, query, body }))
          return true
        },
        declare: (method, path) =>
          method === "*" ? declared.on([...methods, "OPTIONS"], path, true) : declared.on(method, path, true),
        allowed: (url) =>
          ["GET", "HEAD", ...methods.slice(1), "OPTIONS"].filter((name) => {
            const method = name === "HEAD" ? "GET" : name
            return router.find(method, url) !== undefined || declared.find(method, url) !== undefined
          }),
        send
      }
    })
  ).pipe(Layer.provide(UnsentBytes.layer))
}
