// Maps failures to responses: problem+json (RFC 9457) under /api and /admin, HTML pages elsewhere,
// and for htmx a message for the page's live region. A refusal's kind determines status, title and
// code. Malformed HTTP is answered by Node with a bare status line: 400, 408 (timeout), 431
// (headers).
import * as HttpServerRequest from "@effect/platform/HttpServerRequest"
import * as HttpServerResponse from "@effect/platform/HttpServerResponse"
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import { isRefusal, type Refusal, type RefusalKind } from "../../domain/Refusal.ts"
import { SiteName } from "../../layers/node/SiteName.ts"
import type { PageAssets } from "../views/layout.tsx"
import { messageFragment, messagePage } from "../views/message.tsx"
import { ErrorPageAssets } from "../views/pageAssets.ts"

export class NotFound extends Schema.TaggedError<NotFound>()("NotFound", {}) {
  readonly kind = "not-found"
  override get message() {
    return "There is nothing here"
  }
}
/** `Allow` (RFC 9110, 10.2.1). OPTIONS is available on every path. */
export const allowHeader = (allowed: ReadonlyArray<string>) => [...new Set([...allowed, "OPTIONS"])].join(", ")

/** The path exists with other methods. */
export class MethodNotAllowed extends Schema.TaggedError<MethodNotAllowed>()("MethodNotAllowed", {
  allowed: Schema.Array(Schema.String)
}) {
  readonly kind = "method-not-allowed"
  readonly headers = { allow: allowHeader(this.allowed) }
  override get message() {
    return "This path does not support the method; the Allow header has those that it supports"
  }
}
/** `Accept` excludes every available media type. */
export class NotAcceptable extends Schema.TaggedError<NotAcceptable>()("NotAcceptable", {}) {
  readonly kind = "not-acceptable"
  override get message() {
    return "No available media type matches the Accept header"
  }
}
/** The current ETag doesn't match `If-Match`. */
export class PreconditionFailed extends Schema.TaggedError<PreconditionFailed>()("PreconditionFailed", {}) {
  readonly kind = "precondition-failed"
  override get message() {
    return "The current ETag does not match If-Match"
  }
}
export class ValidationFailed extends Schema.TaggedError<ValidationFailed>()("ValidationFailed", {
  message: Schema.String
}) {
  readonly kind = "invalid"
}
/** Closes the connection, because the rest of the body would follow. */
export class PayloadTooLarge extends Schema.TaggedError<PayloadTooLarge>()("PayloadTooLarge", {
  limit: Schema.Number
}) {
  readonly kind = "too-large"
  readonly headers = { connection: "close" }
  override get message() {
    return "The body is too large"
  }
}
export class UnsupportedMediaType extends Schema.TaggedError<UnsupportedMediaType>()("UnsupportedMediaType", {
  expected: Schema.String
}) {
  readonly kind = "unsupported-media-type"
  override get message() {
    return "The content type of the body is not supported here"
  }
}
/** The request lacks the operator's credentials. */
export class Unauthenticated extends Schema.TaggedError<Unauthenticated>()("Unauthenticated", {}) {
  readonly kind = "unauthenticated"
  readonly headers = { "www-authenticate": "Bearer" }
  override get message() {
    return "This requires the admin token as a bearer token"
  }
}
export class Forbidden extends Schema.TaggedError<Forbidden>()("Forbidden", { message: Schema.String }) {
  readonly kind = "forbidden"
}

/** A limit on open streams is reached: 503 for the server's own limit, 429 for the client's. */
export class TooManyStreams extends Schema.TaggedError<TooManyStreams>()("TooManyStreams", {
  of: Schema.Literal("server", "session", "address")
}) {
  readonly kind = this.of === "server" ? "unavailable" : "rate-limited"
  readonly retryAfter = 5
  override get message() {
    return this.of === "server"
      ? "The server has too many open streams; please try again later"
      : `This ${this.of} has too many open streams; close one to open another`
  }
}

/** RFC 9457. */
export const problemType = "application/problem+json"

/** Unsent bytes exceed the limit of the client's network, or the total. */
export class TooMuchUnsent extends Schema.TaggedError<TooMuchUnsent>()("TooMuchUnsent", {}) {
  readonly kind = "unavailable"
  readonly retryAfter = 5
  override get message() {
    return "Too many response bytes are still unread; please try again"
  }
}

interface Known {
  readonly status: number
  readonly title: string
  readonly code: string
}

const kinds: Record<RefusalKind, Known> = {
  invalid: { status: 400, title: "Bad request", code: "VALIDATION_FAILED" },
  unauthenticated: { status: 401, title: "Unauthenticated", code: "UNAUTHENTICATED" },
  forbidden: { status: 403, title: "Forbidden", code: "FORBIDDEN" },
  "not-found": { status: 404, title: "Not found", code: "NOT_FOUND" },
  "method-not-allowed": { status: 405, title: "Method not allowed", code: "METHOD_NOT_ALLOWED" },
  "not-acceptable": { status: 406, title: "Not acceptable", code: "NOT_ACCEPTABLE" },
  conflict: { status: 409, title: "Conflict", code: "CONFLICT" },
  gone: { status: 410, title: "Gone", code: "GONE" },
  "precondition-failed": { status: 412, title: "Precondition failed", code: "PRECONDITION_FAILED" },
  "too-large": { status: 413, title: "Payload too large", code: "PAYLOAD_TOO_LARGE" },
  "unsupported-media-type": { status: 415, title: "Unsupported media type", code: "UNSUPPORTED_MEDIA_TYPE" },
  unprocessable: { status: 422, title: "Unprocessable content", code: "UNPROCESSABLE" },
  "rate-limited": { status: 429, title: "Too many requests", code: "RATE_LIMITED" },
  unavailable: { status: 503, title: "Unavailable", code: "UNAVAILABLE" },
  timeout: { status: 504, title: "Timeout", code: "TIMEOUT" }
}
const internal: Known = { status: 500, title: "Internal error", code: "INTERNAL" }

