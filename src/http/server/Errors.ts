// Every failure's way to the client, in one table: problem+json (RFC 9457) under /api and /admin, HTML on pages, and for htmx
// a short message that lands in the page's live region. What never was a request is answered by Node itself, with a bare status
// line: 400 for what is no HTTP, 408 for what doesn't come in time, 431 for headers that are too large.
import * as HttpServerRequest from "@effect/platform/HttpServerRequest"
import * as HttpServerResponse from "@effect/platform/HttpServerResponse"
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Predicate from "effect/Predicate"
import * as Schema from "effect/Schema"
import { RateLimited } from "../../layers/rateLimits/RateLimits.ts"
import { messageFragment, messagePage } from "../views/message.tsx"

export class NotFound extends Schema.TaggedError<NotFound>()("NotFound", {}) {}
/** The path has other methods. */
export class MethodNotAllowed extends Schema.TaggedError<MethodNotAllowed>()("MethodNotAllowed", {
  allowed: Schema.Array(Schema.String)
}) {}
/** `Accept` refuses every form that there is. */
export class NotAcceptable extends Schema.TaggedError<NotAcceptable>()("NotAcceptable", {}) {}
/** What is here is not what `If-Match` says. */
export class PreconditionFailed extends Schema.TaggedError<PreconditionFailed>()("PreconditionFailed", {}) {}
export class ValidationFailed extends Schema.TaggedError<ValidationFailed>()("ValidationFailed", {
  message: Schema.String
}) {}
export class PayloadTooLarge extends Schema.TaggedError<PayloadTooLarge>()("PayloadTooLarge", {
  limit: Schema.Number
}) {}
export class UnsupportedMediaType extends Schema.TaggedError<UnsupportedMediaType>()("UnsupportedMediaType", {
  expected: Schema.String
}) {}
export class Unauthenticated extends Schema.TaggedError<Unauthenticated>()("Unauthenticated", {}) {}
export class Forbidden extends Schema.TaggedError<Forbidden>()("Forbidden", { message: Schema.String }) {}

/** A limit of open streams is reached: `of` says whose. */
export class TooManyStreams extends Schema.TaggedError<TooManyStreams>()("TooManyStreams", {
  of: Schema.Literal("server", "session", "address")
}) {
  override get message() {
    return this.of === "server"
      ? "There are too many open streams here"
      : `There are too many open streams of this ${this.of}`
  }
}

/** RFC 9457. */
export const problemType = "application/problem+json"

/** Clients hold up as many bytes as one network, or all, may. */
export class TooMuchUnsent extends Schema.TaggedError<TooMuchUnsent>()("TooMuchUnsent", {}) {
  override get message() {
    return "Earlier answers are still waiting to be read; please try again"
  }
}

interface Answer {
  readonly status: number
  readonly code: string
  readonly detail: string
  readonly errorId?: string
  readonly headers?: Record<string, string>
}

const notFound: Answer = { status: 404, code: "NOT_FOUND", detail: "There is nothing here" }

/** `Allow` (RFC 9110, 10.2.1): OPTIONS is answered wherever something is. */
export const allowHeader = (allowed: ReadonlyArray<string>) => [...new Set([...allowed, "OPTIONS"])].join(", ")

/** `seconds` until a new try. */
const rateLimited = (detail: string, seconds: number): Answer => ({
  status: 429,
  code: "RATE_LIMITED",
  detail,
  headers: { "retry-after": String(seconds) }
})

/** The server's own limit is nobody's fault (503), a session's or an address's is its own (429). */
const tooManyStreams = (isOurs: boolean, detail: string): Answer =>
  isOurs ? { status: 503, code: "UNAVAILABLE", detail, headers: { "retry-after": "5" } } : rateLimited(detail, 5)

