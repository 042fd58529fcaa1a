// The page over HTTP.
import * as Layer from "effect/Layer"
import * as Feature from "evenstar/http/Feature"
import { serve } from "evenstar/testing"
import { afterAll, expect, it } from "vitest"
import { samplePage } from "../../../src/features/sampleThings/samplePage.tsx"

const server = await serve([Feature.make({ name: "samplePage", services: Layer.empty, routes: samplePage })])
afterAll(server.stop)

it("is public, and begins no session", async () => {
  const { headers, status, text } = await server.client().get("/sample-things/sample-page")
  expect([status, headers.get("set-cookie")]).toEqual([200, null])
  expect(text).toContain("<h2>Sample page</h2>")
})
it("takes no form", async () => {
  expect((await server.client().post("/sample-things/sample-page")).status).toBe(405)
})