/** Titles of problems by status. */
export const titles: Readonly<Record<number, string>> = Object.fromEntries(
  [...Object.values(kinds), internal].map(({ status, title }) => [status, title])
)

/** Several parts are sent in order; shared buffers are not copied. */
export type ReplyBody = string | Buffer | ReadonlyArray<string | Buffer>

/** A complete response. Without a body (HEAD) no Content-Length is sent. */
export interface Reply<Body = ReplyBody | undefined> {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: Body
}

/** The parts of a request that determine the form of an error. */
interface RequestHead {
  readonly method?: string | undefined
  readonly url?: string | undefined
  readonly headers: Readonly<Record<string, string | ReadonlyArray<string> | undefined>>
}

/** Errors may depend on the visitor and be temporary. */
const noStore = { "cache-control": "no-store" }

interface Problem extends Known {
  readonly detail: string
  readonly errorId?: string
  readonly retryAfter?: number | undefined
  readonly headers?: Readonly<Record<string, string>>
}

const problemOf = ({ code, detail, headers = {}, kind, message, retryAfter }: Refusal): Problem => {
  const known = kinds[kind]
  return {
    ...known,
    code: code ?? known.code,
    detail: detail ?? message,
    retryAfter,
    headers: retryAfter === undefined ? headers : { ...headers, "retry-after": String(retryAfter) }
  }
}

/** Without percent-encoding, which could be anything, and without "//", the start of a host. */
const plainPath = /^\/(?!\/)[\w/.-]*(\?[\w=&.-]*)?$/

/** The path of the page that has sent a request, if it is a plain one of this host. */
const pageOf = ({ host, referer }: RequestHead["headers"]): string | undefined => {
  if (typeof referer !== "string" || !URL.canParse(referer)) return undefined
  const url = new URL(referer)
  const path = url.pathname + url.search
  return url.host === host && plainPath.test(path) ? path : undefined
}

interface Frame {
  readonly site: string
  readonly assets: PageAssets | undefined
}

const reply = (
  { code, detail, errorId, headers, retryAfter, status, title }: Problem,
  { headers: asked, method, url = "/" }: RequestHead,
  { assets, site }: Frame
): Reply<string> => {
  if (/^\/(api|admin)(\/|\?|$)/.test(url)) {
    const problem = { type: "about:blank", title, status, code, detail, ...(errorId === undefined ? {} : { errorId }) }
    return {
      status,
      headers: { ...noStore, ...headers, "content-type": problemType },
      body: JSON.stringify(problem)
    }
  }
  const text = errorId === undefined ? detail : `${detail} (${errorId})`
  const again = method === "GET" && url.startsWith("/") && !url.startsWith("//") ? url : undefined
  const message = { status, title, detail, errorId, retryAfter, again, from: pageOf(asked) }
  const body = asked["hx-request"] === "true" ? messageFragment(text) : messagePage(site, assets, message)
  return { status, headers: { ...noStore, ...headers, "content-type": "text/html; charset=utf-8" }, body }
}

/** Converts a failure to a response. A defect is a 500 with an `errorId` that is also logged. */
export const problemReply = (cause: Cause.Cause<Refusal>, asked: RequestHead): Effect.Effect<Reply<string>> =>
  Effect.flatMap(Effect.zip(SiteName, ErrorPageAssets), ([site, assets]) => {
    const frame = { site, assets: assets() }
    return Option.match(Option.filter(Cause.failureOption(cause), isRefusal), {
      onSome: (refusal) => Effect.succeed(reply(problemOf(refusal), asked, frame)),
      onNone: () => {
        const errorId = globalThis.crypto.randomUUID()
        const problem = { ...internal, detail: "Something went wrong on our side", errorId }
        return Effect.logError("A request failed", cause).pipe(
          Effect.annotateLogs({ errorId }),
          Effect.as(reply(problem, asked, frame))
        )
      }
    })
  })

/** Converts a handler's failures to responses. */
export const withProblems = <R>(handler: Effect.Effect<HttpServerResponse.HttpServerResponse, Refusal, R>) =>
  Effect.catchAllCause(handler, (cause) =>
    // Interruption means that the client has disconnected.
    Cause.isInterruptedOnly(cause)
      ? Effect.interrupt
      : Effect.map(
          Effect.flatMap(HttpServerRequest.HttpServerRequest, (request) => problemReply(cause, request)),
          ({ body, headers, status }) => HttpServerResponse.text(body, { status, headers })
        )
  )
