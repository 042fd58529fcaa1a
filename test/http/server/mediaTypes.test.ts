// Content negotiation: the media type that an `Accept` header selects, or none.
import { describe, expect, it } from "vitest"
import { chooseMediaType } from "../../../src/http/server/mediaTypes.ts"

const choose = chooseMediaType(["application/json", "text/csv"])
const [json, csv] = ["application/json", "text/csv"]

describe("Accept", () => {
  it.each([
    [undefined, json],
    ["", json],
    ["*/*", json],
    ["*/*;q", json],
    ["*/*;q=", json],
    ["*/*;q=0.1", json],
    ["text/csv", csv],
    ["TEXT/CSV", csv],
    ["text/*", csv],
    ["text/csv;charset=utf-8", csv],
    ["text/csv;q", csv],
    ["text/csv; q = 1, */*", csv],
    ["text/csv, */*;q=0.1", csv],
    ["text/csv, application/json", csv],
    ["application/json, text/csv", json],
    ["text/csv;q=0.1, application/json", json],
    ["text/csv;q=0.5, */*;q=0.9", json],
    ["application/json;q=0.5, text/csv;q=0.6", csv],
    ["text/csv;q=0", json],
    ["text/csv;q=0.000, */*", json],
    ["text/*;q=0, */*", json],
    ["text/csv, text/*;q=0", csv],
    ["text/csv, */*;q=0", csv],
    ["application/json;q=0", csv],
    ["application/json;q=0, */*", csv],
    ["application/*;q=0, */*", csv],
    ["text/csvx", json],
    ["text/html", json],
    ["text/html, image/*;q=0.5", json],
    [",,;;==", json],
    ["*/*;q=0", undefined],
    ["text/html, */*;q=0", undefined],
    ["application/json;q=0, text/csv;q=0", undefined],
    ["application/json;q=0, text/csv;q=0, text/html", undefined]
  ])("%s selects %s", (accept, type) => {
    expect(choose(accept)).toBe(type)
    // The second call is memoized.
    expect(choose(accept)).toBe(type)
  })
})
