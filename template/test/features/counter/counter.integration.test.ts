// Counters over HTTP: the form, the live page and the JSON API.
import { serve } from "evenstar/testing"
import { afterAll, describe, expect, it } from "vitest"
import { counter } from "../../../src/features/counter/index.ts"

const server = await serve([counter])
afterAll(server.stop)

/** Creates a counter by the start page's form; returns its page's path. */
const start = async () => {
  const { headers } = await server.client().post("/counters", { name: "Cups of tea" })
  return headers.get("location") ?? ""
}

/** Reads a feed until it contains a text; `then` runs after the first bytes. */
const readUntil = async (path: string, expected: string, then: () => Promise<unknown>) => {
  const abort = new AbortController()
  const { body } = await fetch(`${server.url}${path}`, { signal: abort.signal })
  const reader = body?.pipeThrough(new TextDecoderStream()).getReader()
  let text = (await reader?.read())?.value ?? ""
  await then()
  while (!text.includes(expected)) text += (await reader?.read())?.value ?? expect.fail(`The feed ended: ${text}`)
  abort.abort()
}

describe("the page of a counter", () => {
  it("is found from the start page, and has its name and its count", async () => {
    const client = server.client()
    expect((await client.get("/")).text).toContain("What do you want to count?")
    const page = await client.get(await start())
    expect(page).toMatchObject({ status: 200, text: expect.stringContaining("Cups of tea") })
  })
  it("shows another browser's change", async () => {
    const page = await start()
    await readUntil(`${page}/feed`, '<p id="count" class="count" role="status">1</p>', () =>
      server.client().post(`${page}/up`)
    )
  })
  it("refuses to count below 0, with a message", async () => {
    const page = await start()
    expect(await server.client().post(`${page}/down`)).toMatchObject({
      status: 409,
      text: expect.stringContaining("This counter is at 0 already")
    })
  })
})

describe("the API of counters", () => {
  it("creates one, counts, and shows it", async () => {
    const client = server.client()
    const created = await client.send("POST", "/api/counters", { name: "Cups of tea" })
    expect(created).toMatchObject({ status: 201, json: { version: 1 } })
    const path = created.headers.get("location") ?? ""
    expect(await client.send("POST", `${path}/count`, { by: 1 })).toMatchObject({ status: 200, json: { version: 2 } })
    expect(await client.get(path)).toMatchObject({ status: 200, json: { name: "Cups of tea", count: 1, version: 2 } })
    expect(await client.send("POST", `${path}/count`, { by: 2 })).toMatchObject({
      status: 400,
      json: { code: "VALIDATION_FAILED" }
    })
  })
})
