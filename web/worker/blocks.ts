// Splits a server-sent event stream (WHATWG HTML, "Server-sent events") into blocks of text.

export interface Block {
  /** The lines as received, including the blank line. */
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
    // `s` flag: U+2028 is no line terminator in SSE.
    const [, name, value = ""] = /^([^:]+)(?:: ?(.*))?$/s.exec(line) ?? []
    if (name === "event") event = value
    else if (name === "id") id = value
    else if (name === "data") data.push(value)
  }
  return { text: `${lines.join("\n")}\n\n`, event, data: data.join("\n"), id }
}

/** Yields blocks until the body ends; throws if it fails. */
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
        // Comments don't form blocks.
        if (!line.startsWith(":")) lines.push(line)
      } else if (lines.length > 0) yield blockOf(lines.splice(0))
    }
  }
}
