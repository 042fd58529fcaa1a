// The JSON API of counters, described at /api/openapi.json.
import * as HttpApiEndpoint from "@effect/platform/HttpApiEndpoint"
import * as HttpApiGroup from "@effect/platform/HttpApiGroup"
import * as HttpApiSchema from "@effect/platform/HttpApiSchema"
import * as Schema from "effect/Schema"
import * as CommandApi from "evenstar/http/live/CommandApi"
import { Position, Positioned } from "evenstar/http/server/ApiContract"
import { CounterName, Counters } from "./Counter.ts"

const counterId = HttpApiSchema.param("counterId", Schema.String)

export const group = HttpApiGroup.make("counters")
  .add(
    HttpApiEndpoint.post("createCounter", "/api/counters")
      .setPayload(Schema.Struct({ name: CounterName }))
      .addSuccess(Positioned({ counterId: Schema.String }), { status: 201 })
  )
  .add(
    HttpApiEndpoint.get("getCounter")`/api/counters/${counterId}`.addSuccess(
      Schema.Struct({ counterId: Schema.String, ...Position.fields, name: Schema.String, count: Schema.Int })
    )
  )
  .add(
    HttpApiEndpoint.post("count")`/api/counters/${counterId}/count`
      .setPayload(Schema.Struct({ by: Schema.Literal(1, -1) }))
      .addSuccess(Position)
  )

export const api = CommandApi.layer(group, Counters, ({ create, execute, read }) => ({
  createCounter: create("counterId", ({ actor, body: { name } }) => [
    { _tag: "CreateCounter", owner: actor?.visitorId ?? null, name }
  ]),
  getCounter: read(({ id, sequence, state: { count, name }, version }) => ({
    counterId: id,
    version,
    sequence,
    name,
    count
  })),
  count: execute(({ body: { by } }) => ({ _tag: "Count", by }))
}))
