// Reads and decodes request bodies, with limits on size and a check of the content type.
import { isUtf8 } from "node:buffer"
import type { IncomingMessage } from "node:http"
import * as Either from "effect/Either"
import type { ParseError } from "effect/ParseResult"
import * as Schema from "effect/Schema"
import { isWellFormedThroughout, MalformedText } from "../../domain/Text.ts"
import { PayloadTooLarge, UnsupportedMediaType, ValidationFailed } from "./Errors.ts"
import { validationMessage } from "./validationMessage.ts"

/** Largest accepted body in bytes. */
const limit = 64 * 1024
/**
 * Bytes of a larger body that are drained: a response in mid-upload would be lost to the client.
 */
const drainLimit = 16 * 1024 * 1024

export type ReadError = PayloadTooLarge | ValidationFailed
export type FormError = ReadError | UnsupportedMediaType

type Done = (text: Either.Either<string, ReadError>) => void

/** Accumulates a body; calls `done` once. */
class Reading {
  private readonly chunks: Array<Buffer> = []
  private size = 0
  private isDone = false
  constructor(
    private readonly source: IncomingMessage,
    private readonly done: Done
  ) {}

  take(chunk: Buffer) {
    this.size += chunk.length
    if (this.size <= limit) this.chunks.push(chunk)
    else if (this.size > drainLimit) this.end(Either.left(new PayloadTooLarge({ limit })))
  }
  finish() {
    if (this.size > limit) return this.end(Either.left(new PayloadTooLarge({ limit })))
    const [first = Buffer.alloc(0), ...others] = this.chunks
    const bytes = others.length === 0 ? first : Buffer.concat(this.chunks)
    if (isUtf8(bytes)) this.end(Either.right(bytes.toString()))
    else this.end(Either.left(new ValidationFailed({ message: "The body is not UTF-8" })))
  }
  breakOff() {
    if (!this.source.complete) this.end(Either.left(new ValidationFailed({ message: "The body is incomplete" })))
  }
  private end(text: Either.Either<string, ReadError>) {
    if (this.isDone) return
    this.isDone = true
    this.done(text)
  }
}

/**
 * Reads the body as text from the Node request: the platform's `request.text` costs ten times as
 * much and has no limit.
 */
export const read = (source: IncomingMessage, done: Done) => {
  const reading = new Reading(source, done)
  if (source.destroyed) return reading.breakOff()
  source.on("data", (chunk: Buffer) => reading.take(chunk))
  source.on("end", () => reading.finish())
  source.on("error", () => reading.breakOff())
  source.on("close", () => reading.breakOff())
}

const isOf = ({ headers }: IncomingMessage, mediaType: string) => {
  const given = headers["content-type"]
  return given === mediaType || given?.split(";")[0]?.trim().toLowerCase() === mediaType
}

interface DecodeOptions {
  readonly allowUnknown: boolean
}

export const validationFailed = ({ issue }: ParseError) => new ValidationFailed({ message: validationMessage(issue) })

/** Decodes; the error names the first issue only, because a body may have thousands. */
export const decode = <A, I>(schema: Schema.Schema<A, I>, options?: DecodeOptions) => {
  const run = Schema.decodeUnknownEither(schema, {
    onExcessProperty: options?.allowUnknown === true ? "ignore" : "error"
  })
  return (input: unknown) => Either.mapLeft(run(input), validationFailed)
}

/** A request's body as read by the fast router. */
export interface Sent {
  readonly message: IncomingMessage
  readonly body: Either.Either<string, ReadError>
}

/** Nesting depth of JSON, which bounds recursion. */
const maxDepth = 32

const isDeeper = (value: unknown, levels: number): boolean =>
  typeof value === "object" &&
  value !== null &&
  (levels === 0 || Object.values(value).some((inner) => isDeeper(inner, levels - 1)))

const parse = (text: string): Either.Either<unknown, ValidationFailed> => {
  try {
    // A byte order mark may be ignored (RFC 8259, 8.1): some editors and libraries write one.
    const value: unknown = JSON.parse(text.startsWith("\ufeff") ? text.slice(1) : text)
    if (isDeeper(value, maxDepth)) {
      return Either.left(new ValidationFailed({ message: `The body is nested more than ${maxDepth} levels deep` }))
    }
    // The bytes are valid UTF-8, so lone surrogates and NUL can only come from escapes.
    return text.includes("\\u") && !isWellFormedThroughout(value)
      ? Either.left(new ValidationFailed({ message: new MalformedText().message }))
      : Either.right(value)
  } catch {
    return Either.left(new ValidationFailed({ message: "The body is not JSON" }))
  }
}

/** Decodes a JSON body; unknown fields are refused unless allowed. */
export const json = <A, I>(schema: Schema.Schema<A, I>, options?: DecodeOptions) => {
  const decodeBody = decode(schema, options)
  return ({ body, message }: Sent): Either.Either<A, ReadError | UnsupportedMediaType> =>
    isOf(message, "application/json")
      ? Either.flatMap(Either.flatMap(body, parse), decodeBody)
      : Either.left(new UnsupportedMediaType({ expected: "application/json" }))
}

/** Like `json`, but the body may be empty: generated clients send the content type even then. */
export const jsonOrEmpty = <A, I>(schema: Schema.Schema<A, I>) => {
  const decodeBody = decode(schema)
  const full = json(schema)
  return (sent: Sent) => {
    const isEmpty = Either.isRight(sent.body) && sent.body.right === ""
    const hasNoType = sent.message.headers["content-type"] === undefined
    return isEmpty && (hasNoType || isOf(sent.message, "application/json")) ? decodeBody({}) : full(sent)
  }
}

const formType = "application/x-www-form-urlencoded"

/** Decodes the fields of a form; ignores unknown ones. */
export const form = <A, I>(schema: Schema.Schema<A, I>) => {
  const decodeFields = decode(schema, { allowUnknown: true })
  return ({ body, message }: Sent): Either.Either<A, ReadError | UnsupportedMediaType> =>
    isOf(message, formType)
      ? Either.flatMap(body, (text) => decodeFields(Object.fromEntries(new URLSearchParams(text))))
      : Either.left(new UnsupportedMediaType({ expected: formType }))
}
