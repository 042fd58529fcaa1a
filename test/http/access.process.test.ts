// List access levels: pages, feeds and API, and feeds that are already open.
import { describe, expect, it } from "vitest"
import { makeClient } from "./client.ts"
import { serverForFile } from "./server.ts"

const server = serverForFile()

const client = () => makeClient(server.url)
const reads = (path: string) => [path, `${path}/feed`, `/api${path}`]

const statusOf = async (path: string, cookie?: string) => {
  const abort = new AbortController()
  const headers: Record<string, string> = cookie === undefined ? {} : { cookie }
  const { status } = await fetch(`${server.url}${path}`, { headers, signal: abort.signal })
  abort.abort()
  return status
}
const statuses = (paths: ReadonlyArray<string>, cookie?: string) =>
  Promise.all(paths.map((path) => statusOf(path, cookie)))

/** Every command as a form and as JSON. */
const commands = async (who: ReturnType<typeof client>, path: string, todoId: string) => {
  const todo = `${path}/todos/${todoId}`
  const forms: ReadonlyArray<readonly [string, Record<string, string>]> = [
    [`${path}/todos`, { text: "x" }],
    [`${todo}/rename`, { text: "y" }],
    [`${todo}/complete`, {}],
    [`${todo}/reopen`, {}],
    [`${path}/toggle-all`, { completed: "true" }],
    [`${path}/clear-completed`, {}],
    [`${todo}/delete`, {}],
    [`${path}/access`, { access: "link" }]
  ]
  const json: ReadonlyArray<readonly [string, string, unknown]> = [
    ["POST", `/api${path}/todos`, { text: "x" }],
    ["PATCH", `/api${todo}`, { text: "y" }],
    ["POST", `/api${path}/toggle-all`, { completed: true }],
    ["POST", `/api${path}/clear-completed`, {}],
    ["DELETE", `/api${todo}`, {}],
    ["PATCH", `/api${path}`, { access: "link" }]
  ]
  const answers = [
    ...(await Promise.all(forms.map(([to, form]) => who.post(to, form)))),
    ...(await Promise.all(json.map(([method, to, body]) => who.request(method, to, { json: body }))))
  ]
  return [...new Set(answers.map(({ status }) => status))]
}

describe("access to a list", () => {
  it("is open by link, read-only by link, or private", async () => {
    const [owner, visitor, nobody] = [client(), client(), client()]
    await visitor.newList()
    const path = await owner.newList()
    const { text } = await owner.request("GET", `/api${path}`)
    const { todoId } = JSON.parse(text).todos[0]
    const change = (access: string) => owner.request("PATCH", `/api${path}`, { json: { access } })

    expect(await statuses(reads(path))).toEqual([200, 200, 200])
    expect((await visitor.post(`${path}/access`, { access: "private" })).status).toBe(403)

    expect((await change("read-only")).status).toBe(200)
    expect(await statuses(reads(path))).toEqual([200, 200, 200])
    for (const who of [visitor, nobody]) expect(await commands(who, path, todoId)).toEqual([403])

    const hidden = await change("private")
    expect(JSON.parse(hidden.text)).toEqual({ sequence: expect.any(Number), version: 4 })
    expect(await statuses(reads(path))).toEqual([404, 404, 404])
    expect(await statuses(reads(path), visitor.cookie())).toEqual([404, 404, 404])
    expect(await statuses(reads(path), owner.cookie())).toEqual([200, 200, 200])
    for (const who of [visitor, nobody]) expect(await commands(who, path, todoId)).toEqual([404])
    expect((await visitor.get("/")).text).not.toContain(path)
  })

  it("answers alike for a private list and one that does not exist", async () => {
    const [owner, visitor] = [client(), client()]
    const path = await owner.newList()
    await owner.post(`${path}/access`, { access: "private" })
    const none = `/lists/${"A".repeat(22)}`
    for (const [a, b] of [
      [path, none],
      [`/api${path}`, `/api${none}`]
    ] as const) {
      const [hidden, missing] = [await visitor.get(a), await visitor.get(b)]
      expect(hidden.text).toBe(missing.text)
      const withoutDate = (headers: Headers) => {
        const all: Array<string> = []
        headers.forEach((value, name) => {
          if (name !== "date") all.push(`${name}: ${value}`)
        })
        return all
      }
      expect(withoutDate(hidden.headers)).toEqual(withoutDate(missing.headers))
    }
  })

  it("closes open feeds when it is withdrawn", async () => {
    const owner = client()
    const path = await owner.newList()
    const feed = await fetch(`${server.url}${path}/feed`)
    const ended = feed.text()
    await owner.post(`${path}/access`, { access: "private" })
    expect(await ended).not.toContain("Only its owner")
  })

  it("cannot be changed on a list without an owner", async () => {
    const { body } = await client().call("/lists")
    const owner = client()
    await owner.newList()
    expect((await owner.post(`/lists/${body.listId}/access`, { access: "private" })).status).toBe(403)
  })

  it("warns visitors who are not signed in that losing the cookie loses a private list", async () => {
    const owner = client()
    const path = await owner.newList()
    const note = "when the cookie is lost, the list is lost with it"
    expect((await owner.get(path)).text).not.toContain(note)
    await owner.post(`${path}/access`, { access: "private" })
    const page = (await owner.get(path)).text
    expect([page.includes(note), page.includes('<a href="/account">Create a passkey</a>')]).toEqual([true, true])
    await owner.createPasskey()
    expect((await owner.get(path)).text).not.toContain(note)
  })
})
