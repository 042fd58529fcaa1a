// Decodes and changes session data stored as JSON text.
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Exit from "effect/Exit"
import * as Option from "effect/Option"
import type { SessionKey } from "../../domain/Session.ts"

/** Decodes a key's JSON text; none if missing or invalid. */
export const decodeData = <A>(key: SessionKey<A>, text: string | undefined) => {
  const decoded = text === undefined ? undefined : key.decode(text)
  return {
    value: decoded === undefined ? Option.none() : Either.getRight(decoded),
    isBroken: decoded !== undefined && Either.isLeft(decoded)
  }
}

/** The new JSON text. An exception of `change` is a defect of the caller. */
export const changeData = <A>(
  key: SessionKey<A>,
  before: Option.Option<A>,
  change: (before: Option.Option<A>) => Option.Option<A>
): Exit.Exit<string | undefined> =>
  Either.match(
    Either.try(() => Option.getOrUndefined(Option.map(change(before), key.encode))),
    { onLeft: (error) => Exit.die(error), onRight: Exit.succeed }
  )

/** Logs only the key: the value is private. */
export const logDropped = ({ name }: Pick<SessionKey<never>, "name">) =>
  Effect.logWarning(`The session data under ${name} can't be decoded and is deleted`)
