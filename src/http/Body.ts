// Reads and decodes what clients send: bounded in size, checked for its content type, with errors that say what is wrong.

import * as HttpServerRequest from "@effect/platform/HttpServerRequest"
import * as NodeHttpServerRequest from "@effect/platform-node/NodeHttpServerRequest"
import * as Effect from "effect/Effect"
import { ArrayFormatter } from "effect/ParseResult"
import * as Schema from "effect/Schema"
import { PayloadTooLarge, UnsupportedMediaType, ValidationFailed } from "./Errors.ts"

/** Bytes of the largest body that is read. */
const limit = 64 * 1024
/** Bytes of a larger one that are taken and dropped: an answer in the middle of its sending would be lost to the client. */
const drainLimit = 16 * 1024 * 1024

/** The body as text. From the Node request itself: the platform's `request.text` costs ten times as much, and has no limit. */
const read = Effect.flatMap(HttpServerRequest.HttpServerRequest, (request) =>
  Effect.async<string, PayloadTooLarge | ValidationFailed>((resume) => {
    const source = NodeHttpServerRequest.toIncomingMessage(request)
    const chunks: Array<Buffer> = []
    let size = 0
    source.on("data", (chunk: Buffer) => {
      size += chunk.length
      if (size <= limit) chunks.push(chunk)
      else if (size > drainLimit) resume(Effect.fail(new PayloadTooLarge({ limit })))
    })
    source.on("end", () => {
      if (size > limit) return resume(Effect.fail(new PayloadTooLarge({ limit })))
      try {
        resume(Effect.succeed(new TextDecoder("utf-8", { fatal: true }).decode(Buffer.concat(chunks))))
      } catch {
        resume(Effect.fail(new ValidationFailed({ message: "The body is not UTF-8" })))
      }
    })
    source.on("error", () => resume(Effect.fail(new ValidationFailed({ message: "The body broke off" }))))
  })
)

const expect = (mediaType: string) =>
  Effect.flatMap(HttpServerRequest.HttpServerRequest, ({ headers }) =>
    headers["content-type"]?.split(";")[0]?.trim().toLowerCase() === mediaType
      ? Effect.void
      : Effect.fail(new UnsupportedMediaType({ expected: mediaType }))
  )

/** Decodes, with every issue in the error's message: `text: Text must not be empty`. */
export const decode = <A, I>(schema: Schema.Schema<A, I>, options?: { readonly allowUnknown: boolean }) => {
  const run = Schema.decodeUnknown(schema, {
    errors: "all",
    onExcessProperty: options?.allowUnknown === true ? "ignore" : "error"
  })
  return (input: unknown) =>
    Effect.mapError(run(input), (error) => {
      const issues = ArrayFormatter.formatErrorSync(error)
      const message = issues.map((it) => [it.path.join("."), it.message].filter((s) => s !== "").join(": ")).join("; ")
      return new ValidationFailed({ message })
    })
}

/** A JSON body of that shape and no other field. */
export const json = <A, I>(schema: Schema.Schema<A, I>) => {
  const decodeBody = decode(schema)
  return Effect.gen(function* () {
    yield* expect("application/json")
    const text = yield* read
    const value = yield* Effect.try({
      try: (): unknown => JSON.parse(text),
      catch: () => new ValidationFailed({ message: "The body is not JSON" })
    })
    return yield* decodeBody(value)
  })
}

/** As `json`, for commands whose body may be left out. */
export const jsonOrEmpty = <A, I>(schema: Schema.Schema<A, I>) => {
  const decodeBody = decode(schema)
  const full = json(schema)
  return Effect.flatMap(HttpServerRequest.HttpServerRequest, ({ headers }) =>
    headers["content-type"] === undefined && (headers["content-length"] ?? "0") === "0" ? decodeBody({}) : full
  )
}

/** A form's fields. */
export const form = <A, I>(schema: Schema.Schema<A, I>) => {
  const decodeFields = decode(schema, { allowUnknown: true })
  return Effect.gen(function* () {
    yield* expect("application/x-www-form-urlencoded")
    return yield* decodeFields(Object.fromEntries(new URLSearchParams(yield* read)))
  })
}
