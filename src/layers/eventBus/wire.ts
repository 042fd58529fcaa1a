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
  events: Schema.optional(Schema.Array(Event)),
  /** No event; earlier releases ignore it. */
  notice: Schema.optional(Schema.Struct({ topic: Schema.String, items: Schema.Array(Schema.Unknown) }))
})
const decodeMessage = Schema.decodeUnknownEither(Schema.parseJson(Message))

/** What a node tells the others that is not stored. */
export interface Notice {
  readonly _tag: "Notice"
  readonly topic: string
  readonly items: ReadonlyArray<unknown>
  readonly from: string
}

export interface Origin {
  readonly log: string
  readonly from: string
}

const envelope = ({ from, log }: Origin) =>
  `{"v":${version},"log":${JSON.stringify(log)},"from":${JSON.stringify(from)}`

const eventText = ({ fields }: StoredEvent) => JSON.stringify(fields)

const headText = (origin: Origin, upTo: Sequence) => `${envelope(origin)},"upTo":${upTo}}`

/**
 * Messages of `begin`, as many texts as fit into `maxBytes`, and `end`. `onTooLarge` gets a text
 * that fits into none, in its place in the order.
 */
const pack = (
  [begin, end]: readonly [begin: string, end: string],
  texts: ReadonlyArray<string>,
  maxBytes: number,
  onTooLarge: (index: number, messages: Array<string>) => void
): ReadonlyArray<string> => {
  const room = maxBytes - Buffer.byteLength(begin) - end.length
  const messages: Array<string> = []
  let packed: Array<string> = []
  let size = 0
  const flush = () => {
    if (packed.length > 0) messages.push(begin + packed.join(",") + end)
    packed = []
    size = 0
  }
  for (const [index, text] of texts.entries()) {
    const bytes = Buffer.byteLength(text) + 1
    if (size + bytes > room) flush()
    if (bytes > room) onTooLarge(index, messages)
    else {
      packed.push(text)
      size += bytes
    }
  }
  flush()
  return messages
}

/**
 * Encodes events of one aggregate in as few messages as fit into `maxBytes`; an oversized event is
 * announced by its head only.
 */
export const encodeMessages = (
  origin: Origin,
  events: ReadonlyArray<StoredEvent>,
  maxBytes: number
): ReadonlyArray<string> =>
  pack([`${envelope(origin)},"events":[`, "]}"], events.map(eventText), maxBytes, (index, messages) => {
    const event = events[index]
    if (event !== undefined) messages.push(headText(origin, event.sequence))
  })

/** Encodes a notice in as few messages as fit into `maxBytes`; an oversized item is left out. */
export const encodeNotice = (
  origin: Origin,
  topic: string,
  items: ReadonlyArray<unknown>,
  maxBytes: number
): ReadonlyArray<string> => {
  const begin = `${envelope(origin)},"notice":{"topic":${JSON.stringify(topic)},"items":[`
  const texts = items.map((item) => JSON.stringify(item))
  return pack([begin, "]}}"], texts, maxBytes, () => {})
}

/** Decodes another node's message about the same log; undefined for any other. */
export const decodeBusMessage = (
  origin: Origin,
  text: string
): ReadonlyArray<StoredEvent> | HeadAdvanced | Notice | undefined => {
  // Skips own messages, which some buses echo.
  if (text.startsWith(envelope(origin))) return undefined
  const { from, log } = origin
  const decoded = decodeMessage(text)
  if (Either.isLeft(decoded)) return undefined
  const message = decoded.right
  if (message.log !== log || message.from === from) return undefined
  if (message.events !== undefined) return message.events.map((fields) => new StoredEvent(...fields))
  if (message.notice !== undefined) return { _tag: "Notice", ...message.notice, from: message.from }
  return message.upTo === undefined ? undefined : { _tag: "HeadAdvanced", upTo: message.upTo }
}
