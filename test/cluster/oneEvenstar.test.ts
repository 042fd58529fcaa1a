// Three nodes are one Evenstar: whatever was done on one of them holds on the others, with no request bound to a node.
import * as Schema from "effect/Schema"
import { describe, expect, it } from "vitest"
import { makeClient } from "../http/client.ts"
import { asChange, asNewList } from "../process/client.ts"
import { openStream } from "../process/streams.ts"
import { patiently } from "../process/support.ts"
import { mayBeLeftOut } from "./buses.ts"
import { asOperator, clusterOf, type Node } from "./cluster.ts"
import { tell } from "./load.ts"

const perMinute = 300

/** The sessions that an account's page offers to end. */
const handlesIn = (html: string) =>
  [...html.matchAll(/\/account\/sessions\/([^/]+)\/revoke/g)].map(([, handle]) => handle)

const asMetadata = Schema.decodeUnknownSync(
  Schema.parseJson(
    Schema.Struct({ aggregateId: Schema.String, metadata: Schema.Struct({ nodeId: Schema.NullOr(Schema.String) }) })
  )
)

describe.skipIf(mayBeLeftOut("postgres"))("three nodes are one Evenstar:", { timeout: 60_000 }, () => {
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
  /** A list's feed that has shown its list. */
  const watch = async ({ url }: Node, path: string, cookie = "") => {
    const seen: Array<string> = []
    const stream = await openStream(url, `${path}/feed`, ({ data }) => seen.push(data), { cookie })
    stream.flow()
    await expect.poll(() => seen.length, patiently).toBeGreaterThan(0)
    return stream
  }
  /** Milliseconds until they have ended, from before it is done. */
  const ends = async (feeds: ReadonlyArray<Awaited<ReturnType<typeof watch>>>, action: () => Promise<unknown>) => {
    const begun = performance.now()
    await action()
    await Promise.all(feeds.map(({ ended }) => ended))
    return performance.now() - begun
  }

  it("of two that change one list at once, one does, and the other is told", async () => {
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
      expect(asChange(won[0]?.text ?? "").version).toBe(version + 1)
    }
    const log = (await cluster().readLog()).filter(({ aggregateId }) => path.endsWith(aggregateId))
    expect(log.map(({ version }) => version)).toEqual(Array.from({ length: 12 }, (_, index) => index + 1))
  })

  it("a command that is sent to all of them, one after the other or at once, is done once", async () => {
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
    const made = [first, ...together].map(({ text }) => asNewList(text).listId)
    const log = (await cluster().readLog()).filter(({ aggregateId }) => made.includes(aggregateId))
    expect(log.length).toBe(2)
  })

  it("a session is known to each, and ends on all of them with its feeds, within a second", async () => {
    const [a, b, c] = [cluster().node(0), cluster().node(1), cluster().node(2)]
    const phone = visitorOf(a)
    const path = await phone.newList("of the phone")
    expect((await hide(phone, path)).status).toBe(200)
    expect((await phone.createPasskey()).status).toBe(201)
    // A sign-in that begins on one node and ends on another.
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
    tell("signed out everywhere", { "feeds ended after": everywhere })
    expect(everywhere).toBeLessThan(1000)
    for (const node of [a, b, c]) expect((await visitorOf(node, onC.cookie()).get(path)).status).toBe(404)
  })

  it("a session that another one ends loses its feeds on the other nodes, and no other does", async () => {
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
    tell("session revoked", { "feeds ended after": revoked })
    expect([revoked < 1000, own.isOpen()]).toEqual([true, true])
    await own.close()
  })

  it("a list that becomes private ends others' feeds everywhere, within a second", async () => {
    const [a, b, c] = [cluster().node(0), cluster().node(1), cluster().node(2)]
    const owner = visitorOf(a)
    const path = await owner.newList()
    const feeds = await Promise.all([a, b, c].map((node) => watch(node, path)))
    const own = await watch(b, path, owner.cookie())
    const withdrawn = await ends(feeds, () => hide(owner, path))
    tell("access withdrawn", { "feeds ended after": withdrawn })
    expect([withdrawn < 1000, own.isOpen()]).toEqual([true, true])
    for (const node of [b, c]) expect((await visitorOf(node).get(path)).status).toBe(404)
    await own.close()
  })

  it("an event says which node has stored it", async () => {
    const listIds = await Promise.all(
      cluster().nodes.map(async ({ client }) => asNewList((await client.post("/api/lists")).text).listId)
    )
    const found = new Map<string, string | null>()
    const see = ({ data }: { readonly data: string }) => {
      const { aggregateId, metadata } = asMetadata(data)
      found.set(aggregateId, metadata.nodeId)
    }
    const stream = await openStream(cluster().node(0).url, "/events?after=0", see, asOperator)
    stream.flow()
    await expect.poll(() => listIds.map((id) => found.get(id)), patiently).toEqual(["node-1", "node-2", "node-3"])
    await stream.close()
  })

  it("a minute's commands are granted once, and not by each node", async () => {
    const visitor = visitorOf(cluster().node(0))
    await visitor.newList()
    const headers = { cookie: visitor.cookie() ?? "" }
    const begun = performance.now()
    // Each is a list of its own: none fails because of another one.
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
    tell(`of ${perMinute} a minute`, { granted, seconds: minutes * 60 })
    expect(granted + refused.length).toBe(answers.length)
    expect(refused.every(({ headers }) => Number(headers["retry-after"]) >= 1)).toBe(true)
    expect(granted).toBeLessThanOrEqual(perMinute * (1 + minutes))
    // What a node took and didn't need is lost.
    expect(granted).toBeGreaterThan(perMinute * 0.9)
  })
})
