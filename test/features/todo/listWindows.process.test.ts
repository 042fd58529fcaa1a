// Long lists: fifty todos per page and feed, under 300 KB at most, and paging reaches all of them.
import { get } from "node:http"
import { beforeAll, describe, expect, it } from "vitest"
import { makeClient } from "../../http/client.ts"
import { serverForFile } from "../../http/server.ts"

const server = serverForFile({ COMMAND_RATE_LIMIT: "0" })
const most = 300_000

/** Creates a list with `count` todos; returns its path. */
const listOf = async (count: number, textOf: (index: number) => string) => {
  const client = makeClient(server.url)
  const path = await client.newList(textOf(0))
  for (let from = 1; from < count; from += 50) {
    const indices = Array.from({ length: Math.min(50, count - from) }, (_, index) => from + index)
    // In order, fifty concurrently in flight.
    const added: Array<Promise<unknown>> = []
    for (const index of indices) added.push(client.call(`${path}/todos`, { text: textOf(index) }))
    await Promise.all(added)
  }
  return { client, path }
}

/** A feed's first event with data. */
const firstEvent = (path: string) =>
  new Promise<{ readonly data: string; readonly bytes: number }>((resolve, reject) => {
    let text = ""
    get(`${server.url}${path}`, (response) => {
      response.setEncoding("utf8")
      response.on("data", (part) => {
        text += part
        const data = /^data: (.*)\n\n/m.exec(text)?.[1]
        if (data === undefined) return
        response.destroy()
        resolve({ data, bytes: Buffer.byteLength(text) })
      })
    }).on("error", reject)
  })
const textsIn = (html: string) => [...html.matchAll(/<span class="text"[^>]*>([^<]*)</g)].map(([, text]) => text)
const numbers = (from: number, to: number) => Array.from({ length: to - from }, (_, index) => `todo ${from + index}`)

describe("long list of long todos", { timeout: 60_000 }, () => {
  /** A page shows fifty of either kind. */
  const worst = [
    [`"`, 1000],
    ["😀", 1000],
    ["&", 60],
    ["<", 60],
    ["\u0001", 60],
    ["a\n", 60],
    ["a\r\n", 60]
  ] as const
  it.each(worst)(
    "of %j, 500 characters each, stays under 300 KB on the page and in the feed",
    async (character, count) => {
      const text = `${`x${character.repeat(500)}`.slice(0, 499)}x`
      const { client, path } = await listOf(count, () => text)
      const page = await client.get(path)
      const { bytes, data } = await firstEvent(`${path}/feed`)
      expect(textsIn(data)).toHaveLength(50)
      for (const size of [Buffer.byteLength(page.text), bytes])
        expect([character, size < most ? "" : size]).toEqual([character, ""])
    }
  )
})

