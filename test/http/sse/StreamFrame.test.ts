import { gunzipSync } from "node:zlib"
import * as fc from "fast-check"
import { describe, expect, it } from "vitest"
import { lastChunk } from "../../../src/http/sse/Chunk.ts"
import { acceptsGzip, Frame, GzipStream } from "../../../src/http/sse/StreamFrame.ts"
import { readChunks } from "../chunks.ts"

const frames = fc.array(
  fc
    .oneof(fc.string({ maxLength: 20 }), fc.string({ minLength: 250, maxLength: 5000, unit: "grapheme" }))
    .map((it) => new Frame(it)),
  { maxLength: 12 }
)

describe("gzip stream of shared frames", () => {
  it("law: any sequence of frames is one valid gzip file of their contents", () => {
    fc.assert(
      fc.property(frames, fc.array(fc.nat({ max: 11 }), { maxLength: 30 }), (shared, picks) => {
        const sent = picks.flatMap((index) => shared[index] ?? [])
        const stream = new GzipStream()
        const chunks = [GzipStream.header, ...sent.map((frame) => stream.take(frame)), stream.end()]
        const plain = Buffer.concat(sent.map(({ plain }) => plain.content))
        // Also checks the trailer's checksum and size.
        expect(gunzipSync(Buffer.concat(chunks.map(({ content }) => content))).equals(plain)).toBe(true)
        // The same over HTTP/1.1, whose chunked body empty frames do not end.
        const framed = Buffer.concat([...chunks.map(({ framed }) => framed), lastChunk])
        const { contents, isWhole } = readChunks(framed)
        expect([gunzipSync(Buffer.concat(contents)).equals(plain), isWhole]).toEqual([true, true])
      })
    )
  })

  it("law: each frame ends with an empty stored block (flush), for which some readers wait", () => {
    fc.assert(
      fc.property(frames, (shared) => {
        for (const { deflated, plain } of shared) {
          const end = deflated.chunk.content.subarray(-5).toString("hex")
          expect(plain.size === 0 ? end : end.slice(2)).toBe(plain.size === 0 ? "" : "0000ffff")
        }
      })
    )
  })

  it("compresses when it pays and adds at most ten bytes otherwise", () => {
    const tiny = new Frame(":\n")
    expect(tiny.deflated.chunk.size).toBe(tiny.plain.size + 10)
    const large = new Frame(`data: ${"<li class='todo'>milk</li>".repeat(100)}\n\n`)
    expect(large.deflated.chunk.size).toBeLessThan(large.plain.size / 10)
  })

  it.each([
    [undefined, false],
    ["", false],
    ["br", false],
    ["gzip", true],
    ["gzip, deflate, br, zstd", true],
    ["br;q=1.0, GZIP;q=0.5", true],
    ["gzip;q=0", false],
    ["gzip;q=0.000, identity", false],
    ["x-gzip-like", false]
  ])("Accept-Encoding %j: %j", (header, expected) => {
    expect(acceptsGzip(header)).toBe(expected)
  })
})
