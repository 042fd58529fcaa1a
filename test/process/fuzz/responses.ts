import { connect } from "node:net"
import { isBroken, isCutOff, type Piece } from "./wire.ts"

const codes = [
  "VALIDATION_FAILED",
  "UNAUTHENTICATED",
  "FORBIDDEN",
  "NOT_FOUND",
  "CONFLICT",
  "LIST_FULL",
  "PRECONDITION_FAILED",
  "PAYLOAD_TOO_LARGE",
  "METHOD_NOT_ALLOWED",
  "NOT_ACCEPTABLE",
  "UNSUPPORTED_MEDIA_TYPE",
  "IDEMPOTENCY_KEY_REUSED"
]

interface ParsedResponse {
  readonly status: number
  readonly type: string
  readonly setsSession: boolean
  readonly body: string
}

/** The first complete response, and the remaining bytes; undefined while incomplete. */
const take = (
  text: string,
  hasBody: boolean,
  isOver: boolean
): { answer: ParsedResponse; rest: string } | undefined => {
  const end = text.indexOf("\r\n\r\n")
  if (end < 0) return undefined
  const [first = "", ...lines] = text.slice(0, end).split("\r\n")
  const status = Number(/^HTTP\/1\.1 (\d{3})/.exec(first)?.[1])
  const all = new Map<string, string>()
  for (const it of lines) all.set(it.slice(0, it.indexOf(":")).toLowerCase(), it.slice(it.indexOf(":") + 1).trim())
  const rest = text.slice(end + 4)
  const type = all.get("content-type") ?? ""
  const answer = { status, type, setsSession: /^(__Host-)?session-[0-9a-f]{8}=[^;]/.test(all.get("set-cookie") ?? "") }
  if (status < 200) return take(rest, hasBody, isOver)
  if (!hasBody || status === 204 || status === 304) return { answer: { ...answer, body: "" }, rest }
  const length = all.get("content-length")
  // An event stream is endless: its beginning is enough.
  if (type.startsWith("text/event-stream"))
    return rest === "" && !isOver ? undefined : { answer: { ...answer, body: rest }, rest: "" }
  if (length !== undefined) {
    if (rest.length < Number(length)) return undefined
    return { answer: { ...answer, body: rest.slice(0, Number(length)) }, rest: rest.slice(Number(length)) }
  }
  if (all.get("transfer-encoding") === "chunked") {
    const last = rest.indexOf("0\r\n\r\n")
    return last < 0 ? undefined : { answer: { ...answer, body: rest.slice(0, last) }, rest: rest.slice(last + 5) }
  }
  return isOver ? { answer: { ...answer, body: rest }, rest: "" } : undefined
}
const takeAll = (text: string, hasBody: boolean): ReadonlyArray<ParsedResponse> => {
  const next = take(text, hasBody, true)
  return next === undefined ? [] : [next.answer, ...takeAll(next.rest, true)]
}

/**
 * Milliseconds without a response after which a client ends its side, and then reports a missing
 * response. Node drops responses after such an end, so a complete request waits as long as sixty
 * others may take.
 */
const idleLimit = (request: Piece) => (isBroken(request) || request.method === "CONNECT" ? 1000 : 15_000)
const responseLimit = 20_000

/** Sends a request's bytes on a connection of its own; pipelined garbage gets several responses. */
export const exchange = (port: number, request: Piece, text: string) =>
  new Promise<ReadonlyArray<ParsedResponse>>((resolve, reject) => {
    const socket = connect({ port, host: "127.0.0.1", allowHalfOpen: true })
    const parts: Array<Buffer> = []
    const hasBody = request.method !== "HEAD"
    const soFar = () => Buffer.concat(parts).toString("latin1")
    const hurry = setTimeout(() => socket.end(), idleLimit(request))
    const hang = setTimeout(() => {
      socket.destroy()
      reject(new Error(`Neither an answer nor an end within ${responseLimit} ms: ${JSON.stringify(text)}`))
    }, responseLimit)
    socket.on("error", () => {})
    socket.on("data", (part) => {
      parts.push(part)
      // Complete: responses to the remaining bytes arrive before the client's end.
      if (take(soFar(), hasBody, false) !== undefined) socket.end()
      if (/\r\ncontent-type: text\/event-stream/i.test(soFar())) socket.destroy()
    })
    socket.on("end", () => socket.end())
    socket.on("close", () => {
      clearTimeout(hurry)
      clearTimeout(hang)
      resolve(takeAll(soFar(), hasBody))
    })
    socket.write(Buffer.from(text, "latin1"), () => {
      if (isCutOff(request)) socket.end()
    })
  })

const problem = (body: string): unknown => {
  const { code, status } = JSON.parse(body)
  return codes.includes(code) ? status : `an unknown code: ${code}`
}
/** Node's own response to a malformed request: a bare status line. */
const isStatusOnly = ({ body, status, type }: ParsedResponse) =>
  type === "" && body === "" && [400, 408, 417, 431].includes(status)
const leakedInternals =
  /\n\s+at |node_modules|\/work\/|file:\/\/|\.tsx?:\d|[/\\]src[/\\]|SQLITE|SqlError|ParseError|TypeError|RangeError/

/** What is wrong with the response to a request; empty if correct. */
export const problemsOf = ({ method, target }: Piece, answer: ParsedResponse): ReadonlyArray<string> => {
  const { body, status, type } = answer
  const found: Array<string> = []
  if (!(status >= 200 && status < 500)) found.push(`the status ${status}`)
  // The browser's files are source text, which may mention a TypeError.
  const isFile = status === 200 && type.startsWith("text/javascript")
  if (!isFile && leakedInternals.test(body)) found.push(`inner workings: ${leakedInternals.exec(body)?.[0]}`)
  if (isStatusOnly(answer) || method === "HEAD" || status === 204) return found
  const path = target.replace(/^[a-z][a-z\d+.-]*:\/\/[^/?#]*/i, "")
  const isApi = /^\/api(\/|\?|$)/.test(path)
  if (status >= 400 && isApi) {
    if (type !== "application/problem+json") found.push(`a problem as ${type}`)
    else if (problem(body) !== status) found.push(`a problem of ${problem(body)}`)
  } else if (status >= 400) {
    if (type !== "text/html; charset=utf-8") found.push(`an error as ${type}`)
  } else if (isApi) {
    if (type !== "application/json") found.push(`an API's answer as ${type}`)
  } else if (
    status === 200 &&
    !/^(\/static\/|\/health|\/metrics|\/events|\/lists\/[^/]*\/feed|\/analytics\/feed)/.test(path)
  ) {
    if (type !== "text/html; charset=utf-8") found.push(`a page as ${type}`)
  }
  return found
}
