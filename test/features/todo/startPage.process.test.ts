// The start page shows all of a visitor's lists, page by page, including one just created.
import { describe, expect, it } from "vitest"
import { makeClient } from "../../http/client.ts"
import { serverForFile } from "../../http/server.ts"

const server = serverForFile({ COMMAND_RATE_LIMIT: "0" })

const listsIn = (html: string) => [...html.matchAll(/<a href="(\/lists\/[\w-]{22})"/g)].map(([, path]) => path)

describe("start page", { timeout: 60_000 }, () => {
  it("shows each new list immediately and pages through all lists", async () => {
    const client = makeClient(server.url)
    const made: Array<string> = []
    for (let n = 0; n < 210; n++) {
      made.unshift(await client.newList(`"${n}" ${'"'.repeat(490)}`))
      const { text } = await client.get("/")
      expect(listsIn(text)[0]).toBe(made[0])
    }
    const shown: Array<string | undefined> = []
    for (let page = 1; page <= 5; page++) {
      const { text } = await client.get(`/?page=${page}`)
      expect(Buffer.byteLength(text)).toBeLessThan(300_000)
      shown.push(...listsIn(text))
    }
    expect(shown).toEqual(made)
    expect(listsIn((await client.get("/?page=99")).text)).toEqual(made.slice(200))
    for (const page of ["0", "x", "-1"])
      expect(listsIn((await client.get(`/?page=${page}`)).text)).toEqual(made.slice(0, 50))
    expect(Buffer.byteLength((await client.get("/analytics")).text)).toBeLessThan(300_000)
  })

  it("counts a new todo immediately", async () => {
    const client = makeClient(server.url)
    const path = await client.newList("milk")
    for (let n = 2; n <= 20; n++) {
      await client.call(`${path}/todos`, { text: "more" })
      expect((await client.get("/")).text).toContain(`${n} todos`)
    }
  })
})
