// The blocks of a stream of server-sent events (WHATWG HTML, "Server-sent events"), as text: the tabs have parsers of their own.

export interface Block {
  /** Its lines as they came, the empty line at its end included. */
  readonly text: string
  readonly event: string
  readonly data: string
  readonly id: string | undefined
}

const blockOf = (lines: ReadonlyArray<string>): Block => {
  let event = ""
  let id: string | undefined
  const data: Array<string> = []
  for (const line of lines) {
    // `s`: U+2028 in a text is no end of a line here.
    const [, name, value = ""] = /^([^:]+)(?:: ?(.*))?$/s.exec(line) ?? []
    if (name === "event") event = value
    else if (name === "id") id = value
    else if (name === "data") data.push(value)
  }
  return { text: `${lines.join("\n")}\n\n`, event, data: data.join("\n"), id }
}

/** Until the body ends, or fails. */
export async function* blocksOf(body: ReadableStream<Uint8Array>, onBytes: () => void): AsyncGenerator<Block> {
  const reader = body.getReader()
  const decoder = new TextDecoder()
  const lines: Array<string> = []
  let rest = ""
  for (;;) {
    const { done, value } = await reader.read()
    if (done) return
    onBytes()
    const parts = (rest + decoder.decode(value, { stream: true })).split("\n")
    rest = parts.pop() ?? ""
    for (const line of parts) {
      if (line !== "") {
        // A comment is no reason for a block.
        if (!line.startsWith(":")) lines.push(line)
      } else if (lines.length > 0) yield blockOf(lines.splice(0))
    }
  }
}
