// The decider of polls.
import * as fc from "effect/FastCheck"
import { describe, expect, it } from "vitest"
import { anonymousActor, owns } from "../../../src/domain/Account.ts"
import { VisitorId } from "../../../src/domain/StoredEvent.ts"
import { type Command, OptionId, type PollEvent, poll } from "../../../src/features/polls/Poll.ts"
import { laws } from "../../../src/testing/laws.ts"
import { given } from "../../../src/testing/specification.ts"

const owner = anonymousActor(VisitorId.make("6f9619ff-8b86-4d01-b42d-00cf4fc964ff"))
const guest = anonymousActor(VisitorId.make("7f9619ff-8b86-4d01-b42d-00cf4fc964ff"))
const tea = OptionId.make("00000000-0000-7000-8000-000000000001")
const coffee = OptionId.make("00000000-0000-7000-8000-000000000002")
const created: PollEvent = {
  _tag: "PollCreated",
  visitorId: owner.visitorId,
  question: "Tea or coffee?",
  options: [
    { optionId: tea, text: "Tea" },
    { optionId: coffee, text: "Coffee" }
  ]
}
const voted = (optionId: OptionId, actor = guest): PollEvent => ({
  _tag: "VoteCast",
  visitorId: actor.visitorId,
  optionId
})
const vote = (optionId: string, voter: typeof guest | null = guest): Command => ({ _tag: "CastVote", voter, optionId })
const closed: PollEvent = { _tag: "PollClosed" }

describe("Poll", () => {
  it("counts a vote and its change once", () => {
    given(poll, [created])
      .when(vote(tea))
      .then([voted(tea)])
    given(poll, [created, voted(tea)])
      .when(vote(tea))
      .then([])
    given(poll, [created, voted(tea)])
      .when(vote(coffee))
      .then([voted(coffee)])
    const { options } = [created, voted(tea), voted(coffee), voted(tea, owner)].reduce(poll.evolve, poll.initial)
    expect(options.map(({ votes }) => votes)).toEqual([1, 1])
  })
  it("counts a user's vote once across devices", () => {
    const both = { visitorId: owner.visitorId, visitorIds: [owner.visitorId, guest.visitorId] }
    given(poll, [created, voted(tea)])
      .when(vote(coffee, both))
      .then([voted(coffee)])
  })
  it("refuses a vote without a voter, for no option or after the close", () => {
    given(poll, [created]).when(vote(tea, null)).then("NoVoter")
    given(poll, [created]).when(vote("another")).then("OptionNotFound")
    given(poll, [created, closed]).when(vote(tea)).then("PollIsClosed")
    given(poll, []).when(vote(tea)).then("PollNotFound")
  })
  it("is closed once, by its owner", () => {
    given(poll, [created]).when({ _tag: "ClosePoll" }).then([closed])
    given(poll, [created, closed]).when({ _tag: "ClosePoll" }).then([])
    const state = poll.evolve(poll.initial, created)
    expect(owns(owner, state.owner)).toBe(true)
    expect(poll.authorize(state, guest, { _tag: "ClosePoll" })).toMatchObject({ left: { _tag: "NotTheOwner" } })
    expect(poll.authorize(state, owner, { _tag: "ClosePoll" })).toMatchObject({ _tag: "Right" })
  })
})

describe("laws of polls", () => {
  const command: fc.Arbitrary<Command> = fc.oneof(
    fc.constant<Command>({
      _tag: "CreatePoll",
      owner: owner.visitorId,
      question: "?",
      options: [tea, coffee].map((optionId) => ({ optionId, text: optionId }))
    }),
    fc
      .tuple(fc.constantFrom<string>(tea, coffee, "another"), fc.constantFrom<typeof guest | null>(owner, guest, null))
      .map(([optionId, voter]) => vote(optionId, voter)),
    fc.constant<Command>({ _tag: "ClosePoll" })
  )
  it.each(Object.entries(laws(poll, command)))("%s", (_, law) => law())
})
