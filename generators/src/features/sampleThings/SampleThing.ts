// The aggregate: commands, events, state and refusals, and the pure functions between them.
import * as Context from "effect/Context"
import * as Either from "effect/Either"
import * as Layer from "effect/Layer"
import * as Schema from "effect/Schema"
import { type Actor, owns } from "evenstar/domain/Account"
import * as Aggregate from "evenstar/domain/Aggregate"
import * as Field from "evenstar/domain/Field"
import { VisitorId } from "evenstar/domain/StoredEvent"
import * as AggregateStore from "evenstar/layers/aggregates/AggregateStore"

/** 128 random bits, base64url. Knowing the id grants read access. */
export const SampleThingId = Schema.String.pipe(Schema.pattern(/^[A-Za-z0-9_-]{22}$/), Schema.brand("SampleThingId"))
export type SampleThingId = typeof SampleThingId.Type

/** Fields of requests. Rules may become stricter: stored events are not checked by them. */
export const Details = Schema.Struct({
  sampleName: Field.text,
  sampleText: Field.text,
  sampleInteger: Field.integer,
  sampleNumber: Field.number,
  sampleFlag: Field.flag,
  sampleDay: Field.day
})
export const NewSampleThing = Schema.Struct({
  sampleLines: Field.lines,
  ...Details.fields
})

/** Fields of stored events. A change needs a new schema version with an upcaster. */
const details = {
  sampleName: Schema.String,
  sampleText: Schema.String,
  sampleInteger: Schema.Int,
  sampleNumber: Field.number,
  sampleFlag: Schema.Boolean,
  sampleDay: Schema.String
}
const SampleThingCreated = Schema.TaggedStruct("SampleThingCreated", {
  ...details,
  sampleLines: Schema.Array(Schema.String),
  visitorId: Schema.NullOr(VisitorId)
})
const SampleThingChanged = Schema.TaggedStruct("SampleThingChanged", details)
const SampleLinesAdded = Schema.TaggedStruct("SampleLinesAdded", { sampleLines: Schema.Array(Schema.String) })
const SampleLinesRemoved = Schema.TaggedStruct("SampleLinesRemoved", { sampleLines: Schema.Array(Schema.String) })
const SampleThingClosed = Schema.TaggedStruct("SampleThingClosed", {})
export const SampleThingEvent = Schema.Union(
  // Each schema version of an event type has a golden file.
  SampleThingCreated,
  SampleThingChanged,
  SampleLinesAdded,
  SampleLinesRemoved,
  SampleThingClosed
)
export type SampleThingEvent = typeof SampleThingEvent.Type

export const SampleThing = Schema.Struct({
  exists: Schema.Boolean,
  owner: Schema.NullOr(VisitorId),
  ...details,
  sampleLines: Schema.Array(Schema.String),
  closed: Schema.Boolean
})
export type SampleThing = typeof SampleThing.Type

export type Command =
  | {
      readonly _tag: "CreateSampleThing"
      readonly owner: VisitorId | null
      readonly values: typeof NewSampleThing.Type
    }
  | { readonly _tag: "ChangeSampleThing"; readonly details: typeof Details.Type }
  | { readonly _tag: "AddSampleLines"; readonly sampleLines: ReadonlyArray<string> }
  | { readonly _tag: "RemoveSampleLines"; readonly sampleLines: ReadonlyArray<string> }
  | { readonly _tag: "CloseSampleThing" }

export class SampleThingNotFound extends Schema.TaggedError<SampleThingNotFound>()("SampleThingNotFound", {}) {
  readonly kind = "not-found"
  override get message() {
    return "There is no such sample thing"
  }
}
export class SampleThingIsClosed extends Schema.TaggedError<SampleThingIsClosed>()("SampleThingIsClosed", {}) {
  readonly kind = "conflict"
  readonly code = "SAMPLE_THING_CLOSED"
  override get message() {
    return "This sample thing is closed"
  }
}
export class NotTheOwner extends Schema.TaggedError<NotTheOwner>()("NotTheOwner", {}) {
  readonly kind = "forbidden"
  override get message() {
    return "Only the owner of this sample thing may do that"
  }
}
export class TooManySampleLines extends Schema.TaggedError<TooManySampleLines>()("TooManySampleLines", {}) {
  readonly kind = "conflict"
  readonly code = "TOO_MANY_SAMPLE_LINES"
  override get message() {
    return `Sample lines: there may be at most ${Field.maxLines}`
  }
}
export type SampleThingRefusal =
  | SampleThingNotFound
  // Each refusal's `kind` determines the HTTP status.
  | SampleThingIsClosed
  | NotTheOwner
  | TooManySampleLines

