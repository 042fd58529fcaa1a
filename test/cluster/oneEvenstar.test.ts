// Three nodes behave as one: a change on one node holds on the others, without sticky sessions.
import * as Schema from "effect/Schema"
import { describe, expect, it } from "vitest"
import { makeClient } from "../http/client.ts"
import { decodeChange, decodeNewList } from "../process/client.ts"
import { openStream } from "../process/streams.ts"
import { pollOptions } from "../process/support.ts"
import { isSkipped } from "./buses.ts"
import { clusterOf, type Node, operatorHeaders } from "./cluster.ts"
import { printFigures } from "./load.ts"

const perMinute = 300

/** The sessions that an account page offers to end. */
const handlesIn = (html: string) =>
  [...html.matchAll(/\/account\/sessions\/([^/]+)\/revoke/g)].map(([, handle]) => handle)

const decodeMetadata = Schema.decodeUnknownSync(
  Schema.parseJson(
    Schema.Struct({ aggregateId: Schema.String, metadata: Schema.Struct({ nodeId: Schema.NullOr(Schema.String) }) })
  )
)

describe.skipIf(isSkipped("postgres"))("three nodes as one", { timeout: 60_000 }, () => {
  const cluster = clusterOf(() => ({
    bus: ["postgres"],
    env: { COMMAND_RATE_LIMIT: `${perMinute}`, SIGN_IN_RATE_LIMIT: "0" }
  }))

  const visitorOf = ({ url }: Node, cookie?: string) => {
    const client = makeClient(url, { origin: cluster().publicUrl })
    client.setCookie(cookie)
    return client
  }
  const hide = (visitor: ReturnType<typeof visitorOf>, path: string) =>
    visitor.request("PATCH", `/api${path}`, { json: { access: "private" } })
  /** An open feed of a list that has received its first fragment. */
  const watch = async ({ url }: Node, path: string, cookie = "") => {
    const seen: Array<string> = []
    const stream = await openStream(url, `${path}/feed`, ({ data }) => seen.push(data), { cookie })
    stream.flow()
    await expect.poll(() => seen.length, pollOptions).toBeGreaterThan(0)
    return stream
  }
  /** Milliseconds from before the change until the feeds have closed. */
  const ends = async (feeds: ReadonlyArray<Awaited<ReturnType<typeof watch>>>, action: () => Promise<unknown>) => {
    const begun = performance.now()
    await action()
    await Promise.all(feeds.map(({ ended }) => ended))
    return performance.now() - begun
  }

  it("accept one of two concurrent changes to a list and refuse the other as a conflict", async () => {
    const [a, b] = [cluster().node(0), cluster().node(1)]
    const { cookie, newList } = visitorOf(a)
    const path = await newList()
    const headers = { cookie: cookie() ?? "" }
    for (let version = 2; version <= 11; version++) {
      const post = ({ client, nodeId }: Node) =>
        client.post(`/api${path}/todos`, { text: `${version} ${nodeId}` }, { ...headers, "if-match": `"${version}"` })
      const answers = await Promise.all([post(a), post(b)])
      const won = answers.filter(({ status }) => status === 201)
      const lost = answers.filter(({ status }) => status === 409 || status === 412)
      expect([won.length, lost.length]).toEqual([1, 1])
      expect(decodeChange(won[0]?.text ?? "").version).toBe(version + 1)
    }
    const log = (await cluster().readLog()).filter(({ aggregateId }) => path.endsWith(aggregateId))
    expect(log.map(({ version }) => version)).toEqual(Array.from({ length: 12 }, (_, index) => index + 1))
  })

  it("execute a command once when it is sent to all of them, in turn or concurrently", async () => {
    const { nodes } = cluster()
    const visitor = visitorOf(cluster().node(0))
    await visitor.newList()
    const cookie = visitor.cookie() ?? ""
    const make = (key: string) => (node: Node) => node.client.post("/api/lists", {}, { cookie, "idempotency-key": key })
    const first = await make("one-after-the-other")(cluster().node(0))
    expect(first.status).toBe(201)
    const others = await Promise.all(nodes.slice(1).map(make("one-after-the-other")))
    const together = await Promise.all(nodes.map(make("all-at-once")))
    expect(others.map(({ text }) => text)).toEqual(others.map(() => first.text))
    expect(new Set(together.map(({ text }) => text)).size).toBe(1)
    const made = [first, ...together].map(({ text }) => decodeNewList(text).listId)
    const log = (await cluster().readLog()).filter(({ aggregateId }) => made.includes(aggregateId))
    expect(log.length).toBe(2)
  })

  it("share sessions, and end a session and its feeds everywhere within a second", async () => {
    const [a, b, c] = [cluster().node(0), cluster().node(1), cluster().node(2)]
    const phone = visitorOf(a)
    const path = await phone.newList("of the phone")
    expect((await hide(phone, path)).status).toBe(200)
    expect((await phone.createPasskey()).status).toBe(201)
    // A sign-in that starts on one node and finishes on another.
    const laptop = visitorOf(b)
    const { body } = await laptop.call("/account/sign-in/options")
    const onC = visitorOf(c, laptop.cookie())
    expect((await onC.call("/account/sign-in", phone.authenticator.get(body))).status).toBe(200)
    for (const node of [a, b, c]) {
      expect((await visitorOf(node).get(path)).status).toBe(404)
      expect((await visitorOf(node, onC.cookie()).get(path)).text).toContain("of the phone")
    }
    const feeds = await Promise.all([a, b, c].map((node) => watch(node, path, onC.cookie())))
    const own = await watch(b, path, phone.cookie())
    expect(handlesIn((await phone.get("/account")).text).length).toBe(2)
    const everywhere = await ends([...feeds, own], () => phone.post("/account/sign-out-everywhere"))
    printFigures("signed out everywhere", { "feeds ended after": everywhere })
    expect(everywhere).toBeLessThan(1000)
    for (const node of [a, b, c]) expect((await visitorOf(node, onC.cookie()).get(path)).status).toBe(404)
  })

  it("close the feeds of a session that another session ends, and no other feeds", async () => {
    const [a, b, c] = [cluster().node(0), cluster().node(1), cluster().node(2)]
    const phone = visitorOf(a)
    const path = await phone.newList("of the phone")
    await phone.createPasskey()
    const before = (await phone.get("/account")).text
    const laptop = visitorOf(b)
    await laptop.signIn(phone.authenticator)
    const [other] = handlesIn((await phone.get("/account")).text).filter((it) => !handlesIn(before).includes(it))
    const feeds = await Promise.all([b, c].map((node) => watch(node, path, laptop.cookie())))
    const own = await watch(b, path, phone.cookie())
    const revoked = await ends(feeds, () => phone.post(`/account/sessions/${other}/revoke`))
    printFigures("session revoked", { "feeds ended after": revoked })
    expect([revoked < 1000, own.isOpen()]).toEqual([true, true])
    await own.close()
  })

  it("close other visitors' feeds everywhere within a second when a list becomes private", async () => {
    const [a, b, c] = [cluster().node(0), cluster().node(1), cluster().node(2)]
    const owner = visitorOf(a)
    const path = await owner.newList()
    const feeds = await Promise.all([a, b, c].map((node) => watch(node, path)))
    const own = await watch(b, path, owner.cookie())
    const withdrawn = await ends(feeds, () => hide(owner, path))
    printFigures("access withdrawn", { "feeds ended after": withdrawn })
    expect([withdrawn < 1000, own.isOpen()]).toEqual([true, true])
    for (const node of [b, c]) expect((await visitorOf(node).get(path)).status).toBe(404)
    await own.close()
  })

  it("record in each event which node appended it", async () => {
    const listIds = await Promise.all(
      cluster().nodes.map(async ({ client }) => decodeNewList((await client.post("/api/lists")).text).listId)
    )
    const found = new Map<string, string | null>()
    const see = ({ data }: { readonly data: string }) => {
      const { aggregateId, metadata } = decodeMetadata(data)
      found.set(aggregateId, metadata.nodeId)
    }
    const stream = await openStream(cluster().node(0).url, "/events?after=0", see, operatorHeaders)
    stream.flow()
    await expect.poll(() => listIds.map((id) => found.get(id)), pollOptions).toEqual(["node-1", "node-2", "node-3"])
    await stream.close()
  })

  it("grant the commands per minute once in total, not once per node", async () => {
    const visitor = visitorOf(cluster().node(0))
    await visitor.newList()
    const headers = { cookie: visitor.cookie() ?? "" }
    const begun = performance.now()
    // A separate list each: no conflicts.
    const answers = await Promise.all(
      Array.from({ length: perMinute * 1.2 }, (_, index) =>
        cluster()
          .node(index % 3)
          .client.post("/api/lists", {}, headers)
      )
    )
    const minutes = (performance.now() - begun) / 60_000
    const granted = answers.filter(({ status }) => status === 201).length
    const refused = answers.filter(({ status }) => status === 429)
    printFigures(`of ${perMinute} a minute`, { granted, seconds: minutes * 60 })
    expect(granted + refused.length).toBe(answers.length)
    expect(refused.every(({ headers }) => Number(headers["retry-after"]) >= 1)).toBe(true)
    expect(granted).toBeLessThanOrEqual(perMinute * (1 + minutes))
    // Tokens that a node has leased but not used are lost.
    expect(granted).toBeGreaterThan(perMinute * 0.9)
  })
})
