// The Poll aggregate: a visitor has one vote and may change it; the owner closes the poll.
import * as Context from "effect/Context"
import * as Either from "effect/Either"
import * as Layer from "effect/Layer"
import * as Schema from "effect/Schema"
import { type Actor, owns } from "../../domain/Account.ts"
import * as Aggregate from "../../domain/Aggregate.ts"
import { VisitorId } from "../../domain/StoredEvent.ts"
import * as Text from "../../domain/Text.ts"
import * as AggregateStore from "../../layers/aggregates/AggregateStore.ts"

export const maxLength = 200
export const options = { least: 2, most: 10 }

/** 128 random bits in base64url; a secret, because knowing it grants access. */
export const PollId = Schema.String.pipe(Schema.pattern(/^[A-Za-z0-9_-]{22}$/), Schema.brand("PollId"))
export type PollId = typeof PollId.Type
export const OptionId = Schema.UUID.pipe(Schema.brand("OptionId"))
export type OptionId = typeof OptionId.Type

/** The text of a question or an option. */
export const PollText = Text.readable(maxLength).annotations(Text.readableJsonSchema(maxLength))
/** Options must be distinct: voters could not tell two equal ones apart. */
export const PollOptions = Schema.Array(PollText).pipe(
  Schema.minItems(options.least, { message: () => `A poll has at least ${options.least} options` }),
  Schema.maxItems(options.most, { message: () => `A poll has at most ${options.most} options` }),
  Schema.filter((texts) => new Set(texts).size === texts.length, {
    message: () => "The options must be different",
    jsonSchema: { uniqueItems: true }
  })
)

const Option = Schema.Struct({ optionId: OptionId, text: Schema.String })
const PollCreated = Schema.TaggedStruct("PollCreated", {
  visitorId: Schema.NullOr(VisitorId),
  question: Schema.String,
  options: Schema.Array(Option)
})
const VoteCast = Schema.TaggedStruct("VoteCast", { visitorId: VisitorId, optionId: OptionId })
const PollClosed = Schema.TaggedStruct("PollClosed", {})
export const PollEvent = Schema.Union(PollCreated, VoteCast, PollClosed)
export type PollEvent = typeof PollEvent.Type

export const Poll = Schema.Struct({
  exists: Schema.Boolean,
  owner: Schema.NullOr(VisitorId),
  question: Schema.String,
  closed: Schema.Boolean,
  options: Schema.Array(Schema.Struct({ ...Option.fields, votes: Schema.NonNegativeInt })),
  /** Votes by visitor. */
  votes: Schema.ReadonlyMap({ key: VisitorId, value: OptionId })
})
export type Poll = typeof Poll.Type

export type Command =
  | {
      readonly _tag: "CreatePoll"
      readonly owner: VisitorId | null
      readonly question: string
      readonly options: ReadonlyArray<typeof Option.Type>
    }
  | { readonly _tag: "CastVote"; readonly voter: Actor | null; readonly optionId: string }
  | { readonly _tag: "ClosePoll" }

export class PollNotFound extends Schema.TaggedError<PollNotFound>()("PollNotFound", {}) {
  readonly kind = "not-found"
  override get message() {
    return "There is no such poll"
  }
}
export class OptionNotFound extends Schema.TaggedError<OptionNotFound>()("OptionNotFound", {}) {
  readonly kind = "invalid"
  override get message() {
    return "There is no such option in this poll"
  }
}
export class PollIsClosed extends Schema.TaggedError<PollIsClosed>()("PollIsClosed", {}) {
  readonly kind = "conflict"
  readonly code = "POLL_CLOSED"
  override get message() {
    return "This poll is closed: no more votes are counted"
  }
}
export class NotTheOwner extends Schema.TaggedError<NotTheOwner>()("NotTheOwner", {}) {
  readonly kind = "forbidden"
  override get message() {
    return "Only the owner of this poll may close it"
  }
}
export class NoVoter extends Schema.TaggedError<NoVoter>()("NoVoter", {}) {
  readonly kind = "unauthenticated"
  override get message() {
    return "A vote needs a session"
  }
}
export type PollRefusal = PollNotFound | OptionNotFound | PollIsClosed | NotTheOwner | NoVoter

/** The actor's vote and the visitorId, of several, that it was cast with. */
export const voteOf = ({ votes }: Poll, actor: Actor | null) => {
  const visitorId = actor?.visitorIds.find((id) => votes.has(id))
  const optionId = visitorId === undefined ? undefined : votes.get(visitorId)
  return visitorId === undefined || optionId === undefined ? undefined : { visitorId, optionId }
}

const decide = (poll: Poll, command: Command): Either.Either<ReadonlyArray<PollEvent>, PollRefusal> => {
  if (command._tag === "CreatePoll") {
    const { options, owner, question } = command
    return Either.right(poll.exists ? [] : [{ _tag: "PollCreated", visitorId: owner, question, options }])
  }
  if (!poll.exists) return Either.left(new PollNotFound())
  if (command._tag === "ClosePoll") return Either.right(poll.closed ? [] : [{ _tag: "PollClosed" }])
  const { optionId, voter } = command
  if (voter === null) return Either.left(new NoVoter())
  if (poll.closed) return Either.left(new PollIsClosed())
  const option = poll.options.find((it) => it.optionId === optionId)
  if (option === undefined) return Either.left(new OptionNotFound())
  const before = voteOf(poll, voter)
  if (before?.optionId === optionId) return Either.right([])
  const visitorId = before?.visitorId ?? voter.visitorId
  return Either.right([{ _tag: "VoteCast", visitorId, optionId: option.optionId }])
}

const evolve = (poll: Poll, event: PollEvent): Poll => {
  switch (event._tag) {
    case "PollCreated": {
      const options = event.options.map((option) => ({ ...option, votes: 0 }))
      return { ...poll, exists: true, owner: event.visitorId, question: event.question, options }
    }
    case "VoteCast": {
      const before = poll.votes.get(event.visitorId)
      const change = (optionId: OptionId) => Number(optionId === event.optionId) - Number(optionId === before)
      const options = poll.options.map((it) => ({ ...it, votes: Math.max(0, it.votes + change(it.optionId)) }))
      return { ...poll, options, votes: new Map(poll.votes).set(event.visitorId, event.optionId) }
    }
    case "PollClosed":
      return { ...poll, closed: true }
  }
}

export const poll = Aggregate.make({
  type: "Poll",
  idName: "pollId",
  id: PollId,
  events: PollEvent,
  initial: { exists: false, owner: null, question: "", closed: false, options: [], votes: new Map() },
  decide,
  evolve,
  authorize: ({ exists, owner }: Poll, actor, intent: "read" | Command): Either.Either<void, PollRefusal> => {
    if (!exists) return Either.left(new PollNotFound())
    const isOwners = intent !== "read" && intent._tag === "ClosePoll"
    return isOwners && !owns(actor, owner) ? Either.left(new NotTheOwner()) : Either.void
  },
  snapshot: { version: 1, schema: Poll },
  weight: ({ votes }) => votes.size
})

export class Polls extends Context.Tag("polls/Polls")<
  Polls,
  AggregateStore.AggregateStore<PollId, Poll, Command, PollRefusal>
>() {
  static readonly layer = Layer.scoped(Polls, AggregateStore.make(poll))
}
