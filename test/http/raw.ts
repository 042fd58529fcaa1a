// Raw HTTP requests, byte for byte, which no client library would send.
import { once } from "node:events"
import { connect } from "node:net"

export interface RawResponse {
  readonly status: number
  /** By lower-case names; a repeated header has several values. */
  readonly headers: ReadonlyMap<string, ReadonlyArray<string>>
  readonly body: string
}

export const parse = (text: string): RawResponse => {
  const end = text.indexOf("\r\n\r\n")
  const [first = "", ...lines] = text.slice(0, end).split("\r\n")
  const headers = new Map<string, Array<string>>()
  for (const line of lines) {
    const colon = line.indexOf(":")
    const name = line.slice(0, colon).toLowerCase()
    headers.set(name, [...(headers.get(name) ?? []), line.slice(colon + 1).trim()])
  }
  return { status: Number(/^HTTP\/1\.1 (\d{3})/.exec(first)?.[1]), headers, body: text.slice(end + 4) }
}

/** Sends lines, an empty one and a body; reads until `enough` or the server closes. */
export const exchange = async (
  url: string,
  lines: ReadonlyArray<string>,
  body = "",
  enough: (text: string) => boolean = () => false
): Promise<RawResponse> => {
  const { hostname, port } = new URL(url)
  const socket = connect(Number(port), hostname)
  let text = ""
  socket.setEncoding("utf8")
  socket.on("data", (part) => {
    text += part
    if (enough(text)) socket.destroy()
  })
  socket.on("error", () => {})
  socket.write(`${lines.join("\r\n")}\r\n\r\n${body}`)
  await once(socket, "close")
  return parse(text)
}