describe("list of 120 todos", () => {
  let client: ReturnType<typeof makeClient>
  let path: string
  beforeAll(async () => {
    ;({ client, path } = await listOf(120, (index) => `todo ${index}`))
  })

  it.each([
    ["", numbers(70, 120)],
    ["?page=1", numbers(70, 120)],
    ["?page=2", numbers(20, 70)],
    ["?page=3", numbers(0, 20)],
    ["?page=4", numbers(0, 20)],
    ["?page=9999&filter=all", numbers(0, 20)],
    ["?page=99999", numbers(70, 120)],
    ["?page=0", numbers(70, 120)],
    ["?page=-1", numbers(70, 120)],
    ["?page=two", numbers(70, 120)],
    ["?filter=completed", []],
    ["?filter=completed&page=3", []],
    ["?filter=active&page=3", numbers(0, 20)]
  ])("%s shows its page, and the feed the same one", async (search, expected) => {
    const { text } = await client.get(`${path}${search}`)
    const { data } = await firstEvent(`${path}/feed${search}`)
    expect(textsIn(text)).toEqual(expected)
    expect(textsIn(data)).toEqual(expected)
    expect(text).toContain(data)
    expect(text).toContain("120 items left")
  })

  it("links each page to the newer and older ones and to both ends", async () => {
    const links = async (search: string) => {
      const { text } = await client.get(`${path}${search}`)
      const nav = /<nav class="pages".*?<\/nav>/.exec(text)?.[0] ?? ""
      return [...nav.matchAll(/href="([^"]*)"[^>]*>([^<]*)</g)].map(([, href = "", name]) => [
        name,
        href.replace(path, "")
      ])
    }
    expect(await links("")).toEqual([
      ["Oldest", "?page=3"],
      ["Older", "?page=2"]
    ])
    expect(await links("?page=2&filter=active")).toEqual([
      ["Oldest", "?filter=active&amp;page=3"],
      ["Older", "?filter=active&amp;page=3"],
      ["Newer", "?filter=active"],
      ["Newest", "?filter=active"]
    ])
    expect(await links("?page=3")).toEqual([
      ["Newer", "?page=2"],
      ["Newest", ""]
    ])
    expect((await client.get(await client.newList())).text).not.toContain('class="pages"')
  })

  it("redirects a form to its page, and an added todo to the page that shows it", async () => {
    const todoId = /todo-([0-9a-f-]{36})/.exec((await client.get(`${path}?page=3`)).text)?.[1]
    const referer = `${server.url}${path}?page=3&filter=active&x=1`
    const to = async (action: string, form: Record<string, string>, from: string) =>
      (await client.request("POST", `${path}/${action}`, { form, headers: { referer: from } })).headers.get("location")
    expect(await to(`todos/${todoId}/rename`, { text: "todo 0" }, referer)).toBe(`${path}?filter=active&page=3`)
    expect(await to("clear-completed", {}, `${server.url}/lists/AAAAAAAAAAAAAAAAAAAAAA?page=3`)).toBe(path)
    expect(await to("clear-completed", {}, "nonsense")).toBe(path)
    expect(await to("todos", { text: "todo 120" }, referer)).toBe(path)
    expect(textsIn((await client.get(path)).text).at(-1)).toBe("todo 120")
  })

  it("tells htmx where a todo outside the page is, and swaps nothing else", async () => {
    const add = (from: string) =>
      client.request("POST", `${path}/todos`, {
        form: { text: "new" },
        headers: { "hx-request": "true", "hx-current-url": `${server.url}${from}` }
      })
    for (const search of ["", "?filter=active", "#here"]) expect((await add(`${path}${search}`)).status).toBe(204)
    for (const search of ["?page=2", "?filter=completed", "?page=2#here"]) {
      const { status, text } = await add(`${path}${search}`)
      expect([search, status, text]).toEqual([
        search,
        200,
        expect.stringMatching(/^<hx-partial hx-target="#notice".*<\/hx-partial>$/)
      ])
      expect(text).toContain(`href="${path}"`)
    }
  })

  it("toggles and clears all todos, not only the visible ones", async () => {
    await client.request("POST", `${path}/toggle-all`, {
      form: { completed: "true" },
      headers: { referer: `${server.url}${path}?page=2` }
    })
    const { text } = await client.get(`${path}?filter=completed&page=3`)
    expect(textsIn(text).slice(0, 2)).toEqual(["todo 0", "todo 1"])
    expect(text).toContain("0 items left")
    await client.post(`${path}/clear-completed`)
    expect(textsIn((await client.get(path)).text)).toEqual([])
  })
})

describe("rename page without JavaScript", () => {
  it("shows the todo's text to visitors who may read the list", async () => {
    const client = makeClient(server.url)
    const path = await client.newList(`"milk" & <bread>`)
    const edit = /href="([^"]*\/edit)"/.exec((await client.get(path)).text)?.[1] ?? ""
    expect((await client.get(edit)).text).toContain(`value="&quot;milk&quot; &amp; &lt;bread>"`)
    expect((await client.get(edit.replace(/[0-9a-f]{12}\/edit/, "000000000000/edit"))).status).toBe(404)
    await client.post(`${path}/access`, { access: "private" })
    expect((await makeClient(server.url).get(edit)).status).toBe(404)
    expect((await client.get(edit)).status).toBe(200)
  })
})
