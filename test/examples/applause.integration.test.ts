// The README's feature as an application of its own: its page and its feed.
import { serve } from "evenstar/testing"
import { afterAll, expect, it } from "vitest"
import { applause } from "../../examples/applause.tsx"

const server = await serve([applause])
afterAll(server.stop)

/** Reads a stream until it contains the text. */
const streamed = async (path: string, expected: string, then: () => Promise<unknown>) => {
  const abort = new AbortController()
  const response = await fetch(`${server.url}${path}`, { signal: abort.signal })
  const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader()
  await then()
  let text = ""
  while (!text.includes(expected)) text += (await reader?.read())?.value ?? expect.fail(`The stream ended: ${text}`)
  abort.abort()
}

it("creates a stage from the start page's form and shows each clap live", async () => {
  const [owner, guest] = [server.client(), server.client()]
  expect((await owner.get("/")).text).toContain("Open a stage")
  const opened = await owner.post("/stages", { act: "The Doors" })
  expect(opened.status).toBe(303)
  const page = opened.headers.get("location") ?? ""
  expect((await guest.get(page)).text).toContain("The Doors: 0 claps")
  await streamed(`${page}/feed`, "The Doors: 2 claps", async () => {
    await guest.post(`${page}/clap`)
    await owner.post(`${page}/clap`)
  })
  expect((await guest.get("/stages/none")).status).toBe(404)
})
