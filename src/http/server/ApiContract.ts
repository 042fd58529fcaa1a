// The JSON API as it is promised: endpoints, bodies, answers and problems. `openApi.ts` makes the description of it.
import * as HttpApi from "@effect/platform/HttpApi"
import * as HttpApiEndpoint from "@effect/platform/HttpApiEndpoint"
import * as HttpApiGroup from "@effect/platform/HttpApiGroup"
import * as HttpApiSchema from "@effect/platform/HttpApiSchema"
import * as OpenApi from "@effect/platform/OpenApi"
import * as Predicate from "effect/Predicate"
import * as Schema from "effect/Schema"
import type { AnyQuery } from "../../domain/AnalyticsQuery.ts"
import { idempotencyKeyScope } from "../../domain/Idempotency.ts"
import { Assertion, Creation } from "../../domain/Passkey.ts"
import { Sequence, Version } from "../../domain/StoredEvent.ts"
import { visiblePattern } from "../../domain/Text.ts"
import { Access, maxTextLength, TodoText } from "../../domain/TodoList.ts"
import { queries } from "../../layers/analytics/queries.ts"
import { problemType } from "./Errors.ts"

const Position = Schema.Struct({ sequence: Sequence, version: Version }).annotations({ identifier: "Position" })
const NewList = Schema.Struct({ listId: Schema.String, ...Position.fields })
const NewTodo = Schema.Struct({ todoId: Schema.String, ...Position.fields })
const ListBody = Schema.Struct({
  listId: Schema.String,
  version: Version,
  sequence: Sequence,
  access: Access,
  todos: Schema.Array(Schema.Struct({ todoId: Schema.String, text: Schema.String, completed: Schema.Boolean }))
})
/** As it may be sent: it is trimmed then. */
const Text = TodoText.annotations({
  jsonSchema: { type: "string", minLength: 1, maxLength: maxTextLength, pattern: visiblePattern }
})
export const AddTodo = Schema.Struct({ text: Text })
export const EditTodo = Schema.Struct({ text: Schema.optional(Text), completed: Schema.optional(Schema.Boolean) })
export const ToggleAll = Schema.Struct({ completed: Schema.Boolean })
export const ChangeAccess = Schema.Struct({ access: Access })
export const Nothing = Schema.Struct({}).pipe(
  Schema.filter((body: unknown) => Predicate.isRecord(body) && Object.keys(body).length === 0, {
    message: () => "Expected an object without fields"
  }),
  Schema.annotations({ identifier: "Nothing", jsonSchema: { type: "object", additionalProperties: false } })
)

/** RFC 9457, with a stable `code`; a 500 has an `errorId`, which the log also has. */
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

const listId = HttpApiSchema.param("listId", Schema.String)
const todoId = HttpApiSchema.param("todoId", Schema.String)

export const group = HttpApiGroup.make("lists")
  .add(HttpApiEndpoint.post("createList", "/api/lists").setPayload(Nothing).addSuccess(NewList, { status: 201 }))
  .add(HttpApiEndpoint.get("getList")`/api/lists/${listId}`.addSuccess(ListBody))
  .add(HttpApiEndpoint.patch("changeAccess")`/api/lists/${listId}`.setPayload(ChangeAccess).addSuccess(Position))
  .add(
    HttpApiEndpoint.post("addTodo")`/api/lists/${listId}/todos`.setPayload(AddTodo).addSuccess(NewTodo, { status: 201 })
  )
  .add(
    HttpApiEndpoint.patch("editTodo")`/api/lists/${listId}/todos/${todoId}`.setPayload(EditTodo).addSuccess(Position)
  )
  .add(HttpApiEndpoint.del("deleteTodo")`/api/lists/${listId}/todos/${todoId}`.addSuccess(Position))
  .add(HttpApiEndpoint.post("toggleAll")`/api/lists/${listId}/toggle-all`.setPayload(ToggleAll).addSuccess(Position))
  .add(
    HttpApiEndpoint.post("clearCompleted")`/api/lists/${listId}/clear-completed`
      .setPayload(Nothing)
      .addSuccess(Position)
  )

/** What WebAuthn's options are is the browser's business: it takes them as they are. */
const Options = Schema.Record({ key: Schema.String, value: Schema.Unknown })

export const accountGroup = HttpApiGroup.make("account")
  .add(HttpApiEndpoint.post("passkeyOptions", "/api/account/passkeys/options").setPayload(Nothing).addSuccess(Options))
  .add(
    HttpApiEndpoint.post("createPasskey", "/api/account/passkeys")
      .setPayload(Creation)
      .addSuccess(Nothing, { status: 201 })
  )
  .add(HttpApiEndpoint.post("signInOptions", "/api/account/sign-in/options").setPayload(Nothing).addSuccess(Options))
  .add(HttpApiEndpoint.post("signIn", "/api/account/sign-in").setPayload(Assertion).addSuccess(Nothing))

const queryEndpoint = ({ answer, name, params }: AnyQuery) =>
  HttpApiEndpoint.get(name, `/api/analytics/${name}`).setUrlParams(params).addSuccess(answer)

const [firstQuery, ...otherQueries] = queries
/** Every query that there is, as an endpoint. */
export const analyticsGroup = otherQueries.reduce(
  (group, query) => group.add(queryEndpoint(query)),
  HttpApiGroup.make("analytics").add(queryEndpoint(firstQuery))
)

/** What OpenAPI has no words for. */
const streams =
  "`GET /events` is the log as server-sent events, after `Last-Event-ID`, or else `after`, or else live; `id` is the sequence, and the first block has nothing but the position that the stream stands for. A position beyond the head, or one of another log (`logId`, from the header `Evenstar-Log-Id`), is answered with `event: reset`, its `data` the `reason` (`beyond-head` or `other-log`) and the `head`, from which the stream goes on."

export const api = HttpApi.make("evenstar")
  .add(group)
  .add(accountGroup)
  .add(analyticsGroup)
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
  .annotate(OpenApi.Title, "Evenstar")
  .annotate(OpenApi.Version, "1")

type Names<Group extends HttpApiGroup.HttpApiGroup.Any> = HttpApiEndpoint.HttpApiEndpoint.Name<
  HttpApiGroup.HttpApiGroup.Endpoints<Group>
>
export type EndpointName = Names<typeof group>
export type AccountEndpoint = Names<typeof accountGroup>