/** The answer to an error that the table knows. `_tag` is the key: what each layer fails with is named for what happened. */
const known = (error: unknown): Answer | undefined => {
  if (!Predicate.hasProperty(error, "_tag")) return undefined
  const detail = error instanceof Error ? error.message : ""
  switch (error._tag) {
    case "ListNotFound":
    case "TodoNotFound":
      return { ...notFound, detail }
    case "NotFound":
    case "RouteNotFound":
      return notFound
    case "MethodNotAllowed":
      return {
        status: 405,
        code: "METHOD_NOT_ALLOWED",
        detail: "This takes other methods only",
        headers: error instanceof MethodNotAllowed ? { allow: allowHeader(error.allowed) } : {}
      }
    case "NotAcceptable":
      return { status: 406, code: "NOT_ACCEPTABLE", detail: "There is no form of this that the request accepts" }
    case "PreconditionFailed":
      return { status: 412, code: "PRECONDITION_FAILED", detail: "This has another ETag than If-Match says" }
    case "MalformedText":
    case "ValidationFailed":
      return { status: 400, code: "VALIDATION_FAILED", detail }
    case "Unauthenticated":
      return {
        status: 401,
        code: "UNAUTHENTICATED",
        detail: "This needs the admin token",
        headers: { "www-authenticate": "Bearer" }
      }
    case "SessionNotFound":
    case "SignInFailed":
      return { status: 401, code: "UNAUTHENTICATED", detail }
    case "AccessDenied":
    case "SignInTooOld":
    case "Forbidden":
      return { status: 403, code: "FORBIDDEN", detail }
    case "ConcurrencyConflict":
      return { status: 409, code: "CONFLICT", detail: "Somebody else changed this at the same time; please try again" }
    case "PhaseRefused":
      return { status: 409, code: "CONFLICT", detail }
    case "ListFull":
      return { status: 409, code: "LIST_FULL", detail }
    case "IdempotencyKeyReused":
      return { status: 422, code: "IDEMPOTENCY_KEY_REUSED", detail }
    case "TooManyStreams":
      return tooManyStreams(error instanceof TooManyStreams && error.of === "server", detail)
    case "RateLimited":
      return rateLimited(detail, error instanceof RateLimited ? error.retryAfter : 1)
    case "VersionMismatch":
      return { status: 412, code: "PRECONDITION_FAILED", detail }
    case "PayloadTooLarge":
      return {
        status: 413,
        code: "PAYLOAD_TOO_LARGE",
        detail: "The body is too large",
        headers: { connection: "close" }
      }
    case "UnsupportedMediaType":
      return {
        status: 415,
        code: "UNSUPPORTED_MEDIA_TYPE",
        detail: "The body has another content type than this takes"
      }
    case "EventUndecodable":
      return { status: 503, code: "UNAVAILABLE", detail: "This holds something that only another version can read" }
    case "AnalyticsUnavailable":
    case "TooMuchUnsent":
      return { status: 503, code: "UNAVAILABLE", detail, headers: { "retry-after": "5" } }
    case "QueryTimedOut":
      return { status: 504, code: "QUERY_TIMEOUT", detail }
    case "StoreUnavailable":
      return {
        status: 503,
        code: "UNAVAILABLE",
        detail: "The database can't take this now; please try again",
        headers: { "retry-after": "1" }
      }
  }
}

/** The titles of problems, by their statuses. */
export const titles: Readonly<Record<number, string>> = {
  400: "Bad request",
  401: "Unauthenticated",
  403: "Forbidden",
  404: "Not found",
  405: "Method not allowed",
  406: "Not acceptable",
  409: "Conflict",
  412: "Precondition failed",
  413: "Payload too large",
  415: "Unsupported media type",
  422: "Unprocessable content",
  429: "Too many requests",
  500: "Internal error",
  503: "Unavailable",
  504: "Timeout"
}

/** Several parts follow one another: bytes that others are sent too are not copied. */
export type ReplyBody = string | Buffer | ReadonlyArray<string | Buffer>

/** A whole answer, whoever writes it to the connection. Without a body (HEAD) its length is not told. */
export interface Reply<Body = ReplyBody | undefined> {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: Body
}

/** What the form of an answer depends on. */
interface Asked {
  readonly url?: string | undefined
  readonly headers: Readonly<Record<string, string | ReadonlyArray<string> | undefined>>
}

/** A refusal may depend on who asked, and be over in a moment. */
const notKept = { "cache-control": "no-store" }

const reply = (
  { code, detail, errorId, headers = {}, status }: Answer,
  { headers: asked, url = "/" }: Asked
): Reply<string> => {
  const title = titles[status] ?? "Error"
  if (/^\/(api|admin)(\/|\?|$)/.test(url)) {
    const problem = { type: "about:blank", title, status, code, detail, ...(errorId === undefined ? {} : { errorId }) }
    return {
      status,
      headers: { ...notKept, ...headers, "content-type": problemType },
      body: JSON.stringify(problem)
    }
  }
  const text = errorId === undefined ? detail : `${detail} (${errorId})`
  const body = asked["hx-request"] === "true" ? messageFragment(text) : messagePage(title, text)
  return { status, headers: { ...notKept, ...headers, "content-type": "text/html; charset=utf-8" }, body }
}

/** Answers any failure. What the table doesn't know is a fault of ours: 500 with an `errorId` that the log also has. */
export const answerTo = (cause: Cause.Cause<unknown>, asked: Asked): Effect.Effect<Reply<string>> =>
  Option.match(Option.flatMapNullable(Cause.failureOption(cause), known), {
    onSome: (answer) => Effect.succeed(reply(answer, asked)),
    onNone: () => {
      const errorId = globalThis.crypto.randomUUID()
      const answer = { status: 500, code: "INTERNAL", detail: "Something went wrong on our side", errorId }
      return Effect.logError("A request failed", cause).pipe(
        Effect.annotateLogs({ errorId }),
        Effect.as(reply(answer, asked))
      )
    }
  })

/** The handler with every failure answered. */
export const answered = <E, R>(handler: Effect.Effect<HttpServerResponse.HttpServerResponse, E, R>) =>
  Effect.catchAllCause(handler, (cause) =>
    // An interruption is a client that has left: nobody is there to be answered.
    Cause.isInterruptedOnly(cause)
      ? Effect.interrupt
      : Effect.map(
          Effect.flatMap(HttpServerRequest.HttpServerRequest, (request) => answerTo(cause, request)),
          ({ body, headers, status }) => HttpServerResponse.text(body, { status, headers })
        )
  )
