// What a session holds under a key, as JSON text: reading and changing it, wherever it is kept.
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Exit from "effect/Exit"
import * as Option from "effect/Option"
import type { SessionKey } from "../../domain/Session.ts"

/** What a key's JSON text says; nothing where there is none, or none that its schema still understands. */
export const decodeData = <A>(key: SessionKey<A>, text: string | undefined) => {
  const decoded = text === undefined ? undefined : key.decode(text)
  return {
    value: decoded === undefined ? Option.none() : Either.getRight(decoded),
    isBroken: decoded !== undefined && Either.isLeft(decoded)
  }
}

/** The text that shall stand there instead. What the caller's `change` throws is a defect of theirs, not the store's. */
export const changeData = <A>(
  key: SessionKey<A>,
  before: Option.Option<A>,
  change: (before: Option.Option<A>) => Option.Option<A>
): Exit.Exit<string | undefined> =>
  Either.match(
    Either.try(() => Option.getOrUndefined(Option.map(change(before), key.encode))),
    { onLeft: (error) => Exit.die(error), onRight: Exit.succeed }
  )

/** The key and nothing else: the value is its owner's. */
export const logDropped = ({ name }: Pick<SessionKey<never>, "name">) =>
  Effect.logWarning(`What a session keeps under ${name} can't be read any more: it is dropped`)
