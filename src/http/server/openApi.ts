// Completes the OpenAPI description that the platform derives from the contract: headers, the
// problems of each operation, and shared components.
import type * as OpenApi from "@effect/platform/OpenApi"
import * as JSONSchema from "effect/JSONSchema"
import * as Predicate from "effect/Predicate"
import { Problem } from "./ApiContract.ts"
import { problemType, titles } from "./Errors.ts"

type Json = Readonly<Record<string, unknown>>
type Operation = OpenApi.OpenAPISpecOperation

const ref = (kind: string, name: string | number) => ({ $ref: `#/components/${kind}/${name}` })

const parameters = {
  IdempotencyKey: {
    name: "Idempotency-Key",
    in: "header",
    description: "A repeated request gets the first response, for 24 hours",
    schema: { type: "string", pattern: "^[!-~]{8,128}$" }
  },
  IfMatch: {
    name: "If-Match",
    in: "header",
    description: "Versions (ETags), one of which must be current, or `*` for any",
    // Client generators expect string schemas in headers.
    schema: {
      anyOf: [
        { type: "string", enum: ["*"] },
        { type: "string", pattern: '^(W/)?"[!#-~]*"(, ?(W/)?"[!#-~]*")*$' }
      ]
    }
  },
  IfNoneMatch: {
    name: "If-None-Match",
    in: "header",
    description: "ETags that the client has; the response is 304 when one of them is current",
    schema: { type: "string" }
  }
} as const

const headers = {
  ETag: { description: "The version of the response's content", required: true, schema: { type: "string" } },
  Location: { description: "The path of the created resource", required: true, schema: { type: "string" } },
  RetryAfter: { description: "Seconds to wait before a retry", schema: { type: "integer", minimum: 1 } }
} as const

/** In an endpoint's `OpenApi.Override`: the content types of the files that it responds with. */
export const fileTypes = "x-files"

const fileTypesOf = (operation: Operation): ReadonlyArray<string> => {
  const types = Object.entries(operation).find(([key]) => key === fileTypes)?.[1]
  return Array.isArray(types) ? types : []
}

/** The properties of an operation that determine its headers and problems. */
const factsOf = (path: string, method: string, operation: Operation) => {
  const { parameters, requestBody, responses, security, tags } = operation
  const isCommand = method !== "get"
  const isOfAggregates = tags[0] !== "account" && tags[0] !== "analytics"
  const isOfOne = isOfAggregates && path.includes("{")
  return {
    isCommand,
    isCreation: isOfAggregates && isCommand && !isOfOne,
    takesBody: requestBody !== undefined,
    takesQuery: parameters.some((it) => it.in === "query"),
    canBeGone: isOfOne && "410" in responses,
    /** The operation is about one aggregate, named by an id in the path or the query. */
    asksForOne: isOfOne || parameters.some(({ name }) => name.endsWith("Id")),
    hasKey: isCommand && isOfAggregates,
    hasVersion: isCommand && isOfOne,
    needsSession: security.length > 0,
    isAnalytics: tags[0] === "analytics",
    files: fileTypesOf(operation),
    endsCeremony: tags[0] === "account" && !path.endsWith("/options")
  }
}
type Facts = ReturnType<typeof factsOf>

/** The problems of an operation; ALLOWED_HOSTS (403), 500 and 503 can occur everywhere. */
const problems: ReadonlyArray<readonly [status: number, can: (facts: Facts) => boolean]> = [
  [400, (it) => it.takesBody || it.hasKey || it.takesQuery || it.isAnalytics],
  [401, (it) => it.endsCeremony || it.needsSession],
  [403, () => true],
  [404, (it) => it.asksForOne],
  [406, (it) => it.isAnalytics],
  [409, (it) => it.hasVersion],
  [410, (it) => it.canBeGone],
  [412, (it) => it.hasVersion],
  [413, (it) => it.takesBody],
  [415, (it) => it.takesBody],
  [422, (it) => it.hasKey],
  [429, (it) => it.isCommand || it.asksForOne || it.isAnalytics],
  [500, () => true],
  [503, () => true],
  [504, (it) => it.isAnalytics]
]

const mapValues = <A, B>(record: Readonly<Record<string, A>>, f: (value: A, key: string) => B) =>
  Object.fromEntries(Object.entries(record).map(([key, value]) => [key, f(value, key)]))

const withoutEmpty = ({ required, ...rest }: Json) =>
  Array.isArray(required) && required.length === 0 ? rest : { ...rest, ...(required === undefined ? {} : { required }) }

