// Sample things over HTTP: the API, the page and its forms, and the start page.
import { serve } from "evenstar/testing"
import { afterAll, describe, expect, it } from "vitest"
import { sampleThings } from "../../../src/features/sampleThings/index.ts"
import { changed, form, values } from "./values.ts"

const server = await serve([sampleThings])
afterAll(server.stop)

/** A client with a session, and the page of a sample thing that it owns. */
const visitor = async () => {
  const client = server.client()
  const { headers } = await client.post("/sample-things", form)
  return { client, page: headers.get("location") ?? "" }
}

describe("the API of sample things", () => {
  it("creates one, and shows it", async () => {
    const { client } = await visitor()
    const created = await client.send("POST", "/api/sample-things", values)
    expect(created).toMatchObject({ status: 201, json: { version: 1 } })
    const shown = await client.get(created.headers.get("location") ?? "")
    expect(shown).toMatchObject({ status: 200, json: { ...values, closed: false, version: 1 } })
  })
  it("changes and closes it for its owner alone", async () => {
    const [{ client, page }, stranger] = [await visitor(), await visitor()]
    expect((await stranger.client.send("PUT", `/api${page}`, changed)).status).toBe(403)
    expect((await client.send("PUT", `/api${page}`, changed)).status).toBe(200)
    expect((await stranger.client.send("POST", `/api${page}/close`, {})).status).toBe(403)
    expect((await client.send("POST", `/api${page}/close`, {})).status).toBe(200)
    expect(await client.send("PUT", `/api${page}`, changed)).toMatchObject({
      status: 409,
      json: { code: "SAMPLE_THING_CLOSED" }
    })
    expect((await client.get(`/api${page}`)).json).toMatchObject({ ...changed, closed: true, version: 3 })
  })
  it("takes sample lines from all, and removes them for the owner", async () => {
    const [{ client, page }, stranger] = [await visitor(), await visitor()]
    const lines = { sampleLines: ["Third of sample lines"] }
    expect((await stranger.client.send("POST", `/api${page}/sample-lines`, lines)).status).toBe(200)
    expect((await stranger.client.send("POST", `/api${page}/sample-lines/remove`, lines)).status).toBe(403)
    const first = { sampleLines: ["First of sample lines"] }
    expect((await client.send("POST", `/api${page}/sample-lines/remove`, first)).status).toBe(200)
    expect((await client.get(`/api${page}`)).json).toMatchObject({
      sampleLines: ["Second of sample lines", "Third of sample lines"]
    })
  })
  it.each(Object.keys(values))("refuses %s of another type", async (name) => {
    const { client } = await visitor()
    const sent = { ...values, [name]: { not: "that" } }
    expect(await client.send("POST", "/api/sample-things", sent)).toMatchObject({
      status: 400,
      json: { code: "VALIDATION_FAILED" }
    })
  })
})

describe("the page of a sample thing", () => {
  it("is made by a form, listed on its owner's start page, and shown to all who have the address", async () => {
    const { client, page } = await visitor()
    const listed = await client.get("/")
    expect(listed.text).toContain(page)
    expect(listed.text).toContain("First name")
    const stranger = server.client()
    expect((await stranger.get(page)).text).toContain("First name")
    expect((await stranger.get("/")).text).not.toContain(page)
  })
  it("is changed and closed by forms", async () => {
    const { client, page } = await visitor()
    const change = { ...form, sampleName: "Second name" }
    expect((await client.post(`${page}/change`, change)).status).toBe(303)
    expect((await client.get(page)).text).toContain("Second name")
    expect((await client.post(`${page}/close`)).status).toBe(303)
    expect((await client.get(page)).text).toContain("It is closed.")
  })
  it("takes sample lines by a form, without ownership", async () => {
    const { page } = await visitor()
    const guest = server.client()
    expect((await guest.post(`${page}/sample-lines`, { text: "Third of sample lines" })).status).toBe(303)
    expect((await guest.get(page)).text).toContain("Third of sample lines")
    const removal = await guest.post(`${page}/sample-lines/remove`, { line: "Third of sample lines" })
    expect(removal.status).toBe(403)
    expect(removal.text).toContain("Only the owner of this sample thing may do that")
  })
})
