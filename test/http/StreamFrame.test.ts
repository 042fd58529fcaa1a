import { gunzipSync } from "node:zlib"
import * as fc from "fast-check"
import { describe, expect, it } from "vitest"
import { acceptsGzip, Frame, GzipStream } from "../../src/http/StreamFrame.ts"

const frames = fc.array(
  fc
    .oneof(fc.string({ maxLength: 20 }), fc.string({ minLength: 250, maxLength: 5000, unit: "grapheme" }))
    .map((it) => new Frame(it)),
  { maxLength: 12 }
)

describe("the gzip stream of shared frames", () => {
  it("law: whichever frames a client was sent, in whatever order, it is one valid gzip file of them", () => {
    fc.assert(
      fc.property(frames, fc.array(fc.nat({ max: 11 }), { maxLength: 30 }), (shared, picks) => {
        const sent = picks.flatMap((index) => shared[index] ?? [])
        const stream = new GzipStream()
        const bytes = Buffer.concat([GzipStream.header, ...sent.map((frame) => stream.take(frame)), stream.end()])
        // Checks the checksum and the size of the trailer too.
        expect(gunzipSync(bytes).equals(Buffer.concat(sent.map(({ plain }) => plain)))).toBe(true)
      })
    )
  })

  it("is smaller where it pays and five bytes longer where it does not", () => {
    const tiny = new Frame(":\n\n")
    expect(tiny.deflated.bytes.length).toBe(tiny.plain.length + 5)
    const large = new Frame(`data: ${"<li class='todo'>milk</li>".repeat(100)}\n\n`)
    expect(large.deflated.bytes.length).toBeLessThan(large.plain.length / 10)
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
