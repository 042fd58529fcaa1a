// Declared analytics queries: valid parameters, cache keys and valid rows.
import * as Duration from "effect/Duration"
import * as Either from "effect/Either"
import * as Schema from "effect/Schema"
import * as fc from "fast-check"
import { describe, expect, it } from "vitest"
import * as AnalyticsQuery from "../../src/domain/AnalyticsQuery.ts"

const text = Schema.optionalWith(Schema.String, { exact: true })
const make = (name: string) =>
  AnalyticsQuery.make({
    name,
    params: Schema.Struct({ a: text, b: text, least: Schema.optionalWith(Schema.NumberFromString, { exact: true }) }),
    result: Schema.Struct({ day: Schema.String, count: Schema.NonNegativeInt }),
    dependsOn: ["TodoList"],
    sql: "SELECT 1"
  })
const query = make("query")

const value = fc.oneof(fc.string(), fc.constantFrom('"', "\\", "&", "?", '","b":"'))
const params = fc.record({ a: value, b: value, least: fc.integer() }, { requiredKeys: [] })

describe("query parameters", () => {
  it("have equal keys exactly when they are equal", () => {
    fc.assert(
      fc.property(params, params, (one, other) => {
        const isSame = one.a === other.a && one.b === other.b && one.least === other.least
        expect(query.ask(one).key === query.ask(other).key).toBe(isSame)
        expect(query.ask(one).key).not.toBe(make("query2").ask(one).key)
      })
    )
  })

  it("have the same key in any order and for any caller", () => {
    const asked = query.ask({ least: 2, b: "y", a: "x" })
    expect(query.ask({ a: "x", b: "y", least: 2 }).key).toBe(asked.key)
    expect(Object.entries(asked.params)).toEqual([
      ["a", "x"],
      ["b", "y"],
      ["least", "2"]
    ])
    const parsed = query.parse({ b: "y", least: "2", a: "x" })
    expect(Either.map(parsed, ({ key, params }) => ({ key, params }))).toEqual(
      Either.right({ key: asked.key, params: asked.params })
    )
    // A different spelling of the same number.
    expect(Either.map(query.parse({ least: "02.0" }), ({ key }) => key)).toEqual(
      Either.right(query.ask({ least: 2 }).key)
    )
  })

  it("survive parsing unchanged", () => {
    fc.assert(
      fc.property(params, (asked) => {
        const question = query.ask(asked)
        expect(Either.map(query.parse(question.params), ({ key }) => key)).toEqual(Either.right(question.key))
      })
    )
  })

  it.each([
    [{ c: "1" }, '["c"]'],
    [{ a: ["1", "2"] }, '["a"]'],
    [{ least: "many" }, '["least"]'],
    [{ a: "1", toString: "1" }, '["toString"]'],
    [null, "null"]
  ])("%j are invalid", (sent, named) => {
    expect(Either.mapLeft(query.parse(sent), String)).toEqual(Either.left(expect.stringContaining(named)))
  })

  it("use the query's own refresh interval and time to live, or else the defaults", () => {
    const { columns, minRefreshInterval, staleWhileRevalidate, validFor } = query.ask({})
    expect([Duration.toMillis(minRefreshInterval), validFor, staleWhileRevalidate]).toEqual([1000, undefined, false])
    expect(columns).toEqual(["day", "count"])
    const other = AnalyticsQuery.make({
      name: "other",
      params: Schema.Struct({}),
      result: Schema.Struct({}),
      dependsOn: "everything",
      sql: "",
      validFor: "2 seconds",
      minRefreshInterval: 0,
      staleWhileRevalidate: true
    }).ask({})
    expect(Duration.toMillis(other.validFor ?? 0)).toBe(2000)
    expect(Duration.toMillis(other.minRefreshInterval)).toBe(0)
    expect(other.staleWhileRevalidate).toBe(true)
  })
})

describe("query rows", () => {
  const { check } = query.ask({})

  it("that match the declaration are returned unchanged", () => {
    const rows = [
      { count: 1, day: "x" },
      { day: "y", count: 0 }
    ]
    const checked = check(rows)
    expect(Either.getOrNull(checked)).toBe(rows)
    expect(check([])).toEqual(Either.right([]))
  })

  it.each([
    [[{ day: "x" }]],
    [[{ day: "x", count: -1 }]],
    [[{ day: "x", count: "1" }]],
    [[{ day: null, count: 1 }]],
    [[{ day: "x", count: 1, more: 1 }]],
    [{ day: "x", count: 1 }]
  ])("%j are invalid", (rows) => {
    expect(Either.isLeft(check(rows))).toBe(true)
  })

  it("are decoded from a query result's JSON and from nothing else", () => {
    const answer = { query: "query", params: { a: "x" }, sequence: 3, rows: [{ day: "x", count: 1 }] }
    expect(query.rowsOf(JSON.stringify(answer))).toEqual(answer.rows)
    for (const wrong of [
      { ...answer, query: "other" },
      { ...answer, rows: [{ day: 1 }] },
      { ...answer, sequence: -1 }
    ]) {
      expect(() => query.rowsOf(JSON.stringify(wrong))).toThrow()
    }
  })
})

describe("analytics errors", () => {
  it("have a message with the reason or the remedy", () => {
    expect(new AnalyticsQuery.AnalyticsUnavailable({ reason: "the disk is full" }).message).toBe(
      "Analytics is not available: the disk is full"
    )
    expect(new AnalyticsQuery.QueryTimedOut({ query: "query" }).message).toContain("The query query took too long")
  })
})
