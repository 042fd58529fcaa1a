// The contract of the JSON API: endpoints, bodies, results and problems; see openApi.ts.
import * as HttpApi from "@effect/platform/HttpApi"
import * as HttpApiEndpoint from "@effect/platform/HttpApiEndpoint"
import * as HttpApiGroup from "@effect/platform/HttpApiGroup"
import * as HttpApiSchema from "@effect/platform/HttpApiSchema"
import * as OpenApi from "@effect/platform/OpenApi"
import type * as Arr from "effect/Array"
import * as Predicate from "effect/Predicate"
import * as Schema from "effect/Schema"
import type { AnyQuery } from "../../domain/AnalyticsQuery.ts"
import { idempotencyKeyScope } from "../../domain/Idempotency.ts"
import { Assertion, Registration } from "../../domain/Passkey.ts"
import { Sequence, Version } from "../../domain/StoredEvent.ts"
import { defaultSiteName } from "../../layers/node/SiteName.ts"
import { problemType } from "./Errors.ts"

/** Sequence and version after a command. */
export const Position = Schema.Struct({ sequence: Sequence, version: Version }).annotations({ identifier: "Position" })
/** A position with the ids that the command created. */
export const Positioned = <Fields extends Schema.Struct.Fields>(ids: Fields) =>
  Schema.Struct({ ...ids, ...Position.fields })
export const Nothing = Schema.Struct({}).pipe(
  Schema.filter((body: unknown) => Predicate.isRecord(body) && Object.keys(body).length === 0, {
    message: () => "Expected an object without fields"
  }),
  Schema.annotations({ identifier: "Nothing", jsonSchema: { type: "object", additionalProperties: false } })
)

/** RFC 9457, with a stable `code`; `errorId` only for status 500, also in the log line. */
export const Problem = Schema.Struct({
  type: Schema.String,
  title: Schema.String,
  status: Schema.Int,
  code: Schema.String,
  detail: Schema.String,
  errorId: Schema.optional(Schema.UUID)
})

const problem = (status: number) =>
  Problem.pipe(
    HttpApiSchema.withEncoding({ kind: "Json", contentType: problemType }),
    Schema.annotations(HttpApiSchema.annotations({ status }))
  )

/** For groups of aggregates that can be gone: those that can be deleted, and restored. */
export const GoneProblem = problem(410)

/** WebAuthn options are passed to the browser as they are. */
const Options = Schema.Record({ key: Schema.String, value: Schema.Unknown })

export const accountGroup = HttpApiGroup.make("account")
  .add(HttpApiEndpoint.post("passkeyOptions", "/api/account/passkeys/options").setPayload(Nothing).addSuccess(Options))
  .add(
    HttpApiEndpoint.post("createPasskey", "/api/account/passkeys")
      .setPayload(Registration)
      .addSuccess(Nothing, { status: 201 })
  )
  .add(HttpApiEndpoint.post("signInOptions", "/api/account/sign-in/options").setPayload(Nothing).addSuccess(Options))
  .add(HttpApiEndpoint.post("signIn", "/api/account/sign-in").setPayload(Assertion).addSuccess(Nothing))

const queryEndpoint = ({ response, name, params }: AnyQuery) =>
  HttpApiEndpoint.get(name, `/api/analytics/${name}`).setUrlParams(params).addSuccess(response)

/** All queries as endpoints. */
export const analyticsGroup = ([first, ...others]: Arr.NonEmptyReadonlyArray<AnyQuery>) =>
  others.reduce(
    (group, query) => group.add(queryEndpoint(query)),
    HttpApiGroup.make("analytics").add(queryEndpoint(first))
  )

/** The streams, which OpenAPI 3.1 can't describe. */
const streams =
  "`GET /events` streams the log as server-sent events, after `Last-Event-ID`, or else after `after`, or else new events only; `id` is the sequence, and the first block has only the stream's position. A position beyond the head, or one of another log (`logId`, from the header `Evenstar-Log-Id`), is answered with `event: reset`, its `data` the `reason` (`beyond-head` or `other-log`) and the `head`, from which the stream continues."

const base = HttpApi.make("evenstar")
  .addError(problem(400))
  .addError(problem(401))
  .addError(problem(403))
  .addError(problem(404))
  .addError(problem(405))
  .addError(problem(409))
  .addError(problem(412))
  .addError(problem(413))
  .addError(problem(415))
  .addError(problem(422))
  .addError(problem(429))
  .addError(problem(500))
  .addError(problem(503))
  .addError(problem(504))
  .annotate(
    OpenApi.Description,
    `Errors are problems (RFC 9457) with a stable \`code\`. ${idempotencyKeyScope}\n\n${streams}`
  )
  .annotate(OpenApi.Version, "1")

type Errors = typeof base extends HttpApi.HttpApi<"evenstar", infer _Groups, infer Error, infer _R> ? Error : never
type Api = HttpApi.HttpApi<"evenstar", HttpApiGroup.HttpApiGroup.Any, Errors, never>

/** The complete API: the features' groups and the stack's. */
export const apiOf = (
  groups: ReadonlyArray<HttpApiGroup.HttpApiGroup.Any>,
  queries: Arr.NonEmptyReadonlyArray<AnyQuery>,
  title = defaultSiteName
): Api =>
  [...groups, accountGroup, analyticsGroup(queries)]
    .reduce<Api>((api, group) => api.add(group), base)
    .annotate(OpenApi.Title, title)
