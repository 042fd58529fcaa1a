// The OpenAPI description of streams and of each declared query, derived from declarations alone.
import * as OpenApi from "@effect/platform/OpenApi"
import * as Schema from "effect/Schema"
import { describe, expect, it } from "vitest"
import { todo } from "../../../src/features/todo/index.ts"
import { apiWith, queriesOf } from "../../features/product.ts"

const api = apiWith(todo)

describe("OpenAPI description", () => {
  it("documents a stream's reset beyond the log's head", () => {
    for (const word of ["event: reset", "beyond-head", "other-log", "Evenstar-Log-Id"]) {
      expect(OpenApi.fromApi(api).info.description).toContain(word)
    }
  })

  it("documents each query's parameters and result", () => {
    const described = Schema.decodeUnknownSync(
      Schema.Record({
        key: Schema.String,
        value: Schema.Struct({
          get: Schema.optional(
            Schema.Struct({
              parameters: Schema.Array(
                Schema.Struct({ name: Schema.String, in: Schema.String, required: Schema.Boolean })
              ),
              responses: Schema.Record({ key: Schema.String, value: Schema.Unknown })
            })
          )
        })
      })
    )(OpenApi.fromApi(api).paths)
    const taken = queriesOf([todo]).map(({ name }) => {
      const { parameters = [], responses = {} } = described[`/api/analytics/${name}`]?.get ?? {}
      expect(Object.keys(responses)).toEqual(expect.arrayContaining(["200", "400", "404", "503", "504"]))
      expect(JSON.stringify(responses["200"])).toContain('"rows"')
      expect(parameters.every((it) => it.in === "query" && !it.required)).toBe(true)
      return [name, parameters.map((it) => it.name).join(" ")]
    })
    expect(taken).toEqual([
      ["daily_counts", "from to listId"],
      ["completion_funnel", "from to listId"],
      ["time_to_complete", "from to listId"],
      ["active_lists", "from to"],
      ["busiest_hours", "from to listId"],
      ["event_rate", ""]
    ])
  })
})
