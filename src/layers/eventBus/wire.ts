// Events as the messages of a bus between machines. Whatever else comes that way, from another version, another log or from nobody we know, is
// no message.
import * as Either from "effect/Either"
import * as Schema from "effect/Schema"
import { EventId, Sequence, StoredEvent, Version } from "../../domain/StoredEvent.ts"
import type { HeadAdvanced } from "./EventBus.ts"

/** Raised when old nodes would misread the new form: they then read the log instead. */
const version = 1

const Event = Schema.Tuple(
  Sequence,
  EventId,
  Schema.String,
  Schema.String,
  Version,
  Schema.String,
  Schema.Int,
  Schema.String,
  Schema.String,
  Schema.String
)

const Message = Schema.Struct({
  v: Schema.Literal(version),
  /** The log's identity, and the process that says it. */
  log: Schema.String,
  from: Schema.String,
  /** Without events: they are in the log, up to here. */
  upTo: Schema.optional(Sequence),
  events: Schema.optional(Schema.Array(Event))
})
const decodeMessage = Schema.decodeUnknownEither(Schema.parseJson(Message))

export interface Origin {
  readonly log: string
  readonly from: string
}

const envelope = ({ from, log }: Origin) =>
  `{"v":${version},"log":${JSON.stringify(log)},"from":${JSON.stringify(from)}`

const eventText = ({ fields }: StoredEvent) => JSON.stringify(fields)

const headText = (origin: Origin, upTo: Sequence) => `${envelope(origin)},"upTo":${upTo}}`

/** One aggregate's events as few messages, none of them longer than `maxBytes`: an event that is longer only rings. */
export const encodeMessages = (
  origin: Origin,
  events: ReadonlyArray<StoredEvent>,
  maxBytes: number
): ReadonlyArray<string> => {
  const begin = `${envelope(origin)},"events":[`
  const room = maxBytes - Buffer.byteLength(begin) - 2
  const messages: Array<string> = []
  let texts: Array<string> = []
  let size = 0
  const flush = () => {
    if (texts.length > 0) messages.push(`${begin}${texts.join(",")}]}`)
    texts = []
    size = 0
  }
  for (const event of events) {
    const text = eventText(event)
    const bytes = Buffer.byteLength(text) + 1
    if (size + bytes > room) flush()
    if (bytes > room) messages.push(headText(origin, event.sequence))
    else {
      texts.push(text)
      size += bytes
    }
  }
  flush()
  return messages
}

/** What another process says of the same log; nothing where it is none of that. */
export const decodeBusMessage = (
  origin: Origin,
  text: string
): ReadonlyArray<StoredEvent> | HeadAdvanced | undefined => {
  // One's own, which some buses bring back, isn't worth reading.
  if (text.startsWith(envelope(origin))) return undefined
  const { from, log } = origin
  const decoded = decodeMessage(text)
  if (Either.isLeft(decoded)) return undefined
  const message = decoded.right
  if (message.log !== log || message.from === from) return undefined
  if (message.events !== undefined) return message.events.map((fields) => new StoredEvent(...fields))
  return message.upTo === undefined ? undefined : { _tag: "HeadAdvanced", upTo: message.upTo }
}
