// The OpenAPI description matches the responses and defines shared parts once, for generators.
import * as OpenApi from "@effect/platform/OpenApi"
import * as Schema from "effect/Schema"
import { describe, expect, it } from "vitest"
import { todo } from "../../../src/features/todo/index.ts"
import { describe as describeApi } from "../../../src/http/server/openApi.ts"
import { apiWith } from "../../features/product.ts"

const Ref = Schema.Struct({ $ref: Schema.String })
const Operation = Schema.Struct({
  operationId: Schema.String,
  parameters: Schema.Array(Schema.Unknown),
  requestBody: Schema.optional(Schema.Struct({ required: Schema.Boolean, content: Schema.Unknown })),
  responses: Schema.Record({ key: Schema.String, value: Schema.Unknown })
})
const Document = Schema.Struct({
  info: Schema.Struct({ description: Schema.String }),
  paths: Schema.Record({ key: Schema.String, value: Schema.Record({ key: Schema.String, value: Operation }) }),
  components: Schema.Struct({
    schemas: Schema.Record({ key: Schema.String, value: Schema.Unknown }),
    parameters: Schema.Record({ key: Schema.String, value: Schema.Unknown }),
    responses: Schema.Record({ key: Schema.String, value: Schema.Unknown }),
    headers: Schema.Record({ key: Schema.String, value: Schema.Unknown })
  })
})
const text = JSON.stringify(describeApi(OpenApi.fromApi(apiWith(todo))))
const { components, info, paths } = Schema.decodeSync(Schema.parseJson(Document))(text)
const operations = Object.entries(paths).flatMap(([path, item]) =>
  Object.entries(item).map(([method, operation]) => ({ method, path, ...operation }))
)
const statuses = (method: string, path: string) =>
  Object.keys(operations.find((it) => it.method === method && it.path === path)?.responses ?? {}).join(" ")
const bodyOf = (method: string, path: string) =>
  operations.find((it) => it.method === method && it.path === path)?.requestBody

describe("OpenAPI description", () => {
  it("is under 35 KB, and every reference resolves", () => {
    expect(Buffer.byteLength(text)).toBeLessThan(35_000)
    const known = new Set(
      Object.entries(components).flatMap(([kind, all]) =>
        Object.keys(all).map((name) => `#/components/${kind}/${name}`)
      )
    )
    const used = [...text.matchAll(/"\$ref":"([^"]+)"/g)].map(([, ref]) => ref)
    expect(used.filter((ref) => !known.has(ref ?? ""))).toEqual([])
    expect(Object.keys(components.schemas)).toEqual(["Nothing", "Position", "Problem"])
  })

  it("defines each problem as it is sent, once, in one schema with an errorId", () => {
    for (const { operationId, responses } of operations)
      for (const [status, response] of Object.entries(responses).filter(([status]) => Number(status) >= 400))
        expect([operationId, response]).toEqual([operationId, { $ref: `#/components/responses/${status}` }])
    const { NotModified: _, ...problems } = components.responses
    for (const response of Object.values(problems))
      expect(response).toMatchObject({
        content: { "application/problem+json": { schema: { $ref: "#/components/schemas/Problem" } } }
      })
    expect(components.schemas["Problem"]).toMatchObject({
      required: ["type", "title", "status", "code", "detail"],
      properties: { code: { type: "string" }, title: { type: "string" }, errorId: { format: "uuid" } }
    })
    expect(components.responses["429"]).toMatchObject({ headers: { "Retry-After": {} } })
    expect(components.responses["503"]).toMatchObject({ headers: { "Retry-After": {} } })
  })

  it.each([
    ["post", "/api/lists", "201 400 403 413 415 422 429 500 503"],
    ["get", "/api/lists/{listId}", "200 304 403 404 410 429 500 503"],
    ["patch", "/api/lists/{listId}", "200 400 403 404 409 410 412 413 415 422 429 500 503"],
    ["delete", "/api/lists/{listId}/todos/{todoId}", "200 400 403 404 409 410 412 422 429 500 503"],
    ["post", "/api/account/passkeys/options", "200 400 403 413 415 429 500 503"],
    ["post", "/api/account/sign-in", "200 400 401 403 413 415 429 500 503"],
    ["get", "/api/analytics/daily_counts", "200 304 400 403 404 406 429 500 503 504"],
    ["get", "/api/analytics/event_rate", "200 304 400 403 406 429 500 503 504"]
  ])("%s %s answers %s", (method, path, expected) => expect(statuses(method, path)).toBe(expected))

  it("defines no body where none is needed, and describes the others", () => {
    const bodies = operations.flatMap(({ operationId, requestBody }) =>
      requestBody === undefined ? [] : [[operationId, requestBody.required]]
    )
    expect(bodies).toEqual([
      ["lists.createList", false],
      ["lists.editList", true],
      ["lists.restoreList", false],
      ["lists.addTodo", true],
      ["lists.editTodo", true],
      ["lists.moveTodo", true],
      ["lists.toggleAll", true],
      ["lists.clearCompleted", false],
      ["lists.importTodos", true],
      ["account.passkeyOptions", false],
      ["account.createPasskey", true],
      ["account.signInOptions", false],
      ["account.signIn", true]
    ])
    expect(components.schemas["Nothing"]).toEqual({ type: "object", additionalProperties: false })
    expect(text).not.toContain('"type":"array"}]')
    for (const [method, path] of [
      ["post", "/api/lists/{listId}/todos"],
      ["patch", "/api/lists/{listId}/todos/{todoId}"]
    ] as const)
      expect(JSON.stringify(bodyOf(method, path)?.content)).toMatch(
        /"text":\{"type":"string","minLength":1,"maxLength":500,"pattern":/
      )
  })

  it("names request and response headers and the media types of a response", () => {
    const refs = (method: string, path: string) =>
      operations
        .find((it) => it.method === method && it.path === path)
        ?.parameters.filter(Schema.is(Ref))
        .map(({ $ref }) => $ref.slice("#/components/parameters/".length))
        .join(" ")
    expect(refs("post", "/api/lists")).toBe("IdempotencyKey")
    expect(refs("delete", "/api/lists/{listId}/todos/{todoId}")).toBe("IdempotencyKey IfMatch")
    expect(refs("get", "/api/lists/{listId}")).toBe("IfNoneMatch")
    const answer = (method: string, path: string, status: string) =>
      operations.find((it) => it.method === method && it.path === path)?.responses[status]
    expect(answer("post", "/api/lists", "201")).toMatchObject({ headers: { Location: {} } })
    expect(answer("get", "/api/lists/{listId}", "200")).toMatchObject({ headers: { ETag: {} } })
    const counts = answer("get", "/api/analytics/daily_counts", "200")
    expect(counts).toMatchObject({ content: { "text/csv": { schema: { type: "string" } }, "application/json": {} } })
    expect(JSON.stringify(counts)).toContain('"day":{"type":"string","format":"date"}')
    expect(
      JSON.stringify(operations.find(({ operationId }) => operationId === "analytics.active_lists")?.parameters)
    ).toContain('"name":"from","in":"query","schema":{"type":"string","format":"date"}')
  })

  it("documents keys without a session and the reset of a stream", () => {
    expect(info.description).toContain("128 random bits")
    expect(info.description).toContain("event: reset")
  })
})
