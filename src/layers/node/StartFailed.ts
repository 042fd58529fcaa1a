// A start failure that an operator can fix.
import * as Schema from "effect/Schema"

/** The message is the one line that the operator sees. */
export class StartFailed extends Schema.TaggedError<StartFailed>()("StartFailed", { message: Schema.String }) {}
