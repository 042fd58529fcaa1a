// Polls over real HTTP: every status and code of the API, the forms, and each visitor's page.
import { describe, expect, it } from "vitest"
import { makeClient } from "../../http/client.ts"
import { serverForFile } from "../../http/server.ts"

const server = serverForFile()

/** A visitor with a session, which begins with a poll. */
const visitor = async () => {
  const client = makeClient(server.url)
  await client.post("/polls", { question: "Begin?", options: "Yes\r\nNo" })
  return client
}
type Client = ReturnType<typeof makeClient>

const call = async (
  client: Client,
  method: string,
  path: string,
  json?: unknown,
  headers: Record<string, string> = {}
) => {
  const answer = await client.request(method, `/api/polls${path}`, json === undefined ? { headers } : { headers, json })
  return { ...answer, body: answer.text === "" ? undefined : JSON.parse(answer.text) }
}
const newPoll = { question: "Tea or coffee?", options: ["Tea", "Coffee"] }
const create = async (client: Client, poll: unknown = newPoll) => (await call(client, "POST", "", poll)).body.pollId
const read = async (client: Client, pollId: string) => (await call(client, "GET", `/${pollId}`)).body
const optionsOf = async (client: Client, pollId: string): Promise<ReadonlyArray<string>> =>
  (await read(client, pollId)).options.map(({ optionId }: { optionId: string }) => optionId)
const votes = async (client: Client, pollId: string) =>
  (await read(client, pollId)).options.map((option: { votes: number }) => option.votes)
const vote = (client: Client, pollId: string, optionId: unknown, headers: Record<string, string> = {}) =>
  call(client, "PUT", `/${pollId}/vote`, { optionId }, headers)
const close = (client: Client, pollId: string) => call(client, "POST", `/${pollId}/close`)
const problem = (status: number, code: string) => ({ status, body: { status, code, detail: expect.any(String) } })