/** Allows additional fields, which browsers add as WebAuthn evolves. */
const open = (value: unknown): unknown => {
  if (!Predicate.isRecord(value)) return value
  const { additionalProperties: _, ...rest } = value
  return mapValues(rest, open)
}

/** Removes the validator's names and descriptions from schemas. */
const tidying = (defs: Json) => {
  const tidy = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(tidy)
    if (!Predicate.isRecord(value)) return value
    const { $id: _, $ref, title: __, description, ...rest } = value
    if (typeof $ref === "string") {
      const target = defs[$ref.slice($ref.lastIndexOf("/") + 1)]
      // A refined number is inlined instead of referenced.
      return Predicate.isRecord(target) && target["type"] !== "object" ? tidy({ ...target, ...rest }) : { $ref }
    }
    return {
      ...mapValues(withoutEmpty(rest), (it, key) =>
        key === "properties" && Predicate.isRecord(it) ? mapValues(it, tidy) : tidy(it)
      ),
      ...(typeof description === "string" && !/^an? /.test(description) ? { description } : {})
    }
  }
  return tidy
}

const problemResponse = (status: number) => ({
  description: titles[status] ?? "Problem",
  ...(status === 429 || status === 503 ? { headers: { "Retry-After": ref("headers", "RetryAfter") } } : {}),
  content: { [problemType]: { schema: ref("schemas", "Problem") } }
})

/** The successful responses of an operation. */
const successes = ({ files, isAnalytics, isCommand, isCreation }: Facts, responses: Operation["responses"]) => {
  const known = Object.entries(responses).filter(([status]) => Number(status) < 400)
  const named = {
    ...(isCommand ? {} : { ETag: ref("headers", "ETag") }),
    ...(isCreation ? { Location: ref("headers", "Location") } : {})
  }
  const contents = Object.fromEntries(files.map((type) => [type, {}]))
  const all = known.map(([status, { content, description }]) => [
    status,
    {
      description: files.length === 0 ? description : "A file",
      ...(Object.keys(named).length === 0 ? {} : { headers: named }),
      content:
        files.length > 0 ? contents : isAnalytics ? { ...content, "text/csv": { schema: { type: "string" } } } : content
    }
  ])
  return isCommand ? all : [...all, ["304", ref("responses", "NotModified")]]
}

const isNothing = (body: Operation["requestBody"]) =>
  JSON.stringify(body?.content["application/json"]?.schema).includes('/Nothing"')

const operation = (
  facts: Facts,
  { operationId, parameters: own, requestBody, responses, summary, tags }: Operation
) => ({
  tags,
  operationId,
  summary,
  parameters: [
    ...own,
    ...(facts.hasKey ? [ref("parameters", "IdempotencyKey")] : []),
    ...(facts.hasVersion ? [ref("parameters", "IfMatch")] : []),
    ...(facts.isCommand ? [] : [ref("parameters", "IfNoneMatch")])
  ],
  // A command without fields may be sent without a body.
  ...(requestBody === undefined
    ? {}
    : {
        requestBody: {
          content: facts.endsCeremony ? open(requestBody.content) : requestBody.content,
          required: !isNothing(requestBody)
        }
      }),
  responses: Object.fromEntries([
    ...successes(facts, responses),
    ...problems.flatMap(([status, can]) => (can(facts) ? [[status, ref("responses", status)]] : []))
  ])
})

const methods = ["get", "post", "put", "patch", "delete"] as const

/** The complete description. */
export const describe = (spec: OpenApi.OpenAPISpec) => {
  const tidy = tidying(spec.components.schemas)
  const paths = mapValues(spec.paths, (item, path) =>
    Object.fromEntries(
      methods.flatMap((method) => {
        const found = item[method]
        return found === undefined ? [] : [[method, tidy(operation(factsOf(path, method, found), found))]]
      })
    )
  )
  const text = JSON.stringify(paths)
  const used = Object.entries(spec.components.schemas).filter(([name]) => text.includes(`/schemas/${name}"`))
  const { $schema: _, ...problem } = JSONSchema.make(Problem)
  return {
    openapi: spec.openapi,
    info: spec.info,
    servers: [{ url: "/" }],
    security: [],
    tags: spec.tags,
    paths,
    components: {
      schemas: mapValues({ ...Object.fromEntries(used), Problem: problem }, tidy),
      parameters,
      headers,
      responses: {
        NotModified: { description: "Not modified", headers: { ETag: ref("headers", "ETag") } },
        ...Object.fromEntries(problems.map(([status]) => [status, problemResponse(status)]))
      }
    }
  }
}