const isSame = Schema.equivalence(Schema.Struct(details))

const decide = (
  sampleThing: SampleThing,
  command: Command
): Either.Either<ReadonlyArray<SampleThingEvent>, SampleThingRefusal> => {
  if (command._tag === "CreateSampleThing") {
    const { owner, values } = command
    return Either.right(sampleThing.exists ? [] : [{ _tag: "SampleThingCreated", ...values, visitorId: owner }])
  }
  if (!sampleThing.exists) return Either.left(new SampleThingNotFound())
  if (command._tag === "CloseSampleThing") {
    return Either.right(sampleThing.closed ? [] : [{ _tag: "SampleThingClosed" }])
  }
  if (sampleThing.closed) return Either.left(new SampleThingIsClosed())
  switch (command._tag) {
    case "ChangeSampleThing": {
      const isUnchanged = isSame(command.details, sampleThing)
      return Either.right(isUnchanged ? [] : [{ _tag: "SampleThingChanged", ...command.details }])
    }
    case "AddSampleLines": {
      const { sampleLines } = command
      if (sampleLines.length === 0) return Either.right([])
      const isTooMany = sampleThing.sampleLines.length + sampleLines.length > Field.maxLines
      return isTooMany
        ? Either.left(new TooManySampleLines())
        : Either.right([{ _tag: "SampleLinesAdded", sampleLines }])
    }
    case "RemoveSampleLines": {
      const sampleLines = command.sampleLines.filter((line) => sampleThing.sampleLines.includes(line))
      return Either.right(sampleLines.length === 0 ? [] : [{ _tag: "SampleLinesRemoved", sampleLines }])
    }
  }
}

const evolve = (sampleThing: SampleThing, event: SampleThingEvent): SampleThing => {
  switch (event._tag) {
    case "SampleThingCreated": {
      const { _tag, visitorId, ...values } = event
      return { ...sampleThing, ...values, exists: true, owner: visitorId }
    }
    case "SampleThingChanged": {
      const { _tag, ...values } = event
      return { ...sampleThing, ...values }
    }
    case "SampleLinesAdded":
      return { ...sampleThing, sampleLines: [...sampleThing.sampleLines, ...event.sampleLines] }
    case "SampleLinesRemoved":
      return {
        ...sampleThing,
        sampleLines: sampleThing.sampleLines.filter((line) => !event.sampleLines.includes(line))
      }
    case "SampleThingClosed":
      return { ...sampleThing, closed: true }
  }
}

/** Commands that need no ownership, only the id. */
const openToAll: ReadonlyArray<Command["_tag"]> = [
  // All other commands are for the owner.
  "AddSampleLines",
  "CreateSampleThing"
]

export const sampleThing = Aggregate.make({
  type: "SampleThing",
  idName: "sampleThingId",
  id: SampleThingId,
  events: SampleThingEvent,
  initial: {
    exists: false,
    owner: null,
    sampleName: "",
    sampleText: "",
    sampleLines: [],
    sampleInteger: 0,
    sampleNumber: 0,
    sampleFlag: false,
    sampleDay: "",
    closed: false
  },
  decide,
  evolve,
  authorize: (
    { exists, owner }: SampleThing,
    actor: Actor | null,
    intent: "read" | Command
  ): Either.Either<void, SampleThingRefusal> => {
    if (!exists) return Either.left(new SampleThingNotFound())
    const isAllowed = intent === "read" || openToAll.includes(intent._tag) || owns(actor, owner)
    return isAllowed ? Either.void : Either.left(new NotTheOwner())
  },
  snapshot: { version: 1, schema: SampleThing },
  weight: Field.weight
})

export class SampleThings extends Context.Tag("sampleThings/SampleThings")<
  SampleThings,
  AggregateStore.AggregateStore<SampleThingId, SampleThing, Command, SampleThingRefusal>
>() {
  static readonly layer = Layer.scoped(SampleThings, AggregateStore.make(sampleThing))
}
