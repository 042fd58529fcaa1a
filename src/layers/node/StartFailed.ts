// Why a process can't start, where an operator can do something about it.
import * as Schema from "effect/Schema"

/** The start can't go on: the message is all that the operator needs. */
export class StartFailed extends Schema.TaggedError<StartFailed>()("StartFailed", { message: Schema.String }) {}
