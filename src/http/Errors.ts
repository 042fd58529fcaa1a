// Every failure's way to the client, in one table: problem+json (RFC 9457) under /api, HTML on pages, and for htmx
// a short message that lands in the page's live region.
import * as HttpServerRequest from "@effect/platform/HttpServerRequest"
import * as HttpServerResponse from "@effect/platform/HttpServerResponse"
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Predicate from "effect/Predicate"
import * as Schema from "effect/Schema"
import { messageFragment, messagePage } from "./views/message.tsx"

export class NotFound extends Schema.TaggedError<NotFound>()("NotFound", {}) {}
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

interface Answer {
  readonly status: number
  readonly code: string
  readonly detail: string
  readonly errorId?: string
  readonly headers?: Record<string, string>
}

const notFound: Answer = { status: 404, code: "NOT_FOUND", detail: "There is nothing here" }

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
    case "ValidationFailed":
      return { status: 400, code: "VALIDATION_FAILED", detail }
    case "Unauthenticated":
      return {
        status: 401,
        code: "UNAUTHENTICATED",
        detail: "This needs the admin token",
        headers: { "www-authenticate": "Bearer" }
      }
    case "AccessDenied":
    case "Forbidden":
      return { status: 403, code: "FORBIDDEN", detail }
    case "ConcurrencyConflict":
      return { status: 409, code: "CONFLICT", detail: "Somebody else changed this at the same time; please try again" }
    case "ListFull":
      return { status: 409, code: "LIST_FULL", detail }
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
    case "StoreUnavailable":
      return {
        status: 503,
        code: "UNAVAILABLE",
        detail: "The database can't take this now; please try again",
        headers: { "retry-after": "1" }
      }
  }
}

const titles: Record<number, string> = {
  400: "Bad request",
  401: "Unauthenticated",
  403: "Forbidden",
  404: "Not found",
  409: "Conflict",
  412: "Precondition failed",
  413: "Payload too large",
  415: "Unsupported media type",
  500: "Internal error",
  503: "Unavailable"
}

const respond = Effect.fnUntraced(function* ({ code, detail, errorId, headers = {}, status }: Answer) {
  const request = yield* HttpServerRequest.HttpServerRequest
  const title = titles[status] ?? "Error"
  if (/^\/api(\/|\?|$)/.test(request.url)) {
    const problem = { type: "about:blank", title, status, code, detail, ...(errorId === undefined ? {} : { errorId }) }
    return HttpServerResponse.text(JSON.stringify(problem), {
      status,
      headers,
      contentType: "application/problem+json"
    })
  }
  const text = errorId === undefined ? detail : `${detail} (${errorId})`
  const html = request.headers["hx-request"] === "true" ? messageFragment(text) : messagePage(title, text)
  return HttpServerResponse.text(html, { status, headers, contentType: "text/html; charset=utf-8" })
})

/** Answers any failure. What the table doesn't know is a fault of ours: 500 with an `errorId` that the log also has. */
const answer = (cause: Cause.Cause<unknown>) => {
  const found = Option.flatMapNullable(Cause.failureOption(cause), known)
  return Option.match(found, {
    onSome: respond,
    onNone: () =>
      Effect.gen(function* () {
        const errorId = globalThis.crypto.randomUUID()
        yield* Effect.logError("A request failed", cause).pipe(Effect.annotateLogs({ errorId }))
        return yield* respond({
          status: 500,
          code: "INTERNAL",
          detail: "Something went wrong on our side",
          errorId
        })
      })
  })
}

/** The handler with every failure answered. */
export const answered = <E, R>(handler: Effect.Effect<HttpServerResponse.HttpServerResponse, E, R>) =>
  // An interruption is a client that has left: nobody is there to be answered.
  Effect.catchAllCause(handler, (cause) => (Cause.isInterruptedOnly(cause) ? Effect.interrupt : answer(cause)))