describe("polls API", () => {
  it("creates a poll and returns it with its version as the ETag", async () => {
    const owner = await visitor()
    const made = await call(owner, "POST", "", { question: " Tea or coffee? ", options: [" Tea", "Coffee "] })
    expect(made).toMatchObject({ status: 201, body: { version: 1 } })
    const { pollId, sequence } = made.body
    expect(made.body).toEqual({ pollId: expect.stringMatching(/^[\w-]{22}$/), sequence, version: 1 })
    expect(made.headers.get("location")).toBe(`/api/polls/${pollId}`)
    const shown = await call(owner, "GET", `/${pollId}`)
    expect(shown.headers.get("etag")).toBe('"1"')
    expect(shown.body).toEqual({
      pollId,
      version: 1,
      sequence,
      question: "Tea or coffee?",
      closed: false,
      options: [
        { optionId: expect.any(String), text: "Tea", votes: 0 },
        { optionId: expect.any(String), text: "Coffee", votes: 0 }
      ],
      yourVote: null
    })
    expect((await call(owner, "GET", `/${pollId}`, undefined, { "if-none-match": '"1"' })).status).toBe(304)
  })

  it("counts a visitor's vote once, changes it, and shows each visitor their own", async () => {
    const [owner, guest] = [await visitor(), await visitor()]
    const pollId = await create(owner)
    const [tea = "", coffee = ""] = await optionsOf(owner, pollId)
    expect(await vote(guest, pollId, tea)).toMatchObject({ status: 200, body: { version: 2 } })
    // Repeating the same vote appends no event.
    expect(await vote(guest, pollId, tea)).toMatchObject({ status: 200, body: { version: 2 } })
    await vote(owner, pollId, tea)
    expect(await votes(guest, pollId)).toEqual([2, 0])
    expect(await vote(guest, pollId, coffee)).toMatchObject({ status: 200, body: { version: 4 } })
    expect(await votes(guest, pollId)).toEqual([1, 1])
    expect((await read(guest, pollId)).yourVote).toBe(coffee)
    expect((await read(owner, pollId)).yourVote).toBe(tea)
    expect((await read(makeClient(server.url), pollId)).yourVote).toBeNull()
  })

  it("refuses a vote without a session, for an unknown option or in an unknown poll", async () => {
    const owner = await visitor()
    const pollId = await create(owner)
    const [tea] = await optionsOf(owner, pollId)
    expect(await vote(makeClient(server.url), pollId, tea)).toMatchObject(problem(401, "UNAUTHENTICATED"))
    expect(await vote(owner, pollId, "another")).toMatchObject(problem(400, "VALIDATION_FAILED"))
    expect(await vote(owner, pollId, 7)).toMatchObject(problem(400, "VALIDATION_FAILED"))
    expect(await vote(owner, "x".repeat(22), tea)).toMatchObject(problem(404, "NOT_FOUND"))
    expect(await call(owner, "GET", "/no-id")).toMatchObject(problem(404, "NOT_FOUND"))
    expect(await votes(owner, pollId)).toEqual([0, 0])
  })

  it("lets only the owner close a poll and then refuses votes", async () => {
    const [owner, guest] = [await visitor(), await visitor()]
    const pollId = await create(owner)
    const [tea = "", coffee] = await optionsOf(owner, pollId)
    await vote(guest, pollId, tea)
    expect(await close(guest, pollId)).toMatchObject(problem(403, "FORBIDDEN"))
    expect(await close(makeClient(server.url), pollId)).toMatchObject(problem(403, "FORBIDDEN"))
    expect((await read(guest, pollId)).closed).toBe(false)
    expect(await close(owner, pollId)).toMatchObject({ status: 200, body: { version: 3 } })
    expect(await close(owner, pollId)).toMatchObject({ status: 200, body: { version: 3 } })
    expect(await vote(guest, pollId, coffee)).toMatchObject(problem(409, "POLL_CLOSED"))
    expect(await read(guest, pollId)).toMatchObject({ closed: true, yourVote: tea, version: 3 })
    // A poll created without a session has no owner: nobody can close it.
    const nobodys = await create(makeClient(server.url))
    expect(await close(owner, nobodys)).toMatchObject(problem(403, "FORBIDDEN"))
  })

  it.each([
    ["no question", { options: ["a", "b"] }],
    ["a blank question", { question: " \u200b ", options: ["a", "b"] }],
    ["a long question", { question: "x".repeat(201), options: ["a", "b"] }],
    ["one option", { question: "?", options: ["a"] }],
    ["eleven options", { question: "?", options: Array.from({ length: 11 }, (_, i) => `${i}`) }],
    ["the same option twice, once trimmed", { question: "?", options: ["a", " a "] }],
    ["a blank option", { question: "?", options: ["a", " "] }],
    ["a long option", { question: "?", options: ["a", "x".repeat(201)] }],
    ["an option that is not a string", { question: "?", options: ["a", 7] }],
    ["an unknown field", { ...newPoll, color: "red" }]
  ])("refuses %s", async (_, poll) => {
    const answer = await call(makeClient(server.url), "POST", "", poll)
    expect(answer).toMatchObject(problem(400, "VALIDATION_FAILED"))
    expect(answer.headers.get("content-type")).toBe("application/problem+json")
  })

  it.each([
    ["the longest question and options", { question: "x".repeat(200), options: ["x".repeat(200), "y".repeat(200)] }],
    ["ten options", { question: "?", options: Array.from({ length: 10 }, (_, i) => `${i}`) }]
  ])("accepts %s", async (_, poll) => expect((await call(makeClient(server.url), "POST", "", poll)).status).toBe(201))

  it("executes a command with an Idempotency-Key once, and one with If-Match only at that version", async () => {
    const owner = await visitor()
    const key = { "idempotency-key": "make-a-poll" }
    const first = await call(owner, "POST", "", newPoll, key)
    expect((await call(owner, "POST", "", newPoll, key)).body).toEqual(first.body)
    const other = await call(owner, "POST", "", { ...newPoll, question: "Another?" }, key)
    expect(other).toMatchObject(problem(422, "IDEMPOTENCY_KEY_REUSED"))
    const { pollId } = first.body
    const [tea, coffee] = await optionsOf(owner, pollId)
    const voted = await vote(owner, pollId, tea, { "idempotency-key": "vote-for-tea" })
    await vote(owner, pollId, coffee)
    expect((await vote(owner, pollId, tea, { "idempotency-key": "vote-for-tea" })).body).toEqual(voted.body)
    expect(await votes(owner, pollId)).toEqual([0, 1])
    expect(await vote(owner, pollId, tea, { "if-match": '"2"' })).toMatchObject(problem(412, "PRECONDITION_FAILED"))
    expect(await vote(owner, pollId, tea, { "if-match": '"3"' })).toMatchObject({ status: 200, body: { version: 4 } })
  })

  it("counts each of many concurrent votes once", async () => {
    const owner = await visitor()
    const pollId = await create(owner)
    const [tea, coffee] = await optionsOf(owner, pollId)
    const voters = await Promise.all(Array.from({ length: 20 }, visitor))
    const answers = await Promise.all(voters.map((voter, i) => vote(voter, pollId, i % 4 === 0 ? coffee : tea)))
    expect(answers.map(({ status }) => status)).toEqual(Array.from({ length: 20 }, () => 200))
    expect(await votes(owner, pollId)).toEqual([15, 5])
    expect((await read(owner, pollId)).version).toBe(21)
  })

  it("documents each operation and its responses in OpenAPI", async () => {
    const { paths } = JSON.parse((await makeClient(server.url).get("/api/openapi.json")).text)
    const statuses = (path: string, method: string) => Object.keys(paths[path][method].responses).join(" ")
    expect(statuses("/api/polls", "post")).toBe("201 400 403 413 415 422 429 500 503")
    expect(statuses("/api/polls/{pollId}", "get")).toBe("200 304 403 404 429 500 503")
    expect(statuses("/api/polls/{pollId}/vote", "put")).toBe("200 400 401 403 404 409 412 413 415 422 429 500 503")
    expect(statuses("/api/polls/{pollId}/close", "post")).toBe("200 400 403 404 409 412 413 415 422 429 500 503")
  })
})

