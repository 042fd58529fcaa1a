// Routes that are answered in front of the platform's router, on what node:http hands us, as one fiber a request.
// For what is asked for most: a command takes fewer steps than behind the platform's router (`npm run bench command` measures
// it), and an open stream keeps nothing of its request's fiber alive.
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
import { answerTo, type Reply, type ReplyBody, TooMuchUnsent } from "./Errors.ts"
import { headerLists } from "./headers.ts"
import { UnsentBytes } from "./UnsentBytes.ts"

export interface Incoming {
  readonly message: IncomingMessage
  readonly response: ServerResponse
  /** The path's parameters, decoded. */
  readonly params: Readonly<Record<string, string | undefined>>
  readonly query: Readonly<Record<string, string | ReadonlyArray<string>>>
  /** What was sent, read before the handler runs: it then waits for nothing but what it does itself. */
  readonly body: Sent["body"]
}

/**
 * Answers a request; with `undefined` it has taken the response over, and ends it itself. What it has at hand it may answer at
 * once, without an Effect and so without a fiber (`npm run bench cached-query`).
 */
export type Handler = (incoming: Incoming) => Effect.Effect<Reply | undefined, Refusal> | Reply

const noBody: Sent["body"] = Either.right("")

const methods = ["GET", "POST", "PUT", "PATCH", "DELETE"] as const
type Method = (typeof methods)[number]
export const isMethod = (method: string): method is Method => methods.some((it) => it === method)

/**
 * Milliseconds without any progress after which a client that should be reading its answer is cut off: twice that at most. The kernel
 * takes more only when a third of its buffer is free, 1.4 MB at most: who reads 35 KB a second makes progress every 41 s.
 */
const patience = 45_000

/**
 * To be called when an answer has been ended. What the kernel has not taken by then waits for a client that reads; nothing else
 * on its connection may wait so long, neither a command that takes its time nor a stream.
 */
export const expectReader = (response: ServerResponse) => {
  const { socket } = response.req
  // As a rule the kernel has taken it all at once, and there is nobody to wait for.
  if (!response.writableFinished && socket.writableLength > 0) socket.setTimeout(patience)
}

const isPart = (body: ReplyBody): body is string | Buffer => typeof body === "string" || Buffer.isBuffer(body)
const partsOf = (body: ReplyBody): ReadonlyArray<string | Buffer> => (isPart(body) ? [body] : body)
const lengthOf = (parts: ReadonlyArray<string | Buffer>) =>
  parts.reduce((sum, part) => sum + Buffer.byteLength(part), 0)

/** One write to the kernel, and no copy of a buffer: others may be sent it at the same time. */
const endWith = (response: ServerResponse, [first = "", ...others]: ReadonlyArray<string | Buffer>) => {
  if (others.length === 0) return response.end(first)
  response.cork()
  response.write(first)
  for (const part of others) response.write(part)
  response.end()
}

/** Exact, case-sensitive matching; `requestTarget.ts` has refused other spellings before. */
export const exactPaths = { ignoreTrailingSlash: false, ignoreDuplicateSlashes: false, caseSensitive: true }

interface Routes {
  /** Adds a route: `/polls/:pollId/feed`. One that is there already is not replaced: it stops the start (`clash`). */
  readonly route: (method: Method, path: `/${string}`, handler: Handler) => void
  /** The same for a feed, which can also be had on a stream that several share (LiveStream.ts). */
  readonly feed: (path: `/${string}`, handler: Handler) => void
}

export class FastRouter extends Context.Tag("evenstar/FastRouter")<
  FastRouter,
  Routes & {
    /** Adds routes that are of `owner`: a clash names whose they are. */
    readonly ownedBy: (owner: string) => Routes
    /** The first route that was added twice, and by whom. */
    readonly clash: () => string | undefined
    /** Begins a feed for a request that was made up for it; undefined when no feed is there. */
    readonly openFeed: (message: IncomingMessage, response: ServerResponse) => ReturnType<Handler> | undefined
    /** Begins to answer, if there is a route for it. */
    readonly open: (message: IncomingMessage, response: ServerResponse) => boolean
    /** Tells of a route that the platform's router answers; `*` is every method. */
    readonly declare: (method: string, path: `/${string}` | "*") => void
    /** The methods that a path has, on the fast router and behind it; HEAD where GET is. */
    readonly allowed: (url: string) => ReadonlyArray<string>
    /** Writes an answer, with what every answer carries and the headers that were set before. */
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
        // What a command has led to is small, and must be told.
        if (!unsent.admits(response, size)) {
          refuse(response)
          return
        }
        // 204 has no body, nor has 304, which would say that the one it stands for is empty (RFC 9110, 8.6).
        if (status !== 304 && status !== 204) list.push("content-length", String(size))
        response.writeHead(status, list)
        endWith(response, parts)
        unsent.hold(response, size)
        expectReader(response)
      }
      const refuse = (response: ServerResponse) =>
        run(Effect.map(answerTo(Cause.fail(new TooMuchUnsent()), response.req), (reply) => send(response, reply)))
      // No span, and no metrics of its fiber: on this way every step counts.
      const runtime = Runtime.setFiberRef(
        requestRuntime(yield* Effect.runtime<never>()),
        FiberRef.currentTracerEnabled,
        false
      )
      const run = Runtime.runFork(Runtime.disableRuntimeFlag(runtime, RuntimeFlags.RuntimeMetrics))
      const failed = (cause: Cause.Cause<Refusal>, { message, response }: Incoming) =>
        run(Effect.map(answerTo(cause, message), (reply) => send(response, reply)))
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
        // Parameters match the same paths, whatever they are called.
        const key = `${method} ${path.replaceAll(/:[^/]+/g, ":")}`
        const other = owners.get(key)
        if (other === undefined) router.on(method, path, handler)
        else clash ??= `The route ${method} ${path} is of ${other} and of ${owner}`
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
          // Node leaves out the body of an answer to HEAD by itself.
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
