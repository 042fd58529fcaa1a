// Why something is refused, as every way out understands it: HTTP's status, the problem's code and the words on a page follow
// from it (src/http/server/Errors.ts). An error that is no refusal can't be answered, and is a type error in a route.
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
  /** Stable, for clients that branch on it: the kind's own (`CONFLICT`) where there is none. */
  readonly code?: string
  /** The words for the client, where `message` is for the log. */
  readonly detail?: string
  /** Seconds after which it is worth another try. */
  readonly retryAfter?: number
  /** Headers of an HTTP answer that a kind can't know. */
  readonly headers?: Readonly<Record<string, string>>
}

/** Of what somebody else's route fails with, which may be anything. */
export const isRefusal = (error: unknown): error is Refusal =>
  Predicate.hasProperty(error, "kind") &&
  Predicate.isString(error.kind) &&
  Predicate.hasProperty(error, "_tag") &&
  Predicate.isString(error._tag) &&
  error instanceof Error