describe("polls pages", () => {
  it("list the visitor's own polls on the start page, with links", async () => {
    const owner = await visitor()
    const made = await owner.post("/polls", { question: "<b>Where?</b>", options: "Here\r\n\r\n  There \r\n" })
    expect(made.status).toBe(303)
    const path = made.headers.get("location") ?? ""
    expect((await owner.get("/")).text).toContain(`<a href="${path}"><span class="text" dir="auto">&lt;b>Where?&lt;/b>`)
    expect((await makeClient(server.url).get("/")).text).not.toContain(path)
    const { options } = await read(owner, path.split("/").at(-1) ?? "")
    expect(options.map(({ text }: { text: string }) => text)).toEqual(["Here", "There"])
  })

  it("start a session with the first vote and show the visitor's choice", async () => {
    const pollId = await create(await visitor())
    const [tea = "", coffee = ""] = await optionsOf(makeClient(server.url), pollId)
    const guest = makeClient(server.url)
    expect((await guest.get(`/polls/${pollId}`)).set).toBeNull()
    const voted = await guest.post(`/polls/${pollId}/vote`, { optionId: tea })
    expect([voted.status, voted.headers.get("location")]).toEqual([303, `/polls/${pollId}`])
    expect(voted.set).toMatch(/HttpOnly/)
    expect((await guest.get(`/polls/${pollId}`)).text).toContain("You voted: Tea")
    const changed = await guest.post(`/polls/${pollId}/vote`, { optionId: coffee })
    expect(changed.set).toBeNull()
    expect(await votes(guest, pollId)).toEqual([0, 1])
  })

  it("explain a refused vote on a page, and in a fragment to htmx", async () => {
    const owner = await visitor()
    const pollId = await create(owner)
    const [tea = ""] = await optionsOf(owner, pollId)
    await owner.post(`/polls/${pollId}/close`)
    const guest = makeClient(server.url)
    const refused = await guest.post(`/polls/${pollId}/vote`, { optionId: tea })
    expect([refused.status, refused.set]).toEqual([409, null])
    expect(refused.text).toContain("This poll is closed: no more votes are counted")
    const form = { form: { optionId: tea }, headers: { "hx-request": "true" } }
    const short = await guest.request("POST", `/polls/${pollId}/vote`, form)
    expect([short.status, short.text]).toEqual([409, "<p>This poll is closed: no more votes are counted</p>"])
    const strange = await guest.post(`/polls/${await create(owner)}/close`)
    expect(strange.status).toBe(403)
    expect(strange.text).toContain("Only the owner of this poll may close it")
  })

  it("refuse a form with a single option, with the reason", async () => {
    const answer = await makeClient(server.url).post("/polls", { question: "?", options: "Only this" })
    expect([answer.status, answer.set]).toEqual([400, null])
    expect(answer.text).toContain("A poll has at least 2 options")
  })
})
