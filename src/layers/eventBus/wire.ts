// Wire format of bus messages between nodes. Messages of another version, another log or unknown
// form are ignored.
import * as Either from "effect/Either"
import * as Schema from "effect/Schema"
import { EventId, Sequence, StoredEvent, Version } from "../../domain/StoredEvent.ts"
import type { HeadAdvanced } from "./EventBus.ts"

/** Raise when old nodes would misread the format; they then read the log. */
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
  /** The logId and the sending instance. */
  log: Schema.String,
  from: Schema.String,
  /** A new head without its events. */
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

/**
 * Encodes events of one aggregate in as few messages as fit into `maxBytes`; an oversized event is
 * announced by its head only.
 */
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

/** Decodes another node's message about the same log; undefined for any other. */
export const decodeBusMessage = (
  origin: Origin,
  text: string
): ReadonlyArray<StoredEvent> | HeadAdvanced | undefined => {
  // Skips own messages, which some buses echo.
  if (text.startsWith(envelope(origin))) return undefined
  const { from, log } = origin
  const decoded = decodeMessage(text)
  if (Either.isLeft(decoded)) return undefined
  const message = decoded.right
  if (message.log !== log || message.from === from) return undefined
  if (message.events !== undefined) return message.events.map((fields) => new StoredEvent(...fields))
  return message.upTo === undefined ? undefined : { _tag: "HeadAdvanced", upTo: message.upTo }
}
