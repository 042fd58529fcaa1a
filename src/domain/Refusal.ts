// A refusal: an expected error with a kind. HTTP status, problem code and page text follow from the
// kind (src/http/server/Errors.ts). A route whose error is no Refusal is a type error.
import * as Predicate from "effect/Predicate"

export type RefusalKind =
  | "invalid"
  | "unauthenticated"
  | "forbidden"
  | "not-found"
  | "method-not-allowed"
  | "not-acceptable"
  | "conflict"
  | "gone"
  | "precondition-failed"
  | "too-large"
  | "unsupported-media-type"
  | "unprocessable"
  | "rate-limited"
  | "unavailable"
  | "timeout"

export interface Refusal {
  readonly _tag: string
  readonly kind: RefusalKind
  readonly message: string
  /** Stable code for clients; defaults to the kind's code (`CONFLICT`). */
  readonly code?: string
  /** Text for clients, where `message` is for the log. */
  readonly detail?: string
  /** Seconds until a retry is useful. */
  readonly retryAfter?: number
  /** Extra HTTP response headers. */
  readonly headers?: Readonly<Record<string, string>>
}

/** For errors of routes outside the fast router, which may be anything. */
export const isRefusal = (error: unknown): error is Refusal =>
  Predicate.hasProperty(error, "kind") &&
  Predicate.isString(error.kind) &&
  Predicate.hasProperty(error, "_tag") &&
  Predicate.isString(error._tag) &&
  error instanceof Error
