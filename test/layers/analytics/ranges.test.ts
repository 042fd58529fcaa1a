// Parameters of the stack's own queries, from the subjects that features contribute.
import * as Either from "effect/Either"
import { describe, expect, it } from "vitest"
import { validationFailed } from "../../../src/http/server/Body.ts"
import { stackQueries } from "../../../src/layers/analytics/stackQueries.ts"

const says = (subjects: ReadonlyArray<string>, sent: unknown) =>
  Either.match(stackQueries(subjects).dailyCounts.parse(sent), {
    onLeft: (error) => validationFailed(error).message,
    onRight: ({ params }) => params
  })

describe("subjects of the stack's own queries", () => {
  it("are parameters of which a query accepts one", () => {
    expect(says(["orderId", "bookId"], { orderId: "a" })).toEqual({ orderId: "a" })
    expect(says(["orderId", "bookId"], { bookId: "b", from: "2026-01-01" })).toEqual({
      bookId: "b",
      from: "2026-01-01"
    })
    expect(says(["orderId", "bookId"], { orderId: "a", bookId: "b" })).toBe("orderId and bookId exclude each other")
  })

  it("are absent without features", () => {
    expect(says([], {})).toEqual({})
    expect(says([], { orderId: "a" })).toContain("orderId: is unexpected")
    expect(stackQueries([]).busiestHours.takes).toEqual(["from", "to"])
    expect(stackQueries(["orderId"]).busiestHours.takes).toEqual(["from", "to", "orderId"])
    expect(stackQueries(["orderId"]).eventRate.takes).toEqual([])
  })
})
