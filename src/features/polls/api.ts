// The JSON API of polls.
import * as HttpApiEndpoint from "@effect/platform/HttpApiEndpoint"
import * as HttpApiGroup from "@effect/platform/HttpApiGroup"
import * as HttpApiSchema from "@effect/platform/HttpApiSchema"
import * as OpenApi from "@effect/platform/OpenApi"
import * as Schema from "effect/Schema"
import * as CommandApi from "../../http/live/CommandApi.ts"
import { Nothing, Position, Positioned } from "../../http/server/ApiContract.ts"
import { OptionId, PollOptions, Polls, PollText, voteOf } from "./Poll.ts"

const NewPoll = Schema.Struct({ question: PollText, options: PollOptions })
const PollBody = Schema.Struct({
  pollId: Schema.String,
  ...Position.fields,
  question: Schema.String,
  closed: Schema.Boolean,
  options: Schema.Array(Schema.Struct({ optionId: Schema.String, text: Schema.String, votes: Schema.NonNegativeInt })),
  yourVote: Schema.NullOr(Schema.String)
})
const Vote = Schema.Struct({ optionId: Schema.String })

const pollId = HttpApiSchema.param("pollId", Schema.String)

export const group = HttpApiGroup.make("polls")
  .add(
    HttpApiEndpoint.post("createPoll", "/api/polls")
      .setPayload(NewPoll)
      .addSuccess(Positioned({ pollId: Schema.String }), { status: 201 })
  )
  .add(HttpApiEndpoint.get("getPoll")`/api/polls/${pollId}`.addSuccess(PollBody))
  .add(
    HttpApiEndpoint.put("castVote")`/api/polls/${pollId}/vote`
      .setPayload(Vote)
      .addSuccess(Position)
      .annotate(OpenApi.Override, { security: [{ session: [] }] })
  )
  .add(HttpApiEndpoint.post("closePoll")`/api/polls/${pollId}/close`.setPayload(Nothing).addSuccess(Position))

export const api = CommandApi.layer(group, Polls, ({ create, execute, read }) => ({
  createPoll: create("pollId", ({ actor, body: { options, question }, newId }) => [
    {
      _tag: "CreatePoll",
      owner: actor?.visitorId ?? null,
      question,
      options: options.map((text) => ({ optionId: OptionId.make(newId(), true), text }))
    }
  ]),
  getPoll: read(({ id, sequence, state, version }, actor) => ({
    pollId: id,
    version,
    sequence,
    question: state.question,
    closed: state.closed,
    options: state.options,
    yourVote: voteOf(state, actor)?.optionId ?? null
  })),
  castVote: execute(({ actor, body: { optionId } }) => ({ _tag: "CastVote", voter: actor, optionId })),
  closePoll: execute(() => ({ _tag: "ClosePoll" }))
}))
