// A strict decoder for chunked bodies (RFC 9112, 7.1): anything malformed fails.

export interface Chunks {
  /** The contents of the chunks received in full. */
  readonly contents: ReadonlyArray<Buffer>
  /** The last chunk has been received. */
  readonly isWhole: boolean
}

export const readChunks = (body: Buffer): Chunks => {
  const contents: Array<Buffer> = []
  for (let at = 0; ; ) {
    const lineEnd = body.indexOf("\r\n", at)
    if (lineEnd < 0) return { contents, isWhole: false }
    const digits = body.toString("latin1", at, lineEnd)
    if (!/^[\da-f]+$/i.test(digits)) throw new Error(`No chunk's size: ${JSON.stringify(digits.slice(0, 100))}`)
    const from = lineEnd + 2
    const to = from + Number.parseInt(digits, 16)
    if (body.length < to + 2) return { contents, isWhole: false }
    if (body.toString("latin1", to, to + 2) !== "\r\n") throw new Error(`A chunk of ${digits} does not end there`)
    at = to + 2
    if (to > from) contents.push(body.subarray(from, to))
    else if (at === body.length) return { contents, isWhole: true }
    else throw new Error("Something comes after the last chunk")
  }
}
