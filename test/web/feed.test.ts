// A feed of the browser's shared stream: each tab reaches its state, whatever arrives meanwhile.
import { describe, expect, it } from "vitest"
import type { Block } from "../../web/worker/blocks.ts"
import { Feed } from "../../web/worker/feed.ts"

const frame = (id: number): Block => ({ text: `${id}`, event: "", data: `state ${id}`, id: `${id}` })
const position = (id: number): Block => ({ ...frame(id), data: "" })

/** A tab and the fragments that it was shown. */
const tabOf = (feed: Feed) => {
  const shown: Array<string> = []
  let isOpen = false
  return {
    shown,
    isOpen: () => isOpen,
    join: (at: string | undefined, next: number) =>
      feed.add(
        (message) => {
          if ("isOpen" in message) isOpen = true
          if ("block" in message) shown.push(message.block)
        },
        at,
        next
      )
  }
}

describe("feed of the shared stream", () => {
  it("sends the full fragment to a tab that joins before the first one has caught up", () => {
    const feed = new Feed()
    const [first, second] = [tabOf(feed), tabOf(feed)]
    first.join("1", 1)
    const firstAsked = feed.from
    expect(firstAsked).toBe("1")
    second.join("1", 2)
    feed.take(undefined, 1, firstAsked)
    feed.take(frame(2), 1, firstAsked)
    expect(first.shown).toEqual(["2"])
    expect(second.isOpen()).toBe(false)
    const secondAsked = feed.from
    expect(secondAsked).toBeUndefined()
    feed.take(undefined, 2, secondAsked)
    feed.take(frame(2), 2, secondAsked)
    expect(second.shown).toEqual(["2"])
  })

  it("asks for later changes where all tabs have the same block, which further tabs join", () => {
    const feed = new Feed()
    const [first, second, third] = [tabOf(feed), tabOf(feed), tabOf(feed)]
    expect(first.join("1", 1)).toBe(true)
    expect(second.join("1", 1)).toBe(true)
    expect(feed.from).toBe("1")
    feed.take(undefined, 1, "1")
    feed.take(position(1), 1, "1")
    expect(third.join("1", 2)).toBe(false)
    feed.take(frame(2), 1, "1")
    expect([first, second, third].map(({ shown }) => shown)).toEqual([["2"], ["2"], ["2"]])
  })

  it("asks for the full fragment where tabs differ or have nothing", () => {
    const feed = new Feed()
    tabOf(feed).join("1", 1)
    tabOf(feed).join("2", 1)
    expect(feed.from).toBeUndefined()
    const other = new Feed()
    tabOf(other).join("1", 1)
    tabOf(other).join(undefined, 1)
    expect(other.from).toBeUndefined()
  })

  it("shows nothing older than the previous stream did", () => {
    const feed = new Feed()
    const [first, second] = [tabOf(feed), tabOf(feed)]
    first.join("1", 1)
    feed.take(undefined, 1, "1")
    second.join("1", 2)
    feed.take(frame(3), 1, "1")
    feed.take(frame(2), 2, "1")
    expect(first.shown).toEqual(["3"])
  })

  it("sends the last presence to a tab that joins, and none of an earlier stream", () => {
    const feed = new Feed()
    const presence: Block = { text: "three", event: "presence", data: "3", id: undefined }
    const [first, second, third] = [tabOf(feed), tabOf(feed), tabOf(feed)]
    first.join(undefined, 1)
    for (const block of [undefined, frame(2), presence]) feed.take(block, 1, undefined)
    second.join("2", 2)
    expect([first.shown, second.shown]).toEqual([["2", "three"], ["three"]])
    feed.close({ isOver: true, status: undefined }, 1)
    third.join("2", 2)
    feed.take(undefined, 2, "2")
    third.join("2", 3)
    expect(third.shown).toEqual([])
  })
})
