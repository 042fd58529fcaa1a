// The JSON API: endpoints and their handlers.
import * as HttpApiEndpoint from "@effect/platform/HttpApiEndpoint"
import * as HttpApiGroup from "@effect/platform/HttpApiGroup"
import * as HttpApiSchema from "@effect/platform/HttpApiSchema"
import * as Schema from "effect/Schema"
import * as CommandApi from "evenstar/http/live/CommandApi"
import { Nothing, Position, Positioned } from "evenstar/http/server/ApiContract"
import { Details, NewSampleThing, SampleThing, SampleThings } from "./SampleThing.ts"

const SampleThingBody = Schema.Struct({
  sampleThingId: Schema.String,
  ...Position.fields,
  ...SampleThing.omit("exists", "owner").fields
})

const sampleThingId = HttpApiSchema.param("sampleThingId", Schema.String)

const addSampleLines = HttpApiEndpoint.post("addSampleLines")`/api/sample-things/${sampleThingId}/sample-lines`
  .setPayload(NewSampleThing.pick("sampleLines"))
  .addSuccess(Position)
const removeSampleLines = HttpApiEndpoint.post(
  "removeSampleLines"
)`/api/sample-things/${sampleThingId}/sample-lines/remove`
  .setPayload(NewSampleThing.pick("sampleLines"))
  .addSuccess(Position)

export const group = HttpApiGroup.make("sampleThings")
  .add(
    HttpApiEndpoint.post("createSampleThing", "/api/sample-things")
      .setPayload(NewSampleThing)
      .addSuccess(Positioned({ sampleThingId: Schema.String }), { status: 201 })
  )
  .add(HttpApiEndpoint.get("getSampleThing")`/api/sample-things/${sampleThingId}`.addSuccess(SampleThingBody))
  .add(
    HttpApiEndpoint.put("changeSampleThing")`/api/sample-things/${sampleThingId}`
      .setPayload(Details)
      .addSuccess(Position)
  )
  .add(addSampleLines)
  .add(removeSampleLines)
  .add(
    HttpApiEndpoint.post("closeSampleThing")`/api/sample-things/${sampleThingId}/close`
      .setPayload(Nothing)
      .addSuccess(Position)
  )

export const api = CommandApi.layer(group, SampleThings, ({ create, execute, read }) => ({
  createSampleThing: create("sampleThingId", ({ actor, body }) => [
    { _tag: "CreateSampleThing", owner: actor?.visitorId ?? null, values: body }
  ]),
  getSampleThing: read(({ id, sequence, state: { exists, owner, ...shown }, version }) => ({
    sampleThingId: id,
    version,
    sequence,
    ...shown
  })),
  changeSampleThing: execute(({ body }) => ({ _tag: "ChangeSampleThing", details: body })),
  addSampleLines: execute(({ body }) => ({ _tag: "AddSampleLines", ...body })),
  removeSampleLines: execute(({ body }) => ({ _tag: "RemoveSampleLines", ...body })),
  closeSampleThing: execute(() => ({ _tag: "CloseSampleThing" }))
}))
