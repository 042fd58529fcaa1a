/** The parts of a request. Texts are latin1, a character per byte; `{name}` is an existing id. */
export interface Piece {
  readonly method: string
  readonly target: string
  readonly headers: ReadonlyArray<readonly [name: string, value: string]>
  readonly body: string
  readonly framing: Framing
}

export const framings = [
  "exact",
  "chunked",
  "none",
  "short",
  "long",
  "negative",
  "huge",
  "twice",
  "both",
  "bad chunk"
] as const
export type Framing = (typeof framings)[number]

export const utf8 = (text: string) => Buffer.from(text).toString("latin1")
export const chunk = (body: string) => `${body.length.toString(16)}\r\n${body}\r\n`
const lengthOf = (length: string | number) => `Content-Length: ${length}\r\n`
const framed: Record<Framing, (body: string) => readonly [headers: string, body: string]> = {
  exact: (body) => [lengthOf(body.length), body],
  chunked: (body) => ["Transfer-Encoding: chunked\r\n", `${body === "" ? "" : chunk(body)}0\r\n\r\n`],
  none: (body) => ["", body],
  short: (body) => [lengthOf(body.length >> 1), body],
  long: (body) => [lengthOf(body.length + 7), body],
  negative: (body) => [lengthOf(-1), body],
  huge: (body) => [lengthOf("99999999999999999999999"), body],
  twice: (body) => [lengthOf(body.length) + lengthOf(body.length + 1), body],
  both: (body) => [`Transfer-Encoding: chunked\r\n${lengthOf(3)}`, `${chunk(body)}0\r\n\r\n`],
  "bad chunk": (body) => ["Transfer-Encoding: chunked\r\n", `zz\r\n${body}\r\n0\r\n\r\n`]
}
/** The server waits for more: unless the client ends its side, until the request timeout. */
export const isCutOff = ({ framing }: Piece) => framing === "long"
/**
 * A request with a valid head and a body that violates HTTP. Without need of the body, it may have
 * been handled, and the response is Node's, about the connection, or none.
 */
export const isBroken = ({ body, framing }: Piece) =>
  framing === "short" || framing === "long" || framing === "bad chunk" || (framing === "none" && body !== "")

export const write = ({ body, framing, headers, method, target }: Piece) => {
  const [framingHeaders, framedBody] = framed[framing](body)
  const lines = headers.map(([name, value]) => `${name}: ${value}\r\n`).join("")
  return `${method} ${target} HTTP/1.1\r\n${lines}${framingHeaders}\r\n${framedBody}`
}
